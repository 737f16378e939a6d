"""Owns surveying the workspace's scenarios off the GUI thread; knows no widget."""

from functools import partial
from pathlib import Path
from threading import Event

from PySide6.QtCore import QObject, Signal

from studio.scenario.game import Game
from studio.ui.background import Background
from studio.workspace import Surveyed, Workspace, survey
from studio.workspace.selections import Selections

_BATCH = 25


class Surveyor(QObject):
    """Reads what is new or changed. `found` carries lists of scenarios, `gone` lists of paths."""

    found = Signal(object)
    gone = Signal(object)
    ended = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._game = Game.of(workspace.root)
        self._background = Background("survey")
        self._stamps: dict[Path, tuple[int, int]] = {}
        self._over = Event()

    def start(self) -> None:
        """Surveys anew; only files that changed since the last time are read."""
        self._background.ask("list", self._list, self._listed)

    def use(self, game: Game) -> None:
        """Reads every scenario again, by another game."""
        self._game, self._stamps = game, {}
        self.start()

    def turn_to(self, workspace: Workspace) -> None:
        """Surveys another workspace; what was listed of the last one is gone."""
        self._workspace = workspace
        self._game = Game.of(workspace.root)
        lost, self._stamps = list(self._stamps), {}
        self.gone.emit(lost)
        self.start()

    def close(self) -> None:
        """Ends the thread."""
        self._over.set()
        self._background.close()

    def _list(self) -> object:
        stamps: dict[Path, tuple[int, int]] = {}
        for path in self._workspace.scenario_files():
            try:
                state = path.stat()
            except OSError:
                continue  # it went between listing and looking; the next survey does not list it
            stamps[path] = (state.st_mtime_ns, state.st_size)
        return stamps

    def _listed(self, result: object) -> None:
        assert isinstance(result, dict)
        stamps: dict[Path, tuple[int, int]] = result
        lost = [path for path in self._stamps if path not in stamps]
        changed = [path for path, stamp in stamps.items() if self._stamps.get(path) != stamp]
        self._stamps = stamps
        if lost:
            self.gone.emit(lost)
        if not changed:
            self.ended.emit()
        for start in range(0, len(changed), _BATCH):
            batch = changed[start : start + _BATCH]
            tell = self._tell_last if start + _BATCH >= len(changed) else self.found.emit
            self._background.ask(batch[0], partial(self._read, batch), tell)

    def _read(self, batch: list[Path]) -> list[Surveyed]:
        game, selections = self._game, Selections()
        return [survey(path, game=game, selection=selections.of(path)) for path in batch if not self._over.is_set()]

    def _tell_last(self, found: object) -> None:
        self.found.emit(found)
        self.ended.emit()
