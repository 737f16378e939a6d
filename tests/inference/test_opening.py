"""Opening a model by its name, and asking chats of it: what is asked is what comes out, whoever holds the weights."""

import hashlib

import numpy as np
import pytest
import pytest_asyncio

from studio.chat import Message
from studio.errors import PathMissing
from studio.inference.engine import Ask
from studio.inference.opening import open_engine

pytestmark = [pytest.mark.native, pytest.mark.asyncio(loop_scope="module")]


def chat(*contents, system="You are the narrator of a quiet game."):
    roles = ("user", "assistant")
    return Message("system", system), *(Message(roles[i % 2], text) for i, text in enumerate(contents))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def engine(starter):
    engine = await open_engine(starter, context=1024, together=4)
    yield engine
    await engine.close()


async def test_the_card_says_what_was_loaded(engine, starter):
    assert (engine.card.kind, engine.card.scores) == ("gguf", True)
    assert engine.card.identity == hashlib.sha256(starter.read_bytes()).hexdigest()


async def test_chats_are_answered_in_order_with_their_openings_lengths_and_grammars(engine):
    plain = Ask(chat("Who is there?"), max_tokens=4)
    opened = Ask(chat("I sneak."), opening="*SUCCESS*", max_tokens=6)
    held = Ask(chat("Yes or no?"), grammar='root ::= " maybe"')
    found = await engine.answer_many([plain, opened, held])
    assert [len(found[0].ids), len(found[1].ids), found[2].text] == [4, 6, " maybe"]
    ids = await engine.tokenise([("*SUCCESS*", False)])
    assert found[1].opened == tuple(ids[0])
    assert found[1].as_message(opened).content == f"*SUCCESS*{found[1].text}".strip()
    assert found[1].as_message(opened).ids == found[1].opened + found[1].ids
    alone = await engine.answer_many([opened])
    assert alone[0].ids == found[1].ids


async def test_scores_are_rows_of_the_vocabulary(engine):
    (ids,) = await engine.tokenise([("The old mill stands above the river.", False)])
    rows = await engine.score(ids, 1)
    assert rows.shape == (len(ids) - 1, 49152)
    assert rows.dtype == np.float32
    assert (rows.argmax(-1) == np.array(ids[1:])).any()


async def test_what_is_not_there(tmp_path):
    with pytest.raises(PathMissing):
        await open_engine(tmp_path / "none.gguf")
