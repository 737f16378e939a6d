import errno
import os
import resource
import shutil
from pathlib import Path

import pytest

from studio.errors import PathMissing
from studio.workspace import bin as bin_module
from studio.workspace.bin import Act, Filing, NameTaken, NameUnfit, NotMoved, checked, move


@pytest.fixture
def filing(tmp_path: Path) -> Filing:
    """A system without a bin."""
    return Filing(lambda path: None, tmp_path / "own bin")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "combat" / "ford.md"
    made.parent.mkdir()
    made.write_text("the ford")
    return made


def test_what_was_deleted_comes_back(filing: Filing, path: Path) -> None:
    deed = filing.delete(path)
    assert deed.act is Act.DELETED and not path.exists() and deed.after.read_text() == "the ford"
    assert filing.undo() == deed
    assert path.read_text() == "the ford" and not deed.after.exists()
    assert filing.undo() is None


def test_deeds_are_taken_back_one_by_one(filing: Filing, path: Path) -> None:
    renamed = filing.rename(path, "The Bridge")
    moved = filing.move(renamed.after, path.parent.parent / "mixed")
    assert moved.after.read_text() == "the ford" and not path.exists()
    filing.undo()
    filing.undo()
    assert path.read_text() == "the ford" and not moved.after.exists() and not renamed.after.exists()


def test_no_deed_writes_over_another_file(filing: Filing, path: Path) -> None:
    other = path.with_name("bridge.md")
    other.write_text("the bridge")
    with pytest.raises(NameTaken):
        filing.rename(path, "bridge")
    deed = filing.delete(path)
    path.write_text("a newer one")
    with pytest.raises(NameTaken):
        filing.undo(deed)
    assert path.read_text() == "a newer one" and deed.after.read_text() == "the ford"
    path.unlink()
    assert filing.undo(deed) == deed, "it can still be taken back once the place is free"
    assert other.read_text() == "the bridge"


def test_the_note_of_the_bin_goes_with_the_file(tmp_path: Path, path: Path) -> None:
    def throw(thrown: Path) -> Path:
        place = tmp_path / "Trash" / "files" / thrown.name
        move(thrown, place)
        (tmp_path / "Trash" / "info").mkdir()
        (tmp_path / "Trash" / "info" / "ford.md.trashinfo").write_text("[Trash Info]")
        return place

    filing = Filing(throw, tmp_path / "own bin")
    filing.delete(path)
    filing.undo()
    assert path.exists() and not list((tmp_path / "Trash" / "info").iterdir())


def test_a_file_that_is_gone_and_a_folder_that_is_none_are_told(filing: Filing, path: Path, tmp_path: Path) -> None:
    with pytest.raises(PathMissing):
        filing.delete(tmp_path / "missing.md")
    (tmp_path / "a file").write_text("")
    with pytest.raises(NotMoved):
        filing.move(path, tmp_path / "a file")
    assert path.read_text() == "the ford" and filing.last is None


def test_a_new_name_may_differ_in_case_only(filing: Filing, path: Path) -> None:
    filing.rename(path, "Ford.md")
    assert [found.name for found in path.parent.iterdir()] == ["Ford.md"]


@pytest.mark.parametrize("name", ["", "  ", ".md", ".hidden", "a/b", "a\\b", "con:", "a\x00b", "x" * 300])
def test_names_that_no_file_can_have_are_told(name: str) -> None:
    with pytest.raises(NameUnfit):
        checked(name)


def test_a_name_gets_its_ending() -> None:
    assert checked(" The Ford ") == checked("The Ford.md") == "The Ford.md"


def refuses(*_given: object) -> None:
    raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))


def over_whatever_is_there(source: Path, target: Path) -> None:
    """What a move without links was before: a rename, which asks nobody."""
    source.replace(target)


def with_what_was_written_left(source: Path, target: Path) -> None:
    with target.open("xb") as stream:
        stream.write(source.read_bytes())


def test_without_links_a_file_is_moved_whole_and_keeps_its_time(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", refuses)
    os.utime(path, (1_000_000_000, 1_000_000_000))
    target = path.with_name("bridge.md")
    move(path, target)
    assert target.read_text() == "the ford" and target.stat().st_mtime == 1_000_000_000 and not path.exists()


@pytest.mark.parametrize("holds", [True, False])
def test_a_file_that_comes_meanwhile_is_not_overwritten_where_there_are_no_links(
    path: Path, monkeypatch: pytest.MonkeyPatch, holds: bool
) -> None:
    """The twin takes the exclusive creation away and loses the file that came."""
    target = path.with_name("bridge.md")

    def comes_meanwhile(*given: object) -> None:
        target.write_text("the bridge")
        refuses(*given)

    monkeypatch.setattr(os, "link", comes_meanwhile)
    if holds:
        with pytest.raises(NameTaken):
            move(path, target)
        assert path.read_text() == "the ford"
    else:
        monkeypatch.setattr(bin_module, "_copy_anew", over_whatever_is_there)
        move(path, target)
    assert (target.read_text() == "the bridge") is holds


@pytest.mark.parametrize("holds", [True, False])
def test_a_full_disk_leaves_no_part_of_a_file_that_was_to_go_to_another_disk(
    path: Path, monkeypatch: pytest.MonkeyPatch, holds: bool
) -> None:
    monkeypatch.setattr(os, "link", refuses)
    if not holds:
        monkeypatch.setattr(bin_module, "_copy_anew", with_what_was_written_left)
    path.write_text("the ford " * 1000)
    target = path.parent.parent / "mixed" / path.name
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
        with pytest.raises(NotMoved, match="lies where it lay"):
            move(path, target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_text() == "the ford " * 1000
    assert target.exists() is not holds


def test_a_file_that_may_not_be_taken_away_is_not_there_twice(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target, unlink = path.with_name("bridge.md"), Path.unlink

    def bound(place: Path, missing_ok: bool = False) -> None:
        if place == path:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        unlink(place, missing_ok)

    monkeypatch.setattr(Path, "unlink", bound)
    with pytest.raises(NotMoved):
        move(path, target)
    assert path.exists() and not target.exists()


@pytest.fixture
def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a link in it, for which the bin is on another disk."""
    folder = tmp_path / "far" / "run"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "f").write_text("kept", encoding="utf-8")
    (folder / "link").symlink_to("inner")
    plain = Path.rename

    def other_disk(self: Path, target: Path) -> Path:
        if self.parent != Path(target).parent:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return plain(self, target)

    monkeypatch.setattr(Path, "rename", other_disk)
    return folder


def test_a_folder_goes_to_another_disk_whole_and_comes_back(filing: Filing, far: Path) -> None:
    deed = filing.delete(far)
    assert not far.exists() and (deed.after / "inner" / "f").read_text(encoding="utf-8") == "kept"
    assert (deed.after / "link").is_symlink()
    filing.undo()
    assert (far / "inner" / "f").is_file() and not deed.after.exists()


def test_a_folder_that_does_not_fit_the_other_disk_stays_and_leaves_no_part(
    filing: Filing, far: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[Path] = []

    def full(_source: Path, target: Path, **_more: object) -> None:
        target.mkdir(parents=True)
        (target / "f").write_bytes(b"ke")
        copied.append(target)
        raise shutil.Error([("inner/f", str(target / "f"), "[Errno 28] No space left on device")])

    monkeypatch.setattr("studio.workspace.bin.shutil.copytree", full)
    with pytest.raises(NotMoved):
        filing.delete(far)
    assert copied, "the fault bites"
    assert (far / "inner" / "f").read_text(encoding="utf-8") == "kept"
    assert not copied[0].exists()
