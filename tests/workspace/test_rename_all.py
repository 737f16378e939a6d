"""Renaming in files that nobody has open: each text is in the history before its file is written."""

from pathlib import Path

import pytest

from studio.errors import NotSaved
from studio.resources import samples
from studio.workspace.game import Games
from studio.workspace.history import History
from studio.workspace.rename_all import carry_out, plan, take_back

TEXT = (samples() / "combat" / "ambush-scenario.md").read_text("utf-8")


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, ...]:
    made = tuple(tmp_path / f"{name}.md" for name in "abc")
    for path in made:
        path.write_text(TEXT, encoding="utf-8")
    return made


def told(history: History, path: Path) -> list[str]:
    return [history.read(snapshot) for snapshot in history.of(path)]


def test_every_file_is_in_the_history_before_it_is_written(tmp_path: Path, paths: tuple[Path, ...]) -> None:
    history = History(tmp_path / "snapshots")
    planned = plan(paths, "Dagna", "Runa", Games())
    done, errors = carry_out(planned, history)
    assert len(done) == len(paths) and errors == ()
    for path in paths:
        assert "## Runa" in path.read_text("utf-8") and told(history, path) == [TEXT]
    back, errors = take_back(done, history)
    assert len(back) == len(paths) and errors == ()
    for path in paths:
        assert path.read_text("utf-8") == TEXT
        assert ["## Runa" in text for text in told(history, path)] == [True, False]


@pytest.mark.parametrize("holds", [True, False])
def test_a_file_whose_text_cannot_be_kept_is_not_written(
    tmp_path: Path, paths: tuple[Path, ...], monkeypatch: pytest.MonkeyPatch, holds: bool
) -> None:
    """The twin takes no snapshot: the file is written, and what it said is in no history."""
    folder = tmp_path / "snapshots"
    folder.write_text("a file where the folder should be")
    if not holds:
        monkeypatch.setattr(History, "take", lambda *given: None)
    done, errors = carry_out(plan(paths, "Dagna", "Runa", Games()), History(folder))
    assert all((path.read_text("utf-8") == TEXT) is holds for path in paths)
    assert (len(done), [type(error) for error in errors]) == ((0, [NotSaved] * 3) if holds else (3, []))
