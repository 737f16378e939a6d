"""The list of models to play with: what is here, what it takes, and that settings and addresses are kept."""

import asyncio
import json
import logging
import shutil

import pytest

from studio.errors import PathMissing
from studio.gguf.load_forecast import Loadable, Room
from studio.inference.engine import Ask, LlamaEngine, Sampling
from studio.inference.load_settings import LoadSettings, NotTogether
from studio.inference.remote import RemoteEngine
from studio.inference.service_errors import BadAddress, NoKey
from studio.publishing.kept_models import FILE, kept_models
from studio.publishing.known_models import (
    NotAPlayedModel,
    Source,
    add_address,
    add_model,
    find_known,
    forecast,
    forget_model,
    keep_settings,
    models_here,
    open_known,
    settings_of,
    template_needed,
)
from studio.workspace import Workspace
from tests.gguf.tiny_model import write_model
from tests.inference.chats import chat

GB = 10**9


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("tiny") / "tiny.gguf")


@pytest.fixture
def workspace(tmp_path):
    for name in ("models", "runs"):
        (tmp_path / "w" / name).mkdir(parents=True)
    return Workspace(tmp_path / "w")


def named(workspace):
    return {known.name: known for known in models_here(workspace)}


def test_converted_models_the_starter_and_what_was_added(workspace, tiny, tmp_path, starter):
    (workspace.models / "tavern").mkdir()
    shutil.copy(tiny, workspace.models / "tavern" / "tavern-q8.gguf")
    own = tmp_path / "mine"
    own.mkdir()
    shutil.copy(tiny, own / "one.gguf")
    shutil.copy(tiny, own / "two.gguf")
    add_model(workspace, own)
    found = named(workspace)
    assert found["tavern-q8"].source is Source.CONVERTED
    assert found[starter.stem].source is Source.STARTER
    assert found["one"].size == tiny.stat().st_size
    assert found["two"].source is Source.ADDED
    assert find_known(workspace, "two") == find_known(workspace, str(own / "two.gguf")) == found["two"]
    (own / "two.gguf").unlink()
    assert "two" not in named(workspace)
    forget_model(workspace, named(workspace)["one"])
    assert "one" not in named(workspace)
    assert (own / "one.gguf").is_file()


def test_a_file_that_is_gone_is_still_listed_and_says_so(workspace, tiny, tmp_path):
    file = tmp_path / "gone.gguf"
    shutil.copy(tiny, file)
    add_model(workspace, file)
    file.unlink()
    assert str(file) in named(workspace)["gone"].why


def test_what_is_no_model_is_not_added(workspace, tmp_path):
    (tmp_path / "note.txt").write_text("no model")
    for path, kind in [(tmp_path / "note.txt", NotAPlayedModel), (workspace.runs, NotAPlayedModel),
                       (tmp_path / "none.gguf", PathMissing)]:  # fmt: skip
        with pytest.raises(kind):
            add_model(workspace, path)
    assert kept_models(workspace.private).paths == ()


def test_an_address_is_kept_with_the_name_of_its_key_and_never_the_key(workspace, monkeypatch):
    monkeypatch.setenv("LITTLE_KEY", "sk-little")
    known = add_address(workspace, "http://localhost:8080/v1#little", "LITTLE_KEY", 4096)
    assert named(workspace)["little"] == known
    assert "sk-little" not in (workspace.private / FILE).read_text()
    engine, identity = asyncio.run(open_known(known, LoadSettings()))
    assert isinstance(engine, RemoteEngine)
    assert (engine.card.context, engine.card.identity) == (4096, identity)
    monkeypatch.delenv("LITTLE_KEY")
    with pytest.raises(NoKey):
        asyncio.run(open_known(known, LoadSettings()))
    with pytest.raises(BadAddress):
        add_address(workspace, "http://localhost:8080/v1")
    assert forecast(known, LoadSettings(), Room(GB)) is None
    forget_model(workspace, known)
    assert "little" not in named(workspace)


def test_settings_are_kept_by_model_and_a_damaged_file_is_set_aside(workspace, starter, caplog):
    known = named(workspace)[starter.stem]
    own = LoadSettings(context=2048, kv_type="q8_0", threads=3, template="chatml")
    keep_settings(workspace, known, own)
    assert settings_of(workspace, known) == own
    with pytest.raises(NotTogether):
        keep_settings(workspace, known, LoadSettings(kv_type="q4_0", flash_attention=False))
    assert settings_of(workspace, known) == own
    keep_settings(workspace, known, LoadSettings())
    assert json.loads((workspace.private / FILE).read_text())["settings"] == {}
    (workspace.private / FILE).write_text('{"settings": {"x": {"context": -4}}}')
    with caplog.at_level(logging.ERROR):
        assert settings_of(workspace, known) == LoadSettings()
    assert (workspace.private / f"{FILE}.damaged").is_file()


def test_what_a_model_takes_by_its_settings(workspace, starter):
    known = named(workspace)[starter.stem]
    small, large = Room(200 * 10**6), Room(GB)
    usual = forecast(known, LoadSettings(context=4096), large)
    assert (usual.context, usual.layers, usual.on_card, usual.card) == (4096, 30, 0, 0)
    assert usual.memory.keys == 4096 * 30 * 3 * 128 * 2
    packed = forecast(known, LoadSettings(context=4096, kv_type="q8_0"), large)
    assert packed.memory.keys == usual.memory.keys * 34 // 64
    assert usual.fits(large)
    assert not usual.fits(small)
    assert forecast(known, LoadSettings(context=100_000), large).context == 8192  # what it was made for


def test_as_many_layers_lie_on_the_card_as_there_is_room_for(starter):
    model, settings = Loadable.of(starter), LoadSettings(context=4096)
    without = model.forecast(settings, Room(GB))
    layers = {room: model.forecast(settings, Room(GB, room << 20)) for room in (0, 512, 600, 660, 800, 8000)}
    counts = [one.on_card for one in layers.values()]
    assert counts[:2] == [0, 0]
    assert counts == sorted(counts)
    assert 0 < counts[2] < counts[-1] == 30
    whole = layers[8000]
    assert whole.memory.keys == 0
    assert whole.card > sum(model.by_layer)
    assert whole.memory.total < without.memory.total
    assert all(one.fits(Room(GB, room << 20)) for room, one in layers.items())
    assert model.layers_for(settings, Room(GB, 8 * GB)) == 999
    assert model.layers_for(settings.model_copy(update={"gpu_layers": 7}), Room(GB, 8 * GB)) == 7


def test_a_template_is_asked_for_only_where_there_is_none(workspace, tiny, tmp_path):
    mute = write_model(tmp_path / "mute.gguf", tokenizer__chat_template="")
    for path, name in ((tiny, None), (mute, "chatml")):
        found = template_needed(find_known(workspace, str(path)))
        assert (found.name if found else None) == name


@pytest.mark.native
def test_a_model_is_opened_as_its_settings_say(workspace, tiny):
    known = find_known(workspace, str(tiny))

    async def run():
        parts = []
        engine, digest = await open_known(known, LoadSettings(context=300), parts.append)
        try:
            assert isinstance(engine, LlamaEngine)
            assert (engine.card.context, engine.card.name, parts[-1]) == (300, "tiny", 1.0)
            assert len(digest) == 64
            assert (await engine.answer(Ask(chat("Who?"), max_tokens=2), Sampling())).ids
        finally:
            await engine.close()

    asyncio.run(run())
