"""Opening a model by its name, and asking chats of it: what is asked is what comes out, whoever holds the weights."""

import hashlib
import shutil

import numpy as np
import pytest
import pytest_asyncio

from studio.errors import PathMissing
from studio.inference.engine import Ask, Sampling
from studio.inference.opening import NoModel, OnlyPickle, SeveralModels, open_engine
from tests.gguf.tiny_model import TOKENS, write_model
from tests.inference.chats import chat

pytestmark = [pytest.mark.native, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("tiny") / "tiny.gguf")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def engine(tiny):
    engine = await open_engine(tiny, context=1024, together=4)
    yield engine
    await engine.close()


async def test_the_card_says_what_was_loaded(engine, tiny):
    assert (engine.card.kind, engine.card.scores) == ("gguf", True)
    assert engine.card.identity == hashlib.sha256(tiny.read_bytes()).hexdigest()


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
    assert rows.shape == (len(ids) - 1, len(TOKENS))
    assert rows.dtype == np.float32
    said = await engine.generate(ids, Sampling(max_tokens=1))
    assert int((await engine.score([*ids, 5], len(ids)))[0].argmax()) == said.ids[0]


async def test_a_folder_with_one_gguf_is_that_gguf(tiny, tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    shutil.copy(tiny, folder / "one.gguf")
    engine = await open_engine(folder, context=256)
    assert (engine.card.name, engine.card.kind) == ("one", "gguf")
    await engine.close()
    shutil.copy(tiny, folder / "two.gguf")
    with pytest.raises(SeveralModels, match=r"one\.gguf, two\.gguf"):
        await open_engine(folder)


async def test_what_is_no_model(tmp_path):
    with pytest.raises(PathMissing):
        await open_engine(tmp_path / "none.gguf")
    with pytest.raises(NoModel):
        await open_engine(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04")
    with pytest.raises(OnlyPickle, match=r"pytorch_model\.bin.*save_pretrained"):
        await open_engine(tmp_path)
