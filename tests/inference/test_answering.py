"""One answer while a person waits: how far it is read and what is written are told, and a stop loses neither the words
nor the cache. Without a session, for every kind of engine that has tokens."""

import asyncio

import numpy as np
import pytest
import pytest_asyncio

from studio.errors import Cancelled
from studio.inference.engine import Ask, Halted, Sampling
from studio.inference.opening import open_engine
from studio.inference.remembered import Remembered
from tests.gguf.tiny_model import TOKENS, weights, write_model
from tests.inference.chats import chat

pytestmark = [pytest.mark.native, pytest.mark.asyncio(loop_scope="module")]

LONG = "The road bends past the mill and nobody has seen the miller since the first snow. " * 12
GREEDY = Sampling()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("tiny") / "tiny.gguf", llama__context_length=8192)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def gguf(tiny):
    engine = await open_engine(tiny, context=8192, together=2)
    yield engine
    await engine.close()


async def test_the_text_and_how_far_the_prompt_is_read_are_told(gguf):
    texts, reads = [], []
    ask = Ask(chat(LONG), opening="*SUCCESS*", max_tokens=12)
    found = await gguf.answer(ask, GREEDY, texts.append, lambda read, of: reads.append((read, of)))
    assert "".join(texts) == found.text
    assert len(found.ids) == 12
    length = await gguf.length(ask)
    assert found.prompt_tokens == length > 600
    assert {of for _read, of in reads} == {length}
    assert [read for read, _of in reads] == sorted(read for read, _of in reads)
    assert (reads[0][0], reads[-1][0]) == (found.reused, length)
    (opened,) = await gguf.tokenise([("*SUCCESS*", False)])
    assert found.opened == tuple(opened)
    (alike,) = await gguf.answer_many([ask])
    assert alike.ids == found.ids


async def test_the_next_turn_reads_only_what_is_new(gguf):
    first = Ask(chat(LONG), max_tokens=8)
    found = await gguf.answer(first, GREEDY)
    talk = (*first.messages, found.as_message(first), *chat("And then?")[1:])
    second = await gguf.answer(Ask(talk, max_tokens=4), GREEDY)
    assert second.reused == found.prompt_tokens + len(found.ids) - 1
    assert second.reads < 40


async def test_an_answer_is_gone_on_with_by_its_own_ids(gguf):
    """The twin: encoded anew, the words may be other ids."""
    whole = await gguf.answer(Ask(chat("Who is there?"), max_tokens=12), GREEDY)
    half = await gguf.answer(Ask(chat("Who is there?"), max_tokens=5), GREEDY)
    more = Ask(chat("Who is there?"), opening=half.text, opening_ids=half.ids, max_tokens=7)
    assert await gguf.length(more) == half.prompt_tokens + 5
    rest = await gguf.answer(more, GREEDY)
    assert half.ids + rest.ids == whole.ids
    assert rest.reads == 1
    anew = await gguf.answer(Ask(chat("Who is there?"), opening=half.text, max_tokens=7), GREEDY)
    assert (anew.opened == half.ids) == (anew.ids == rest.ids)


async def stopped_when(engine, ask, *, text=None, read=None):
    """The error with which an answer ends that is stopped when so many pieces, or tokens read, were told."""
    due = asyncio.Event()
    texts = []

    def on_text(piece):
        texts.append(piece)
        if text is not None and len(texts) >= text:
            due.set()

    def on_read(done, _of):
        if read is not None and done >= read:
            due.set()

    running = asyncio.create_task(engine.answer(ask, GREEDY, on_text, on_read))
    await due.wait()
    await engine.stop()
    with pytest.raises(Cancelled) as caught:
        await running
    return caught.value, texts


async def test_what_was_written_before_a_stop_is_kept_and_the_cache_with_it(gguf):
    ask = Ask(chat("Tell me of the mill."), opening="*SUCCESS*", max_tokens=4000)
    halted, texts = await stopped_when(gguf, ask, text=5)
    assert isinstance(halted, Halted)
    written = halted.written
    assert written.stop == "stopped"
    assert written.text == "".join(texts)
    assert written.opened
    assert written.prompt_tokens == await gguf.length(ask)
    fresh = await gguf.answer(Ask(ask.messages, ask.opening, max_tokens=len(written.ids) + 6), GREEDY)
    assert fresh.ids[: len(written.ids)] == written.ids
    on = Ask(ask.messages, "…", max_tokens=6, opening_ids=written.opened + written.ids)
    assert (await gguf.answer(on, GREEDY)).ids == fresh.ids[len(written.ids) :]


async def test_a_stop_while_it_reads_keeps_what_was_read(gguf):
    ask = Ask(chat("Another tale. " + LONG * 3), max_tokens=6)
    await gguf.worker.call("forget")
    error, texts = await stopped_when(gguf, ask, read=512)
    assert not isinstance(error, Halted)
    assert texts == []
    after = await gguf.answer(ask, GREEDY)
    assert after.reused >= 512
    await gguf.worker.call("forget")
    fresh = await gguf.answer(ask, GREEDY)
    assert fresh.reused == 0
    assert fresh.ids == after.ids


async def test_what_a_talk_says_again_is_encoded_once(gguf):
    """The twin: what was pushed out by longer texts is asked for again."""
    asked = []

    async def encode(parts):
        asked.append(list(parts))
        return [[len(text)] * len(text) for text, _special in parts]

    texts = Remembered(most=10)
    assert await texts.ids([("abc", False), ("abc", True), ("abc", False)], encode) == [[3, 3, 3]] * 3
    assert await texts.ids([("abc", True), ("de", False)], encode) == [[3, 3, 3], [2, 2]]
    assert asked == [[("abc", False), ("abc", True)], [("de", False)]]
    found = await texts.ids([("f" * 9, False), ("de", False)], encode)
    assert [len(ids) for ids in found] == [9, 2]
    await texts.ids([("de", False)], encode)
    assert asked[2:] == [[("f" * 9, False)], [("de", False)]]


async def test_a_token_that_controls_ends_the_answer(tmp_path):
    """It would be a turn of somebody else's when it is sent back. The twin: the model did want it."""
    rows = weights()
    rows["output.weight"] = np.zeros((len(TOKENS), rows["token_embd.weight"].shape[1]), np.float32)
    rows["output.weight"][1], rows["output.weight"][40] = 1.0, -1.0
    engine = await open_engine(write_model(tmp_path / "turns.gguf", rows), context=256)
    try:
        wanted = {}
        for text in "abcdefghijklmnop":
            (ids,) = await engine.tokenise([(text * 3, False)])
            wanted[int((await engine.score([*ids, 5], len(ids)))[0].argmax())] = ids
        assert set(wanted) == {1, 40}
        assert (await engine.generate(wanted[40], Sampling(max_tokens=1))).ids == (40,)
        ended = await engine.generate(wanted[1], Sampling(max_tokens=8))
        assert (ended.ids, ended.text, ended.stop) == ((), "", "end")
        assert (await engine.generate_many([wanted[1]], 8))[0].ids == ()
    finally:
        await engine.close()
