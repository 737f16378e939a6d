"""Models on this machine: fetched ones, added ones, names and paths, and what is refused with its reason."""

import shutil
from pathlib import Path

import pytest
from small_base import files

from studio.dataset.description import Description
from studio.errors import LorewrightError, PathMissing
from studio.gguf import known_bases as module
from studio.gguf.errors import BaseIncomplete
from studio.gguf.known_bases import MANIFEST, ModelListDamaged
from studio.gguf.measure import cutter_of, mark_of
from studio.training.catalogue import NoSuchModel
from studio.training.fetched import Fetched
from studio.training.local_models import (
    LocalModel,
    ModelNameTaken,
    ModelStays,
    NotFetchedYet,
    Origin,
    UnfitModelName,
    add_model,
    find_local,
    local_models,
    remove_model,
    resolve_base,
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for the user's list and cache."""
    monkeypatch.setattr(module, "models_folder", lambda: tmp_path / "cache" / "models")
    monkeypatch.setattr(module, "config_folder", lambda: tmp_path / "settings")
    return tmp_path


@pytest.fixture
def base(tmp_path: Path) -> Path:
    folder = tmp_path / "My Talker"
    folder.mkdir()
    for name, content in files().items():
        (folder / name).write_bytes(content)
    return folder


def own() -> dict[str, LocalModel]:
    return {model.name: model for model in local_models() if model.origin is not Origin.STARTER}


def test_a_folder_and_a_gguf_are_added_used_by_name_and_forgotten(base: Path, starter: Path, home: Path) -> None:
    assert add_model(base).name == "my-talker"
    assert add_model(starter, "twin").path == starter
    assert list(own()) == ["my-talker", "twin"]
    assert resolve_base("my-talker") == base and resolve_base("twin") == starter
    assert own()["my-talker"].bytes == sum(map(len, files().values()))
    remove_model(find_local("my-talker"))
    assert list(own()) == ["twin"] and base.is_dir()
    with pytest.raises(NoSuchModel):
        resolve_base("my-talker")
    shutil.move(base, home / "elsewhere")


def test_what_cannot_be_trained_is_refused_with_the_reason_and_not_kept(base: Path, home: Path) -> None:
    (base / "model.safetensors").unlink()
    with pytest.raises(BaseIncomplete, match=r"model\.safetensors"):
        add_model(base)
    damaged = home / "broken.gguf"
    damaged.write_bytes(b"GGUF\x03")
    with pytest.raises(LorewrightError, match=r"broken\.gguf"):
        add_model(damaged)
    with pytest.raises(PathMissing):
        add_model(home / "nowhere")
    assert not own()


@pytest.mark.parametrize("name", ["", "Grand", "a b", "../x", "-a", "a/b", "x" * 61])
def test_a_name_that_is_none_is_refused(base: Path, name: str) -> None:
    with pytest.raises(UnfitModelName):
        add_model(base, name)
    assert not own()


@pytest.mark.parametrize("name", ["starter", "qwen2.5-1.5b", "talker"])
def test_a_name_belongs_to_one_model(base: Path, name: str) -> None:
    add_model(base, "talker")
    with pytest.raises(ModelNameTaken):
        add_model(base, name)


def test_bases_are_found_by_name_or_path_and_what_is_meant_is_said(base: Path, starter: Path, home: Path) -> None:
    assert resolve_base("starter") == starter and resolve_base(Path("starter")) == starter
    assert resolve_base(base) == base and resolve_base(str(starter)) == starter
    with pytest.raises(NotFetchedYet, match=r"models fetch qwen2\.5-1\.5b` \(2\.9 GB\)"):
        resolve_base("qwen2.5-1.5b")
    with pytest.raises(NoSuchModel, match=r"Did you mean “qwen2\.5-1\.5b”"):
        resolve_base("qwen2-1.5b")
    with pytest.raises(PathMissing):
        resolve_base("nowhere.gguf")
    add_model(base, "talker")
    shutil.move(base, home / "elsewhere")
    assert own()["talker"].missing and own()["talker"].bytes == 0
    with pytest.raises(PathMissing, match="My Talker"):
        resolve_base("talker")


def test_a_data_set_is_cut_for_a_model_by_its_name(base: Path, starter: Path, home: Path) -> None:
    add_model(base, "talker")

    def mark(named: str | None) -> str:
        return cutter_of(
            Description.model_validate({"sources": [{"name": "s", "file": "s.jsonl"}], "base": named}), home
        ).mark

    assert mark("talker") == mark(str(base)) == mark_of(base) != mark("starter") == mark(None)
    with pytest.raises(PathMissing, match=r"qwen2\.5-1\.5b"):
        mark("qwen2.5-1.5b")


def test_a_fetched_model_is_found_and_deleted_whole(base: Path, home: Path) -> None:
    folder = home / "cache" / "models" / "qwen2.5-1.5b"
    folder.parent.mkdir(parents=True)
    shutil.copytree(base, folder)
    assert not own()  # without its manifest it was not fetched whole
    manifest = Fetched(repo="Qwen/Qwen2.5-1.5B-Instruct", revision="main", commit="a" * 40, files=())
    (folder / MANIFEST).write_text(manifest.model_dump_json())
    found = own()["qwen2.5-1.5b"]
    assert found.origin is Origin.FETCHED and found.model is not None and found.commit == "a" * 40
    assert resolve_base("qwen2.5-1.5b") == folder
    remove_model(found)
    assert not own() and not list(folder.parent.iterdir())


def test_the_starter_stays(starter: Path) -> None:
    with pytest.raises(ModelStays):
        remove_model(find_local("starter"))
    assert starter.is_file()


def test_a_damaged_list_is_told_and_never_written_over(base: Path, home: Path) -> None:
    path = home / "settings" / "models.json"
    path.parent.mkdir()
    path.write_text("{")
    for act in (local_models, lambda: add_model(base)):
        with pytest.raises(ModelListDamaged, match=r"models\.json"):
            act()
    assert path.read_text() == "{"
