"""Owns when a run is kept: its checkpoints, which of them stay, and the lock that keeps a second process out."""

import time
from pathlib import Path

from studio.errors import LorewrightError
from studio.setup.lock import Lock
from studio.training.checkpoints import FOLDER, Checkpoint, folder_of, newest_whole, rotate
from studio.training.config import TrainingConfig
from studio.training.errors import RunBusy
from studio.training.footing import Footing
from studio.workers._serve import Request
from studio.workers._state import state_values
from studio.workers._trainee import Trainee


class Keeper:
    """The checkpoints of one run; `kept` is the step that was kept last, `lock` keeps other processes out."""

    def __init__(
        self,
        request: Request,
        run: Path,
        config: TrainingConfig,
        resolved: dict[str, object],
        footing: Footing,
        started: float,
        lock: Lock,
    ) -> None:
        self.config, self.run = config, run
        self._request, self._resolved, self._footing, self.lock = request, resolved, footing, lock
        self._began = started
        self._last = time.monotonic()
        self.kept: int | None = None

    def due(self, step: int, examples: int) -> bool:
        """Whether a step ends with a checkpoint: every so many steps, at an epoch's end, after so many minutes."""
        if step % self.config.checkpoint_every == 0 or self.epoch_ends(step, examples):
            return True
        minutes = self.config.checkpoint_minutes
        return minutes is not None and time.monotonic() - self._last >= 60 * minutes

    def epoch_ends(self, step: int, examples: int) -> bool:
        """Whether the last of an epoch's examples is in this step."""
        batch = self.config.effective_batch
        return step * batch // examples > (step - 1) * batch // examples

    def keep(self, trainee: Trainee) -> None:
        """Saves a checkpoint of the last whole step and lets go of those that need not stay; raises NotSaved."""
        progress = trainee.progress
        loss = progress.latest_validation
        if loss is not None and progress.step and (progress.kept_best is None or loss < progress.kept_best[1]):
            progress.kept_best = (progress.step, loss)
        now = time.monotonic()
        progress.whole, self._began = progress.whole + now - self._began, now
        state = trainee.state()
        path = folder_of(self.run, progress.step)
        values = state_values(self.config, self._resolved, self._footing, state)
        trainee.adapter.save(path, values, state.tensors())
        best = progress.kept_best[0] if progress.kept_best is not None else None
        gone = rotate(self.run, self.config.keep_checkpoints, best, progress.step)
        self.kept, self._last = progress.step, time.monotonic()
        self._request.emit("checkpoint", step=progress.step, path=str(path), best=best, gone=list(gone))

    def seconds(self, trainee: Trainee) -> float:
        """How long the run has taken in all its starts."""
        return trainee.progress.whole + time.monotonic() - self._began


def last_whole(run: Path) -> Checkpoint | None:
    """The newest whole checkpoint, or None."""
    try:
        return newest_whole(run).checkpoint
    except LorewrightError:
        return None


def only_one(run: Path) -> Lock:
    """Holds the run until the process ends; raises RunBusy."""
    lock = Lock(run / FOLDER / ".lock")
    if not lock.acquire():
        raise RunBusy(path=run)
    return lock
