"""The llama worker on the starter model: text to tokens and back, answers, scores."""

import asyncio

import numpy as np
import pytest

from studio.errors import Cancelled, NotSaved
from studio.inference import engine as _engine  # noqa: F401  # registers the errors that the worker names
from studio.inference.errors import ContextTooSmall
from studio.jobs.errors import BadRequest
from tests.workers.llama_worker import PROMPT, STORY, agree, generate, ids_of, load, scores

pytestmark = [pytest.mark.native, pytest.mark.asyncio(loop_scope="module")]


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
        if event.name == "token":
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
        await anext(event async for event in reply if event.name == "token")
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
