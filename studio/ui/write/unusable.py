"""Owns telling what of a workspace's own files cannot be used, among the problems; knows no file and no check."""

from pathlib import Path

from studio.errors import LorewrightError
from studio.lint import Selection
from studio.ui.context import Context
from studio.ui.problems import Problem


class Unusable:
    """The rows of the game's files and of the settings of the checks."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._told: tuple[Path, ...] = ()
        self._checks: tuple[Selection | None, tuple[str, ...]] = (None, ())
        self._troubles: tuple[LorewrightError, ...] = ()

    def take(self, selection: Selection, troubles: tuple[LorewrightError, ...]) -> bool:
        """Takes in the settings of the checks; whether they say something else than before."""
        before, self._checks = self._checks, (selection, tuple(map(str, troubles)))
        self._troubles = troubles
        return self._checks != before

    def say(self) -> None:
        """Lists what cannot be used, each file once, and nothing that was mended."""
        for path in self._told:
            self._context.problems.forget(path)
        troubles = (*self._context.game.troubles, *self._troubles)
        found = {Path(str(trouble.fields["path"])): str(trouble) for trouble in troubles}
        self._told = tuple(found)
        for path, sentence in found.items():
            self._context.problems.put(path, (Problem(path, path.name, "", "error", 1, 0, 0, sentence),))
