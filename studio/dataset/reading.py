"""Owns what every reader of a source is given: where the workspace is, its games, who is told and who may stop it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from studio.errors import Cancelled
from studio.workspace.game import Games
from studio.workspace.selections import Selections


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a part of the work is; `of` is None where nobody knows the whole."""

    part: str
    done: int
    of: int | None = None


def _nobody(_progress: Progress) -> None:
    """Tells nobody."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of sources. `root` is the workspace; `told` hears of progress; `stopped` is asked between rows."""

    root: Path
    games: Games = field(default_factory=Games)
    selections: Selections = field(default_factory=Selections)
    told: Callable[[Progress], None] = _nobody
    stopped: Callable[[], bool] = _never

    def tell(self, part: str, done: int, of: int | None = None) -> None:
        """Says how far a part is; raises Cancelled where it is to stop."""
        if self.stopped():
            raise Cancelled
        self.told(Progress(part, done, of))
