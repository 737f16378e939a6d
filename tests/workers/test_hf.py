"""The worker `hf` on a random two-layer model: ids, answers, scores, talks that go on, adapters and runs."""

import asyncio
import hashlib
import json

import numpy as np
import pytest
import pytest_asyncio

from studio.chat import Message
from studio.errors import Cancelled
from studio.gguf.adapters import AdapterRefused
from studio.gguf.base import open_base
from studio.gguf.errors import NoAdapter
from studio.inference.engine import Ask
from studio.inference.errors import ContextTooSmall, GrammarRefused
from studio.inference.opening import open_engine
from studio.inference.sampling import Sampling
from studio.jobs.errors import BadRequest
from tests.gguf.adapters import adapter_folder
from tests.gguf.tiny_model import write_model

pytestmark = [pytest.mark.native, pytest.mark.asyncio(loop_scope="module")]

TEXTS = ["", "Wren's 12 arrows\n\n", "日本語 ☂ 🧙‍♀️", "\x00x", "half \ud800", "<|im_end|> typed"]


def ask(words, *more, size=6, **options):
    roles = ("user", "assistant")
    talk = (Message(roles[i % 2], text) if isinstance(text, str) else text for i, text in enumerate((words, *more)))
    return Ask((Message("system", "A quiet inn by the river."), *talk), max_tokens=size, **options)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def engine(tiny_base):
    engine = await open_engine(tiny_base, context=512, together=4)
    yield engine
    await engine.close()


def weights(seed, scale=1.0):
    """A LoRA of the queries; B zero where `scale` is."""
    rng = np.random.default_rng(seed)
    rows = {}
    for n in range(2):
        stem = f"base_model.model.model.layers.{n}.self_attn.q_proj"
        rows[f"{stem}.lora_A.weight"] = rng.standard_normal((4, 64), dtype=np.float32)
        rows[f"{stem}.lora_B.weight"] = np.float32(scale) * rng.standard_normal((64, 4), dtype=np.float32)
    return rows


def a_run(place, base, **config):
    """A finished run: at its end the adapter does much, in its checkpoint nothing."""
    run = place / "runs" / "2026-01-01-weir-train"
    for name in ("adapter", "checkpoints/step-000002"):
        folder = adapter_folder(run / name, weights(1, 3.0 if name == "adapter" else 0.0))
        digests = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}
        (folder / "manifest.json").write_text(json.dumps(digests), encoding="utf-8")
    (run / "config.yaml").write_text(json.dumps({"base": str(base), "name": "weir", **config}), encoding="utf-8")
    return run


async def said(engine, **load):
    """What the worker answers after it has loaded that instead."""
    await engine.worker.call("load", **{"context": 512, "sequences": 5, **load})
    (reply,) = await engine.answer_many([ask("Who is there?")])
    return reply.ids


async def test_ids_are_those_of_training_and_text_comes_back(engine, tiny_base):
    tokeniser = open_base(tiny_base).tokeniser
    for special in (False, True):
        found = await engine.tokenise([(text, special) for text in TEXTS])
        clean = [text.encode("utf-8", "replace").decode() for text in TEXTS]
        assert found == [tokeniser.encode(text, special=special) for text in clean]
    back = [(await engine.worker.call("decode", ids=ids))["text"] for ids in await engine.tokenise([(TEXTS[2], False)])]
    assert back == [TEXTS[2]]
    card = engine.card
    assert (card.kind, card.bos, card.eos, card.context) == ("hf", "<|im_start|>", "<|im_end|>", 512)
    assert card.chat == open_base(tiny_base).template or card.chat.source == open_base(tiny_base).template.source


async def test_many_at_once_are_the_same_as_one_by_one(engine):
    asks = [
        ask(words, size=size)
        for words, size in (("Who?", 9), ("I sit down and wait.", 4), ("No.", 6), ("A", 6), ("B", 5))
    ]
    many = await engine.answer_many(asks)
    assert [len(one.ids) for one in many] == [9, 4, 6, 6, 5]
    assert sum(one.reused for one in many) > 0
    for one, other in zip(asks, many, strict=True):
        await engine.worker.call("forget")
        (alone,) = await engine.answer_many([one])
        assert alone.reused == 0
        assert alone.ids == other.ids


async def test_talks_that_go_on_read_only_what_is_new(engine):
    """The twin: after `forget` all is read."""
    first = [ask("Who is it?"), ask("I knock three times."), ask("Good evening.")]
    said_ = await engine.answer_many(first)
    second = [
        Ask((*one.messages, reply.as_message(one), Message("user", "And?")), max_tokens=4)
        for one, reply in zip(first, said_, strict=True)
    ]
    found = await engine.answer_many(second)
    for before, reply, one in zip(said_, found, first, strict=True):
        assert reply.reused >= before.prompt_tokens + len(before.ids) - 1, one
    await engine.worker.call("forget")
    (fresh,) = await engine.answer_many(second[:1])
    assert (fresh.reused, fresh.ids) == (0, found[0].ids)


async def test_scores_are_what_is_generated(engine):
    (ids,) = await engine.tokenise([("The old mill stands above the river. " * 12, False)])
    reply = await engine.generate(ids, Sampling(max_tokens=8))
    rows = await engine.score([*ids, *reply.ids], len(ids))
    assert rows.shape == (8, 49152)
    assert tuple(rows.argmax(-1)) == reply.ids
    assert (await engine.score(ids, 1)).shape == (len(ids) - 1, 49152)


async def test_sampling_follows_its_seed(engine):
    (ids,) = await engine.tokenise([("Once", False)])
    drawn = [(await engine.generate(ids, Sampling(8, 1.2, seed=seed))).ids for seed in (1, 1, 2, 3)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) == 3
    plain = await engine.generate(ids, Sampling(max_tokens=12))
    held = await engine.generate(ids, Sampling(max_tokens=12, repeat_penalty=5.0))
    assert len(set(held.ids)) >= len(set(plain.ids))


async def test_what_cannot_be_is_refused_and_a_stop_ends_it(engine):
    (ids,) = await engine.tokenise([("Once upon a time " * 4, False)])
    for wrong in ([], [-1], [10**9], [True]):
        with pytest.raises(BadRequest):
            await engine.generate(wrong, Sampling())
    with pytest.raises(ContextTooSmall):
        await engine.answer_many([ask("x " * 600)])
    with pytest.raises(GrammarRefused, match="GGUF"):
        await engine.answer_many([ask("x", grammar='root ::= "x"')])
    running = asyncio.create_task(engine.generate(ids, Sampling(max_tokens=490), lambda _text: stop.set()))
    stop = asyncio.Event()
    await stop.wait()
    await engine.stop()
    with pytest.raises(Cancelled):
        await running
    pace = await engine.pace(32, 4)
    assert pace.peak > 100e6


@pytest.mark.parametrize("at", [0, 512])
async def test_a_stop_while_it_reads_keeps_what_was_read(tiny_base, at):
    long = await open_engine(tiny_base, context=4096, together=1)
    try:
        (ids,) = await long.tokenise([("Once upon a time there was a mill by the river. " * 150, False)])
        due = asyncio.Event()
        running = asyncio.create_task(
            long.generate(ids, Sampling(max_tokens=2000), None, lambda read, _of: due.set() if read >= at else None)
        )
        await due.wait()
        await long.stop()
        with pytest.raises(Cancelled):
            await running
        after = await long.generate(ids, Sampling(max_tokens=4))
        assert after.reused >= at
        await long.worker.call("forget")
        fresh = await long.generate(ids, Sampling(max_tokens=4))
        assert (fresh.reused, fresh.ids) == (0, after.ids)
    finally:
        await long.close()


async def test_an_adapter_is_put_on_its_base_and_on_no_other(engine, tiny_base, tmp_path):
    plain = await said(engine, path=str(tiny_base))
    zero = adapter_folder(tmp_path / "zero", weights(1, 0.0))
    drawn = adapter_folder(tmp_path / "drawn", weights(1, 3.0))
    assert await said(engine, path=str(tiny_base), adapter=str(zero)) == plain
    worn = await said(engine, path=str(tiny_base), adapter=str(drawn))
    assert worn != plain
    other = adapter_folder(tmp_path / "other", {name: row[:2] for name, row in weights(1).items()})
    with pytest.raises(AdapterRefused):
        await said(engine, path=str(tiny_base), adapter=str(other))

    run = a_run(tmp_path, tiny_base)
    assert await said(engine, path=str(run)) == worn
    assert await said(engine, path=str(run / "checkpoints" / "step-000002")) == plain
    (run / "adapter" / "adapter_model.safetensors").write_bytes(b"")
    with pytest.raises(NoAdapter):
        await said(engine, path=str(run))


async def test_a_model_that_stands_on_a_gguf_keeps_to_grammars(engine, tmp_path):
    """The twin, a folder's, is refused above. One by one and in a batch, likeliest and drawn."""
    path = write_model(tmp_path / "tiny.gguf")
    card = await engine.worker.call("load", path=str(path), cache=str(tmp_path / "cache"), context=512)
    assert card["grammars"] is True
    prompts = [[1, 40 + n, 50] for n in range(3)]
    grammars = ['root ::= "yes" | "no"', None, "root ::= [0-9] [0-9]"]
    told = await engine.worker.call("generate_many", prompts=prompts, max_tokens=20, grammars=grammars)
    first, second, third = (reply["text"] for reply in told["replies"])
    assert first in ("yes", "no")
    assert third.isdigit() and len(third) == 2
    (plain,) = (await engine.worker.call("generate_many", prompts=prompts[1:2], max_tokens=20))["replies"]
    assert second == plain["text"]
    for temperature in (0.0, 1.5):
        drawn = await engine.generate(prompts[0], Sampling(20, temperature, grammar=grammars[0], repeat_penalty=1.1))
        assert (drawn.text in ("yes", "no"), drawn.stop) == (True, "end")
    with pytest.raises(GrammarRefused):
        await engine.generate(prompts[0], Sampling(grammar="root ::= ("))


async def test_a_base_in_four_bits_is_read_as_it_was_trained_on(engine, tiny_base, tmp_path):
    whole = await engine.worker.call("load", path=str(tiny_base), context=256)
    packed = await engine.worker.call("load", path=str(tiny_base), context=256, four_bit=True)
    half = await engine.worker.call("load", path=str(tiny_base), context=256, dtype="bfloat16")
    assert packed["bytes"] < whole["bytes"]
    run = a_run(tmp_path, tiny_base, quantisation="nf4")
    worn = await engine.worker.call("load", path=str(run), context=256)
    assert packed["bytes"] < worn["bytes"] < whole["bytes"]
    (ids,) = await engine.tokenise([("Who is there?", False)])
    rows = await engine.score(ids, 1)
    await engine.worker.call("load", path=str(run), context=256, four_bit=False)
    assert 0 < np.abs(rows - await engine.score(ids, 1)).max() < 5
    assert half["bytes"] == whole["bytes"] // 2
    with pytest.raises(BadRequest):
        await engine.worker.call("load", path=str(tiny_base), dtype="int8")
