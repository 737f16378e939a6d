"""Owns which game a scenario belongs to: that of the workspace in which it lies; knows nothing of what a game says."""

from pathlib import Path

from studio.errors import LorewrightError
from studio.scenario.game import Game
from studio.workspace.folder import MARKER


class Games:
    """The games of scenarios, each workspace read once. `otherwise` serves for what lies in no workspace."""

    def __init__(self, otherwise: Game | None = None) -> None:
        self._otherwise = otherwise if otherwise is not None else Game.shipped()
        self._by_folder: dict[Path, Game | None] = {}

    def of(self, scenario: Path) -> Game:
        """The game that a scenario is written for."""
        return self._near(scenario.absolute().parent) or self._otherwise

    @property
    def troubles(self) -> tuple[LorewrightError, ...]:
        """What could not be used of the games that were asked for, each once: one may be both near and named."""
        games = (self._otherwise, *filter(None, self._by_folder.values()))
        return tuple({str(trouble): trouble for game in games for trouble in game.troubles}.values())

    def _near(self, folder: Path) -> Game | None:
        if folder not in self._by_folder:
            if marked(folder):
                self._by_folder[folder] = Game.of(folder)
            else:
                self._by_folder[folder] = self._near(folder.parent) if folder.parent != folder else None
        return self._by_folder[folder]


def marked(folder: Path) -> bool:
    """Whether a folder is a workspace; one that may not be looked into is none."""
    try:
        return (folder / MARKER).is_file()
    except OSError:
        return False
