"""Snapshots, settings and the word list on a disk that fails: what was there stays. Each with its defence removed."""

import errno
import json
from collections.abc import Callable
from pathlib import Path

import pytest

import studio.spelling.wordlist as wordlists
import studio.workspace.history as histories
import studio.workspace.settings as all_settings
from studio.errors import LorewrightError, NotSaved, NotText
from studio.spelling import WordList
from studio.workspace import Settings
from studio.workspace.history import History

NOW = 1_800_000_000.0


def take(folder: Path, text: str) -> None:
    History(folder).take(folder / "a.md", text, NOW + len(text))


def put(folder: Path, text: str) -> None:
    Settings(folder / "settings.json").set("text", text)


def learn(folder: Path, text: str) -> None:
    WordList(folder / "words.txt").add(text)


def snapshots(folder: Path) -> list[str]:
    history = History(folder)
    return [history.read(one) for one in history.of(folder / "a.md")][::-1]


def settings(folder: Path) -> list[str]:
    return [Settings(folder / "settings.json").text("text")]


def words(folder: Path) -> list[str]:
    return list(WordList(folder / "words.txt").words())


Write, Read = Callable[[Path, str], None], Callable[[Path], list[str]]
KINDS = {
    "history": (histories, take, snapshots),
    "settings": (all_settings, put, settings),
    "words": (wordlists, learn, words),
}


def torn(path: Path, content: str) -> None:
    """A save as the system has it: the file is there at once, and the disk is full in the middle of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content[: len(content) // 2], "utf-8")
    raise NotSaved(path=path, reason="No space left on device")


@pytest.mark.parametrize("holds", [True, False], ids=["as it is", "twin"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_save_that_ends_in_the_middle_leaves_what_was_there(
    kind: str, holds: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, write, read = KINDS[kind]
    write(tmp_path, "earlier")
    before, files = read(tmp_path), sorted(path.name for path in tmp_path.rglob("*"))
    if holds:

        def full(_path: Path, _target: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(Path, "replace", full)
    else:
        monkeypatch.setattr(module, "save_atomic", torn)
    try:
        write(tmp_path, "later and longer")
    except LorewrightError as error:
        assert "No space left" in str(error)
    monkeypatch.undo()
    assert (read(tmp_path) == before) is holds
    assert (sorted(path.name for path in tmp_path.rglob("*")) == files) is (holds or kind == "words")


@pytest.mark.parametrize("holds", [True, False], ids=["as it is", "twin"])
def test_settings_that_cannot_be_read_are_kept_beside(
    holds: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, damaged = tmp_path / "settings.json", '{"theme": "light", "workspace": "/home/me'
    path.write_text(damaged, "utf-8")
    if not holds:
        monkeypatch.setattr(all_settings, "_set_aside", lambda _path: True)
    Settings(path).set("zoom", 2.0)
    assert json.loads(path.read_text("utf-8")) == {"zoom": 2.0}
    kept = [one for one in tmp_path.iterdir() if one != path and one.read_text("utf-8") == damaged]
    assert bool(kept) is holds


@pytest.mark.parametrize("holds", [True, False], ids=["as it is", "twin"])
def test_a_word_list_in_another_encoding_is_not_written_over(
    holds: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, before = tmp_path / "words.txt", "Thornquay\ncaf\xe9\n".encode("latin-1")
    path.write_bytes(before)
    if not holds:
        monkeypatch.setattr(wordlists, "read_text", lambda place, _limit: place.read_text("utf-8", "replace"))
        learn(tmp_path, "Odile")
    else:
        with pytest.raises(NotText):
            learn(tmp_path, "Odile")
    assert (path.read_bytes() == before) is holds


@pytest.mark.parametrize("holds", [True, False], ids=["as it is", "twin"])
def test_an_older_snapshot_goes_only_where_a_newer_one_is_there(
    holds: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is thinned behind the save: a save that fails lets nothing go."""
    history, path, month = History(tmp_path / "kept"), tmp_path / "a.md", 31 * 86400.0
    history.take(path, "the only one", NOW - 2 * month)
    history.take(path, "another", NOW - 2 * month + 1)

    def refused(place: Path, _text: str) -> None:
        if not holds:  # as it were, were the folder thinned first
            for old in histories.thinned([*history.of(path), histories.Snapshot(place, NOW)], NOW):
                old.place.unlink()
        raise NotSaved(path=place, reason="no rights")

    monkeypatch.setattr(histories, "save_atomic", refused)
    with pytest.raises(NotSaved):
        history.take(path, "new", NOW)
    texts = [history.read(one) for one in history.of(path)]
    assert (texts == ["another", "the only one"]) is holds
