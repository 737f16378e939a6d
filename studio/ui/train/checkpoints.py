"""Owns what is said of a run's checkpoints, row by row, and what can be done with one. Knows no Qt."""

import datetime
from dataclasses import dataclass
from pathlib import Path

from studio.amounts import file_size
from studio.jobs.runs import Run
from studio.language import _
from studio.training.checkpoints import CheckpointDamaged, checkpoints_of
from studio.training.run_facts import best_of


@dataclass(frozen=True, slots=True)
class CheckpointRow:
    """One checkpoint; `marks` says why it stays, `damaged` names the file that is not as it was written."""

    path: Path
    step: int
    saved: str
    size: int
    best: bool
    pinned: bool
    damaged: str | None

    @property
    def marks(self) -> str:
        """Why it stays."""
        words = [_("best")] * self.best + [_("pinned")] * self.pinned
        return ", ".join(words)

    @property
    def state(self) -> str:
        """Whether it can be used."""
        return _("whole") if self.damaged is None else _("damaged: {file}").format(file=self.damaged)

    @property
    def room(self) -> str:
        """What it takes on disk."""
        return file_size(self.size)


def checkpoint_rows(run: Run) -> list[CheckpointRow]:
    """A run's checkpoints, the newest first; reads each whole to tell what is damaged."""
    kept = checkpoints_of(run.path)
    best = best_of(kept, run.state().validation)
    rows = []
    for found in kept:
        damaged = None
        try:
            found.verify()
        except CheckpointDamaged as error:
            damaged = str(error.fields["file"])
        try:
            saved = datetime.datetime.fromtimestamp(found.path.stat().st_mtime).astimezone()
            rows.append(
                CheckpointRow(
                    found.path, found.step, f"{saved:%d %b %H:%M}".lstrip("0"), found.size,
                    found.step == best, found.pinned, damaged,
                )
            )  # fmt: skip
        except OSError:  # the run let go of it meanwhile
            continue
    return rows
