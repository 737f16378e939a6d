"""The llama worker on the starter model: real tokens, real damage."""

import asyncio
import os
import random
import signal
import struct
import sys

import numpy as np
import pytest
import pytest_asyncio

from studio.errors import Cancelled, LorewrightError, NotSaved, PartMissing, PathMissing, UnreadableFile
from studio.inference import engine as _engine  # noqa: F401  # registers the errors that the worker names
from studio.inference.errors import AdapterNotLoaded, ContextTooSmall, ModelNotLoaded
from studio.jobs.errors import BadRequest, WorkerDied
from studio.jobs.process import WorkerProcess

pytestmark = [pytest.mark.native, pytest.mark.asyncio(loop_scope="module")]

PROMPT = "The old mill stands above the river. Wren looks at the wheel and says:"
STORY = "The lantern swung. Behind the door of the inn somebody was counting coins, slowly, as if each had a name. "


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def llama(starter):
    worker = await load(starter)
    yield worker
    await worker.close()


async def load(path, **fields) -> WorkerProcess:
    worker = await WorkerProcess.start("llama")
    try:
        await worker.call("load", path=str(path), **{"context": 512, "threads": 2, **fields})
    except BaseException:
        await worker.kill()
        raise
    return worker


async def ids_of(worker, *texts, special=False):
    return (await worker.call("tokenise", parts=[[text, special] for text in texts]))["ids"]


async def generate(worker, ids, **sampling):
    return await worker.call("generate", ids=ids, sampling={"max_tokens": 12, **sampling})


async def scores(worker, ids, start, folder):
    file = folder / "scores"
    await worker.call("score", ids=ids, start=start, file=str(file))
    return np.load(file)


async def agree(worker, prompt, one, other, folder):
    """Whether two greedy answers are the same, or part where two tokens are all but equally likely.

    llama.cpp rounds otherwise when it reads one token than when it reads many: that is looked up, not guessed.
    """
    if one == other:
        return True
    at = next((i for i, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    if at is None:
        return False
    row = (await scores(worker, [*prompt, *one[: at + 1]], len(prompt) + at, folder))[0]
    return row.max() - min(row[one[at]], row[other[at]]) < 0.25


# -- loading


async def test_the_card_says_what_the_model_is(starter):
    worker = await WorkerProcess.start("llama")
    card = await worker.call("load", path=str(starter), context=100_000)
    assert card["architecture"] == "llama"
    assert card["context"] == card["trained_context"] == 8192
    assert (card["bos"], card["eos"]) == ("<|im_start|>", "<|im_end|>")
    assert "<|im_start|>" in card["template"]
    assert 130e6 < card["parameters"] < 140e6
    assert card["bytes"] < starter.stat().st_size
    await worker.close()


@pytest.fixture
def damaged(starter, tmp_path):
    """The starter model with some harm done to it."""

    def make(kind):
        path = tmp_path / "model.gguf"
        head = bytearray(starter.open("rb").read(3_000_000))
        if isinstance(kind, int):
            path.write_bytes(starter.read_bytes()[:kind])
        elif kind == "random":
            path.write_bytes(random.Random(1).randbytes(100_000))
        elif kind == "random after the magic":
            path.write_bytes(b"GGUF" + random.Random(2).randbytes(100_000))
        elif kind == "version":
            path.write_bytes(head[:4] + struct.pack("<I", 99) + head[8:])
        elif kind == "counts":
            path.write_bytes(head[:8] + struct.pack("<QQ", 1 << 60, 1 << 60) + head[24:])
        elif kind == "key length":
            path.write_bytes(head[:24] + struct.pack("<Q", 1 << 62) + head[32:])
        elif kind == "text":
            path.write_text("<SYSTEM>not a model</SYSTEM>\n")
        return path

    return make


KINDS = [0, 3, 4, 24, 1000, 100_000, 2_500_000, 60_000_000, "random", "random after the magic", "version", "counts",
         "key length", "text"]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
async def test_a_damaged_file_is_refused_and_the_worker_lives_or_its_death_is_told(starter, damaged, kind):
    worker = await WorkerProcess.start("llama")
    try:
        with pytest.raises((ModelNotLoaded, WorkerDied)) as caught:
            await asyncio.wait_for(worker.call("load", path=str(damaged(kind))), 60)
        if isinstance(caught.value, ModelNotLoaded):
            assert str(damaged(kind)) in str(caught.value)
            with pytest.raises(BadRequest):
                await worker.call("decode", ids=[])
    finally:
        await worker.kill()


async def test_after_a_refused_file_a_good_one_is_loaded(starter, damaged):
    worker = await WorkerProcess.start("llama")
    with pytest.raises(ModelNotLoaded):
        await worker.call("load", path=str(damaged(2_500_000)))
    assert (await worker.call("load", path=str(starter), context=256))["context"] == 256
    await worker.close()


async def test_what_is_no_file(tmp_path):
    worker = await WorkerProcess.start("llama")
    with pytest.raises(PathMissing):
        await worker.call("load", path=str(tmp_path / "none.gguf"))
    with pytest.raises(UnreadableFile):
        await worker.call("load", path=str(tmp_path))
    with pytest.raises(BadRequest):
        await worker.call("generate", ids=[1], sampling={})
    await worker.close()


async def test_without_the_library_it_is_one_sentence(tmp_path):
    (tmp_path / "llama_cpp.py").write_text("raise ImportError(\"No module named 'llama_cpp'\", name='llama_cpp')")
    (tmp_path / "usercustomize.py").write_text("")
    root = os.pathsep.join((str(tmp_path), *filter(None, sys.path)))
    worker = await WorkerProcess.start("llama", {"PYTHONPATH": root})
    with pytest.raises(PartMissing, match=r"llama-cpp-python is not installed .* Run `python3 launch.py` again"):
        await worker.call("load", path="x.gguf")
    await worker.close()
    assert "Traceback" not in worker.last_words()


def gguf(path, keys, tensors):
    """Writes a little GGUF: keys of text or float, tensors of float32 zeros by name and width, height."""

    def text(value):
        return struct.pack("<Q", len(value)) + value.encode()

    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys))
    for key, value in keys.items():
        head += text(key) + (
            struct.pack("<I", 8) + text(value) if isinstance(value, str) else struct.pack("<If", 6, value)
        )
    data = b""
    for name, (width, height) in tensors.items():
        head += text(name) + struct.pack("<IQQIQ", 2, width, height, 0, len(data))
        data += bytes(width * height * 4)
    path.write_bytes(head + bytes(-len(head) % 32) + data)
    return path


def adapter(path, width):
    keys = {
        "general.architecture": "llama",
        "general.type": "adapter",
        "adapter.type": "lora",
        "adapter.lora.alpha": 16.0,
    }
    return gguf(path, keys, {"blk.0.attn_q.weight.lora_a": (width, 8), "blk.0.attn_q.weight.lora_b": (8, width)})


async def test_an_adapter_of_this_base_is_taken_and_of_another_refused(starter, llama, tmp_path):
    (prompt,) = await ids_of(llama, PROMPT)
    plain = await generate(llama, prompt)
    worker = await load(starter, adapter=str(adapter(tmp_path / "own.gguf", 576)))
    assert (await generate(worker, prompt))["ids"] == plain["ids"]  # its weights are zero
    for path, kind in [
        (adapter(tmp_path / "other.gguf", 64), AdapterNotLoaded),
        (starter, AdapterNotLoaded),
        (tmp_path / "none.gguf", PathMissing),
    ]:
        with pytest.raises(kind):
            await worker.call("load", path=str(starter), context=256, adapter=str(path))
    assert (await worker.call("load", path=str(starter), context=256))["context"] == 256
    await worker.close()


# -- text


async def test_tokens_and_text_go_there_and_back(llama):
    texts = ["", " ", "Wren's 12 arrows\n\n", "日本語 ☂ 🧙‍♀️", "\u0000x", "half \ud800"]
    lists = await ids_of(llama, *texts)
    assert lists[0] == []
    back = [(await llama.call("decode", ids=ids))["text"] for ids in lists]
    assert back[:4] == texts[:4]
    assert back[5] == "half ?"


async def test_typed_control_tokens_are_text_unless_they_are_special(llama):
    (typed,), (special,) = await ids_of(llama, "<|im_end|>"), await ids_of(llama, "<|im_end|>", special=True)
    assert len(special) == 1
    assert special[0] not in typed


async def test_streamed_text_is_never_cut_inside_a_character(llama):
    """The twin: each token decoded by itself breaks the emoji."""
    wanted = "🧙‍♀️🐉🗝️日本☂"
    (prompt,) = await ids_of(
        llama, f"Repeat exactly: {wanted}\nRepeat exactly: {wanted}\nRepeat exactly: {wanted}\nRepeat exactly:"
    )
    reply = await llama.request("generate", ids=prompt, sampling={"max_tokens": 30})
    pieces, ids = [], []
    async for event in reply:
        pieces.append(event.fields["text"])
        ids += event.fields["ids"]
    summary = await reply.result()
    assert "🐉" in summary["text"]
    assert ids == summary["ids"]
    assert summary["text"].startswith("".join(pieces))
    assert "\ufffd" not in "".join(pieces)
    alone = [(await llama.call("decode", ids=[token]))["text"] for token in ids]
    assert any("\ufffd" in text for text in alone)


@pytest.mark.parametrize("ids", [[], [-1], [10**9], [1.5], ["a"], [None]])
async def test_ids_that_are_none_are_refused_and_the_worker_lives(llama, ids):
    with pytest.raises(BadRequest):
        await generate(llama, ids)
    assert await ids_of(llama, "x")


# -- generating


async def test_the_cache_is_used_and_changes_nothing(llama, tmp_path):
    story, other = await ids_of(llama, STORY * 3 + "Wren", "The rain stopped.")
    fresh = await generate(llama, other)
    first = await generate(llama, story)
    again = await generate(llama, story)
    assert again["reused"] == len(story) - 1
    assert await agree(llama, story, first["ids"], again["ids"], tmp_path)
    again = await generate(llama, story)
    longer = await generate(llama, story + again["ids"])
    assert longer["reused"] == len(story) + len(again["ids"]) - 1
    shorter = await generate(llama, story[:20])
    assert shorter["reused"] == 19
    assert await agree(llama, other, (await generate(llama, other))["ids"], fresh["ids"], tmp_path)


@pytest.mark.parametrize("when", ["reading", "writing"])
async def test_a_stop_leaves_the_cache_as_a_fresh_workers(llama, starter, when, tmp_path):
    (story,) = await ids_of(llama, STORY * 20)
    story = story[:400]
    fresh = await load(starter)
    expected = await generate(fresh, story)
    await fresh.close()
    await generate(llama, story[:10])
    reply = await llama.request("generate", ids=story, sampling={"max_tokens": 100})
    if when == "writing":
        await anext(aiter(reply))
    await reply.cancel()
    with pytest.raises(Cancelled):
        await reply.result()
    after = await generate(llama, story)
    assert await agree(llama, story, after["ids"], expected["ids"], tmp_path)
    assert (after["reused"] == 399) == (when == "writing")


async def test_a_text_past_the_context_is_refused_and_an_answer_ends_there(llama):
    (story,) = await ids_of(llama, STORY * 30)
    with pytest.raises(ContextTooSmall) as caught:
        await generate(llama, story)
    assert caught.value.fields == {"needed": len(story) + 1, "context": 512}
    assert (await generate(llama, story[:508]))["stop"] == "context"
    with pytest.raises(ContextTooSmall):
        await llama.call("generate_many", prompts=[story], max_tokens=4)
    with pytest.raises(ContextTooSmall):
        await llama.call("score", ids=story, start=1, file="x.npy")
    assert (await generate(llama, story[:20]))["ids"]


async def test_sampling_follows_its_seed(llama):
    (prompt,) = await ids_of(llama, PROMPT)
    drawn = [(await generate(llama, prompt, temperature=1.2, seed=seed))["ids"] for seed in (1, 1, 2, 3, 4)]
    assert drawn[0] == drawn[1]
    assert len({tuple(ids) for ids in drawn}) > 2


async def test_a_stop_token_ends_it(llama):
    (prompt,) = await ids_of(llama, PROMPT)
    plain = await generate(llama, prompt)
    cut = await llama.call("generate", ids=prompt, sampling={"max_tokens": 12}, stops=[plain["ids"][3]])
    assert (cut["ids"], cut["stop"]) == (plain["ids"][: plain["ids"].index(plain["ids"][3])], "end")


# -- many at once, and scores


async def test_many_at_once_are_the_same_as_one_by_one(llama, tmp_path):
    """Where two tokens are all but equal a batch may round the other way: that is looked up."""
    heads = [
        STORY + f"The {word}" for word in ("thief", "innkeeper", "cat", "wind", "thief", "song", "old bell", "lamp")
    ]
    prompts = await ids_of(llama, *heads, "Once", "Rain", "A", STORY, STORY * 2)
    many = (await llama.call("generate_many", prompts=prompts, max_tokens=10))["replies"]
    assert sum(reply["reused"] for reply in many) > 100
    for prompt, reply in zip(prompts, many, strict=True):
        alone = await generate(llama, prompt, max_tokens=10)
        assert await agree(llama, prompt, reply["ids"], alone["ids"], tmp_path)


async def test_prompts_that_share_nothing_fit_in_turns(llama, tmp_path):
    """Pairs share much, the pairs nothing: what only looks shared must not be counted as room."""
    (story,) = await ids_of(llama, STORY * 25)
    prompts = [[number, *story[: 176 + end], end] for number in (30, 31) for end in (5, 6)]
    replies = (await llama.call("generate_many", prompts=prompts, max_tokens=4))["replies"]
    assert [len(reply["ids"]) > 0 or reply["stop"] == "end" for reply in replies] == [True] * 4
    full = (await llama.call("generate_many", prompts=[story[:508]], max_tokens=20))["replies"][0]
    assert full["stop"] in ("context", "end")
    alone = await generate(llama, story[:508], max_tokens=20)
    assert await agree(llama, story[:508], full["ids"], alone["ids"], tmp_path)


async def test_a_stop_in_a_batch_gives_back_its_room(llama):
    (story,) = await ids_of(llama, STORY * 25)
    many = await llama.request("generate_many", prompts=[story[:150], story[1:151]], max_tokens=100)
    await asyncio.sleep(0.5)
    await many.cancel()
    with pytest.raises(Cancelled):
        await many.result()
    assert (await generate(llama, story[:500], max_tokens=1))["ids"]


async def test_the_likeliest_of_the_scores_are_what_is_generated(llama, tmp_path):
    (prompt,) = await ids_of(llama, STORY * 15 + PROMPT)
    prompt = prompt[-300:]
    generated = await generate(llama, prompt, max_tokens=16)
    rows = await scores(llama, [*prompt, *generated["ids"]], len(prompt), tmp_path)
    assert rows.shape == (len(generated["ids"]), 49152)
    gaps = rows.max(axis=1) - rows[np.arange(len(rows)), generated["ids"]]
    assert gaps.max() < 0.1
    assert (rows.argmax(axis=1) == generated["ids"]).mean() > 0.9
    for start in (0, len(prompt) + 16):
        with pytest.raises(BadRequest):
            await llama.call("score", ids=[*prompt, *generated["ids"]][: len(prompt) + 16], start=start, file="x")


async def test_scores_that_cannot_be_saved_leave_nothing(llama, tmp_path):
    (prompt,) = await ids_of(llama, PROMPT)
    with pytest.raises(NotSaved):
        await llama.call("score", ids=prompt, start=1, file=str(tmp_path / "none" / "scores.npy"))
    assert list(tmp_path.iterdir()) == []


# -- death


async def test_a_killed_worker_fails_what_is_open_and_another_goes_on(llama, starter):
    worker = await load(starter)
    (prompt,) = await ids_of(worker, PROMPT)
    reply = await worker.request("generate", ids=prompt, sampling={"max_tokens": 500, "temperature": 1.0})
    waiting = await worker.request("decode", ids=prompt)
    await anext(aiter(reply))
    os.kill(worker.pid, signal.SIGKILL)
    for open_request in (reply, waiting):
        with pytest.raises(WorkerDied, match="SIGKILL"):
            await open_request.result()
    assert (await generate(llama, prompt))["ids"]


async def test_a_model_that_is_cut_while_it_is_read_kills_only_the_worker(starter, tmp_path):
    """llama.cpp maps the file: its end then lies nowhere, and the kernel sends SIGBUS."""
    path = tmp_path / "model.gguf"
    path.write_bytes(starter.read_bytes())
    worker = await load(path)
    (prompt,) = await ids_of(worker, PROMPT)
    os.truncate(path, 3_000_000)
    try:
        with pytest.raises(LorewrightError) as caught:
            await generate(worker, prompt)
        assert isinstance(caught.value, WorkerDied)
    finally:
        await worker.kill()
