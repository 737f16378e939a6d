"""Owns opening a scenario: its document, and the game and the checks of the workspace in which it lies.

Knows no window. Whoever uses it does so off the GUI thread, one question at a time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from studio.lint import Selection
from studio.scenario.game import Game
from studio.workspace.documents import Document, is_missing
from studio.workspace.folder import Workspace
from studio.workspace.game import Games
from studio.workspace.recovery import Recovery
from studio.workspace.selections import Selections


@dataclass(frozen=True, slots=True)
class Opened:
    """A scenario as it is opened."""

    document: Document
    game: Game
    selection: Selection


class Opening:
    """Opens files. The games and the checks of each workspace are read once."""

    def __init__(self) -> None:
        self._games, self._selections = Games(), Selections()

    def open(self, path: Path, workspace: Workspace) -> Opened:
        """A file as it is to be edited; one that is gone, with a text of it still kept, is open for writing."""
        document = Document.read(path)
        if document.stamp is None and is_missing(path):
            kept = Recovery(workspace.recovery).all_for(Document.absent(path))
            document = Document.absent(path) if kept else document
        return Opened(document, self._games.of(path), self._selections.of(path))

    def rules_of(self, paths: Iterable[Path]) -> dict[Path, tuple[Game, Selection]]:
        """The game and the checks of files."""
        return {path: (self._games.of(path), self._selections.of(path)) for path in paths}


def kept_files(workspace: Workspace) -> tuple[Path, ...]:
    """The files of which an unsaved text was kept, the oldest first."""
    return tuple(dict.fromkeys(kept.path for kept in reversed(Recovery(workspace.recovery).all())))
