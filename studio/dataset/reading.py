"""Owns what every reader of a source is given: where the workspace is, its games, who is told and who may stop it."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from studio.dataset.cutting import Cutter
from studio.dataset.problems import RowProblem
from studio.errors import Cancelled
from studio.language import _
from studio.workspace.game import Games
from studio.workspace.selections import Selections

if TYPE_CHECKING:
    from studio.dataset.remembered import Memory


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a part of the work is; `of` is None where nobody knows the whole."""

    part: str
    done: int
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Notes:
    """What a reader notes by the way: how many ids a row has, by its key, the SHA-256 of each file of a source, by its
    path, and by source what its records were recognised as, in a sentence."""

    tokens: dict[str, int] = field(default_factory=dict)
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    shapes: dict[str, str] = field(default_factory=dict)

    def file(self, source: str, path: str, sha256: str) -> None:
        """Notes a file that was read."""
        self.files.setdefault(source, {})[path] = sha256


def _nobody(_progress: Progress) -> None:
    """Tells nobody."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of sources. `root` is the workspace; `told` hears of progress; `stopped` is asked between rows.

    `cutter` says how long a row may be; without one scenarios are read whole. `memory` saves reading twice.
    """

    root: Path
    games: Games = field(default_factory=Games)
    selections: Selections = field(default_factory=Selections)
    told: Callable[[Progress], None] = _nobody
    stopped: Callable[[], bool] = _never
    cutter: Cutter | None = None
    memory: "Memory | None" = None
    notes: Notes = field(default_factory=Notes)

    def tell(self, part: str, done: int, of: int | None = None) -> None:
        """Says how far a part is; raises Cancelled where it is to stop."""
        if self.stopped():
            raise Cancelled
        self.told(Progress(part, done, of))

    def shown(self, path: Path) -> str:
        """A path as rows name it: inside the workspace from its root, with `/`; else whole."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return path.as_posix()

    def told_of(self, problem: RowProblem) -> RowProblem:
        """A problem as a build keeps it: the same wherever the workspace lies."""
        sentence = problem.sentence.replace(f"{self.root}{os.sep}", "").replace(str(self.root), _("the workspace"))
        return problem if sentence == problem.sentence else replace(problem, sentence=sentence)
