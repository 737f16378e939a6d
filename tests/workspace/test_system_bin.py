"""The desktop's bin without a window: file and note as the standard says, names that are taken, other disks."""

from pathlib import Path
from urllib.parse import unquote

import pytest

from studio.workspace.bin import Filing
from studio.workspace.system_bin import throw


def test_a_folder_lies_in_the_bin_with_a_note_and_comes_back(tmp_path: Path) -> None:
    bin_ = {"XDG_DATA_HOME": str(tmp_path / "data")}
    filing = Filing(lambda path: throw(path, bin_, "linux"), tmp_path / "own")
    places = []
    for text in ("one", "two"):
        folder = tmp_path / "a run"
        folder.mkdir()
        (folder / "f").write_text(text, encoding="utf-8")
        places.append(filing.delete(folder).after)
    assert len(set(places)) == 2 and all(place.parent == tmp_path / "data" / "Trash" / "files" for place in places)
    note = (tmp_path / "data" / "Trash" / "info" / "a run.trashinfo").read_text(encoding="utf-8")
    assert note.startswith("[Trash Info]\n") and f"Path={tmp_path}/a run" in unquote(note)
    filing.undo()
    assert (tmp_path / "a run" / "f").read_text(encoding="utf-8") == "two"
    assert len(list((tmp_path / "data" / "Trash" / "info").iterdir())) == 1, "the note goes with it"
    assert not (tmp_path / "own").exists()


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_other_systems_are_left_to_the_workspaces_own_bin(tmp_path: Path, platform: str) -> None:
    (tmp_path / "f").write_text("x", encoding="utf-8")
    assert throw(tmp_path / "f", {"XDG_DATA_HOME": str(tmp_path)}, platform) is None
    assert (tmp_path / "f").is_file()


def test_where_no_bin_can_be_made_it_stays(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder", encoding="utf-8")
    (tmp_path / "f").write_text("x", encoding="utf-8")
    assert throw(tmp_path / "f", {"XDG_DATA_HOME": str(tmp_path / "data")}, "linux") is None
    assert (tmp_path / "f").is_file()
