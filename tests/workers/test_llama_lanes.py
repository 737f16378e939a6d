"""Talks that go on: what the cache holds of them is not read again, whoever else was answered between, and the answers
are those of a cache that holds nothing."""

import pytest
import pytest_asyncio

from studio.inference import engine as _engine  # noqa: F401  # registers the errors that the worker names
from studio.jobs.errors import BadRequest
from tests.workers.llama_worker import STORY, agree, ids_of, load
from tests.workers.running_state import write_running

pytestmark = [pytest.mark.native, pytest.mark.asyncio(loop_scope="module")]

TAIL = " looks up, pushes the bowl away, wipes both hands on the apron, thinks of the road and of the rain, and says:"
NAMES = ("Wren", "Old Teck", "the ferryman", "a thief", "Mira")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def worker(starter):
    """Four lanes, and room for them."""
    worker = await load(starter, context=512, sequences=5)
    yield worker
    await worker.close()


async def many(worker, prompts, **more):
    return (await worker.call("generate_many", prompts=prompts, **{"max_tokens": 6, **more}))["replies"]


async def talks(worker, count):
    return await ids_of(worker, *(f"{STORY}{name}{TAIL}" for name in NAMES[:count]))


async def gone_on(worker, prompts, replies):
    (more,) = await ids_of(worker, " Then the door opens, and they ask who it is.")
    return [prompt + reply["ids"] + more for prompt, reply in zip(prompts, replies, strict=True)]


async def same_as_fresh(worker, prompts, replies, folder):
    await worker.call("forget")
    for prompt, reply in zip(prompts, replies, strict=True):
        (fresh,) = await many(worker, [prompt])
        await worker.call("forget")
        assert fresh["reused"] == 0
        assert await agree(worker, prompt, reply["ids"], fresh["ids"], folder)


async def test_a_talk_that_goes_on_reads_only_what_is_new(worker, tmp_path):
    """The twin: after `forget` all of it is read, but for what the talks share."""
    prompts = await talks(worker, 4)
    second = await gone_on(worker, prompts, await many(worker, prompts))
    third = await gone_on(worker, second, await many(worker, second))
    replies = await many(worker, third)
    (new,) = await ids_of(worker, " Then the door opens, and they ask who it is.")
    assert [reply["prompt_tokens"] - reply["reused"] for reply in replies] == [len(new) + 1] * 4
    await worker.call("forget")
    again = await many(worker, third)
    assert min(reply["reused"] for reply in again) == 0
    assert sum(reply["reused"] for reply in again) < sum(reply["reused"] for reply in replies)
    await same_as_fresh(worker, third, replies, tmp_path)


async def test_a_talk_comes_back_after_more_others_than_there_are_lanes(worker, tmp_path):
    """What lost its lane was put aside. The twin: what is forgotten between the turns is read again."""
    prompts = await talks(worker, 5)
    first = [reply for prompt in prompts for reply in await many(worker, [prompt])]
    assert first[1]["reused"] > 0  # they begin alike
    second = await gone_on(worker, prompts, first)
    replies = [reply for prompt in second for reply in await many(worker, [prompt])]
    for prompt, reply, before in zip(second, replies, prompts, strict=True):
        assert reply["reused"] >= len(before)
        assert reply["prompt_tokens"] == len(prompt)
    await same_as_fresh(worker, second, replies, tmp_path)
    await many(worker, second[:1])
    await worker.call("forget")
    assert (await many(worker, second[:1]))[0]["reused"] == 0


async def test_other_talks_than_the_cache_can_hold_find_room(worker, tmp_path):
    long = await ids_of(worker, *(f"{name}. {STORY * 6}" for name in NAMES))
    replies = await many(worker, long)
    assert all(len(reply["ids"]) > 0 or reply["stop"] == "end" for reply in replies)
    assert (await worker.call("generate", ids=long[0] * 2, sampling={"max_tokens": 2}))["prompt_tokens"] > 300
    await same_as_fresh(worker, long[:2], replies[:2], tmp_path)


async def test_each_answer_of_a_batch_keeps_to_its_own_grammar_and_length(worker, tmp_path):
    prompts = await talks(worker, 3)
    free = await many(worker, prompts[:1])
    grammars = [None, 'root ::= " yes" | " no"', "root ::= [0-9] [0-9]"]
    replies = await many(worker, prompts, grammars=grammars, max_tokens=[6, 40, 40])
    assert await agree(worker, prompts[0], replies[0]["ids"], free[0]["ids"], tmp_path)
    assert replies[1]["text"] in (" yes", " no")
    assert replies[2]["text"].isdigit()
    assert [reply["stop"] for reply in replies[1:]] == ["end", "end"]
    for wrong in ({"grammars": [None]}, {"max_tokens": [1]}, {"max_tokens": 0}, {"max_tokens": None}):
        with pytest.raises(BadRequest):
            await many(worker, prompts, **wrong)


async def test_a_running_state_is_shared_and_kept_only_whole(tmp_path):
    """It cannot be cut: a talk that goes on takes all of it, others copy what they begin with. The ids are the same."""
    worker = await load(write_running(tmp_path / "running.gguf"), sequences=5)
    head = list(range(10, 60))
    prompts = [[*head, 70 + n, 5, 6] for n in range(3)] + [[9, 8, 7]]
    first = await many(worker, prompts)
    assert [reply["reused"] for reply in first] == [50, 50, 50, 0]
    second = [[*prompt, *reply["ids"], 40, 41] for prompt, reply in zip(prompts, first, strict=True)]
    replies = await many(worker, second)
    for prompt, reply in zip(prompts, replies, strict=True):
        assert reply["reused"] >= len(prompt)
    for prompt, reply in zip([*prompts, *second], [*first, *replies], strict=True):
        await worker.call("forget")
        (fresh,) = await many(worker, [prompt])
        assert (fresh["reused"], fresh["ids"]) == (0, reply["ids"])
    await worker.close()


async def test_speed_is_told(worker):
    told = await worker.call("bench", prompt_tokens=64, new_tokens=4)
    assert told["first_token"] > 0
    assert told["writing"] > 0
