"""What a word means in the list of models: the same wherever a model is named."""

import shutil
import struct
from pathlib import Path

import pytest

from studio.inference.opening import SeveralModels
from studio.inference.service_errors import NoKey
from studio.publishing.candidate import candidate_for
from studio.publishing.known_models import add_address, add_model
from studio.publishing.listed_models import NotAFile, NotOpened, UnknownModel, file_named
from studio.publishing.named_models import Named
from studio.workspace import Workspace
from tests.gguf.adapters import run_folder
from tests.gguf.tiny_model import write_model

ADDRESS = "http://localhost:1/v1#far"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with a converted model and what was added to its list."""
    workspace = Workspace(tmp_path / "w")
    for folder in (workspace.models / "tavern", workspace.runs, tmp_path / "mine"):
        folder.mkdir(parents=True)
    tiny = write_model(workspace.models / "tavern" / "tavern-q8.gguf")
    shutil.copy(tiny, tmp_path / "mine" / "own.gguf")
    add_model(workspace, tmp_path / "mine" / "own.gguf")
    add_address(workspace, ADDRESS, "FAR_KEY")
    return workspace


def test_what_play_knows_is_measured_and_published_too(workspace: Workspace, starter: Path, tmp_path: Path) -> None:
    own, converted = tmp_path / "mine" / "own.gguf", workspace.models / "tavern" / "tavern-q8.gguf"
    meant = {"starter": starter, starter.stem: starter, "own": own, "tavern-q8": converted}
    for word, path in meant.items():
        assert Path(Named(workspace.root).one(word)).resolve() == path.resolve()
        assert candidate_for(word, workspace).model == path.resolve()
    assert Named(workspace.root).one("far") == Named(workspace.root).one(ADDRESS) == ADDRESS
    with pytest.raises(NotAFile, match=r"localhost:1/v1#far is served elsewhere.* Name a run"):
        candidate_for("far", workspace)


def test_a_file_is_meant_by_its_name_too(workspace: Workspace, starter: Path, tmp_path: Path) -> None:
    assert file_named(workspace, Path("starter")).resolve() == starter.resolve()
    own = tmp_path / "mine" / "own.gguf"
    assert file_named(workspace, Path("own")) == own == file_named(workspace, own)
    for word in ("nobody", "far"):
        assert file_named(workspace, Path(word)) == Path(word), "what is read then says that it is not there"


async def test_the_key_of_an_address_in_the_list_goes_with_its_name(workspace: Workspace) -> None:
    named = Named(workspace.root)
    with pytest.raises(NoKey, match="FAR_KEY"):
        await named.open(named.one("far"))


def test_a_word_that_is_nothing_says_what_there_is(workspace: Workspace) -> None:
    for asked in (Named(workspace.root).one, lambda word: candidate_for(word, workspace)):
        with pytest.raises(UnknownModel, match="“starter”"):
            asked("startr")
        with pytest.raises(UnknownModel, match="a converted model"):
            asked("nobody")


def test_what_cannot_be_opened_says_why_and_not_that_there_is_no_such_thing(workspace: Workspace) -> None:
    (workspace.models / "adapters").mkdir()
    mark = b"general.type" + struct.pack("<IQ", 8, 7) + b"adapter"
    (workspace.models / "adapters" / "lost.gguf").write_bytes(b"GGUF" + mark)  # an adapter with no base beside it
    for asked in (Named(workspace.root).one, lambda word: candidate_for(word, workspace)):
        with pytest.raises(NotOpened, match=r"lost cannot be opened: .+"):
            asked("lost")


async def test_a_folder_is_its_only_model_and_a_run_stays_a_run(tmp_path: Path) -> None:
    run = run_folder(tmp_path / "runs", write_model(tmp_path / "base.gguf"))
    (run / "adapter.gguf").write_bytes(b"GGUF general.type adapter")
    assert Named(tmp_path).one(str(run)) == str(run)
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    one = write_model(theirs / "one.gguf")
    assert Named(tmp_path).one(str(theirs)) == str(one)
    write_model(theirs / "two.gguf")
    named = Named(tmp_path)
    with pytest.raises(SeveralModels, match=r"one\.gguf, two\.gguf"):
        await named.open(named.one(str(theirs)))
    (theirs / "config.json").write_text("{}")
    assert named.one(str(theirs)) == str(theirs)
