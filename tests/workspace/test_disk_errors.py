"""A disk that gives an I/O error: each loader says one sentence, and what cannot be read is not written over.

The error is the system's own: a process's memory at address 0 is a file that opens and cannot be read.
"""

import errno
import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.errors import LorewrightError, UnreadableFile
from studio.files import read_text
from studio.scenario.game import Game
from studio.scenario.snippets import Snippets
from studio.spelling.wordlist import WordList
from studio.workspace import Document, Recovery, Settings
from studio.workspace.documents import ReadOnly
from studio.workspace.history import History
from studio.workspace.selections import Selections

SOURCE = Path("/proc/self/mem")
REASON = os.strerror(errno.EIO)

pytestmark = pytest.mark.skipif(not SOURCE.exists(), reason="needs a file that cannot be read")

Spoil = Callable[[Path], Path]


@pytest.fixture
def spoil() -> Spoil:
    """Puts in a file's place one that opens and gives an I/O error."""

    def spoilt(path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(SOURCE)
        return path

    return spoilt


def one_sentence(words: str, path: Path) -> bool:
    return words.count(REASON) == 1 and str(path) in words and "\n" not in words and "Errno" not in words


def test_a_text_opens_locked_and_is_never_written(tmp_path: Path, spoil: Spoil) -> None:
    path = spoil(tmp_path / "a.md")
    with pytest.raises(UnreadableFile):
        read_text(path)
    document = Document.read(path)
    assert document.locked is not None and one_sentence(document.locked, path) and document.text == ""
    with pytest.raises(ReadOnly):
        document.saved("new")
    assert path.is_symlink()


def test_a_text_that_can_no_longer_be_read_is_not_saved_over_unasked(tmp_path: Path, spoil: Spoil) -> None:
    path = tmp_path / "a.md"
    path.write_text("one")
    document = Document.read(path)
    spoil(path)
    assert document.changed_on_disk()
    with pytest.raises(LorewrightError):
        document.saved("two")
    assert path.is_symlink()


def test_a_word_list_is_told_and_never_written(tmp_path: Path, spoil: Spoil) -> None:
    words = WordList(spoil(tmp_path / "words.txt"))
    for ask in (words.words, lambda: words.add("new")):
        with pytest.raises(UnreadableFile) as told:
            ask()
        assert one_sentence(str(told.value), words.path)
    assert words.path.is_symlink()


@pytest.mark.parametrize("name", ["snippets.yaml", "tools.yaml", "rules.yaml"])
def test_a_workspaces_tables_are_told_and_the_shipped_serve(tmp_path: Path, spoil: Spoil, name: str) -> None:
    path, shipped = spoil(tmp_path / name), Game.shipped()
    game = Game.of(tmp_path)
    (trouble,) = game.troubles
    assert one_sentence(str(trouble), path)
    assert (game.tools, game.words, game.snippets.table) == (shipped.tools, shipped.words, Snippets.shipped().table)


def test_the_checks_settings_are_told_and_every_rule_speaks(tmp_path: Path, spoil: Spoil) -> None:
    path = spoil(tmp_path / "lorewright.yaml")
    selections = Selections()
    assert selections.of(tmp_path / "a.md").silent({"W010"}, None) == frozenset()
    (trouble,) = selections.troubles
    assert one_sentence(str(trouble), path)


def test_settings_are_set_aside_and_told_once(tmp_path: Path, spoil: Spoil, caplog: pytest.LogCaptureFixture) -> None:
    path = spoil(tmp_path / "settings.json")
    with caplog.at_level(logging.WARNING):
        settings = Settings(path)
    assert len(caplog.messages) == 1 and REASON in caplog.messages[0]
    settings.set("zoom", 2)
    assert Settings(path).number("zoom", 1) == 2
    assert path.with_suffix(".json.damaged").is_symlink()


@pytest.mark.parametrize("holds", [True, False])
def test_settings_that_can_be_neither_read_nor_set_aside_are_not_written_over(
    tmp_path: Path, spoil: Spoil, holds: bool
) -> None:
    """The twin forgets that they were not set aside, and writes over them."""
    path = spoil(tmp_path / "settings.json")
    (tmp_path / "settings.json.damaged").mkdir()
    settings = Settings(path)
    if not holds:
        settings._kept = True
        path.unlink()  # a link is followed, and memory cannot be replaced
    settings.set("zoom", 2)
    assert settings.number("zoom", 1) == 2
    assert path.is_symlink() is holds


def test_a_journal_stays_and_is_told_and_the_others_are_read(
    tmp_path: Path, spoil: Spoil, caplog: pytest.LogCaptureFixture
) -> None:
    path, recovery = tmp_path / "a.md", Recovery(tmp_path / "recovery")
    recovery.keep(path, "two")
    recovery.set_apart(path)
    place = spoil(recovery.place(path))
    with caplog.at_level(logging.WARNING):
        (kept,) = recovery.all_for(Document.absent(path))
    assert kept.text == "two"
    assert len(caplog.messages) == 1 and one_sentence(caplog.messages[0], place)
    recovery.set_apart(path)
    recovery.keep(path, "three")
    assert recovery.kept(Document.absent(path)) == "three"
    assert sum(found.is_symlink() for found in recovery.folder.iterdir()) == 1, "it can be read another time"


def test_a_snapshot_is_told_and_a_new_one_is_still_taken(tmp_path: Path, spoil: Spoil) -> None:
    path, history = tmp_path / "a.md", History(tmp_path / "snapshots")
    first = history.take(path, "one", 1_000_000.0)
    assert first is not None
    spoil(first.place)
    with pytest.raises(UnreadableFile) as told:
        history.read(first)
    assert one_sentence(str(told.value), first.place)
    second = history.take(path, "two", 1_000_001.0)
    assert second is not None and history.read(second) == "two" and first.place.is_symlink()
