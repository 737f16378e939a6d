"""Owns the course of a run: its steps in their order, what comes between two of them, and its end."""

import time
from itertools import islice

from studio.errors import Cancelled
from studio.training.checkpoints import Checkpoint, CheckpointDamaged, folder_of
from studio.training.errors import LossDiverged, LossDivergedAfter
from studio.training.planning import batches, learning_rate
from studio.workers._crew import Crew, crew_of
from studio.workers._keeping import Keeper, last_whole
from studio.workers._serve import Request
from studio.workers._state import read_masters
from studio.workers._trainee import Trainee


class Course:
    """A run from where it stands to its last step."""

    def __init__(self, request: Request, trainee: Trainee, keeper: Keeper) -> None:
        self.trainee, self.keeper = trainee, keeper
        self.config = keeper.config
        self._request, self._steps = request, keeper.config.steps or 1

    def run(self) -> None:
        """Takes the steps that are left; raises Cancelled, LossDiverged, or what saving raises."""
        try:
            with crew_of(self._request, self.trainee, self.keeper) as crew:
                self._go(crew)
        except Cancelled:
            if not self._request.pausing:
                raise
            raise self._paused() from None
        except LossDiverged as error:
            whole = last_whole(self.keeper.run)
            if whole is None or whole.step == 0:
                raise
            path = whole.path.relative_to(self.keeper.run).as_posix()
            raise LossDivergedAfter(**error.fields, checkpoint=path) from error

    def _go(self, crew: Crew | None) -> None:
        trainee, config, progress = self.trainee, self.config, self.trainee.progress
        examples = trainee.gathered.examples
        order = batches(len(examples), config.effective_batch, config.seed, trainee.gathered.weights)
        places = islice(order, progress.step, None)
        trainee.begin()
        due = self._due
        if self._look(due):  # which a pause had cut off
            self._keep_if(due)
        first, began = progress.step, time.monotonic()
        while not self._over:
            rate = learning_rate(progress.step, self._steps, config.learning_rate, config.climb(self._steps))
            taken = next(places)
            if crew is not None:
                crew.call(taken)
            loss = trainee.step(taken, rate)
            left = (time.monotonic() - began) / (progress.step - first) * (self._steps - progress.step)
            self._tell(loss, rate, left)
            due = self._due
            self._look(due)
            self._keep_if(due)

    @property
    def _due(self) -> bool:
        """Whether a checkpoint is due after this step, the best one aside."""
        return self.keeper.due(self.trainee.progress.step, len(self.trainee.gathered.examples))

    def _keep_if(self, due: bool) -> None:
        if not self._over and (due or self._best_yet):
            self.keeper.keep(self.trainee)

    @property
    def _over(self) -> bool:
        patience, progress = self.config.early_stopping, self.trainee.progress
        return progress.step >= self._steps or (patience is not None and progress.waited >= patience)

    @property
    def stopped_early(self) -> bool:
        """Whether it ended before its last step, because nothing got better."""
        return self.trainee.progress.step < self._steps and self._over

    @property
    def _best_yet(self) -> bool:
        """Where the best is what comes out in the end, it must be kept."""
        best = self.trainee.progress.best
        return self.config.early_stopping is not None and best is not None and best[0] == self.trainee.progress.step

    def _tell(self, loss: float, rate: float, left: float) -> None:
        progress = self.trainee.progress
        if progress.rewards:
            margin, ahead, chosen = (round(value, 5) for value in progress.rewards[-1])
            self._request.emit("preference", step=progress.step, margin=margin, accuracy=ahead, chosen=chosen)
        self._request.emit(
            "step",
            step=progress.step,
            of=self._steps,
            loss=round(loss, 5),
            learning_rate=rate,
            tokens_per_second=round(progress.tokens / progress.seconds, 1),
            seconds_left=round(left, 1),
        )

    def _look(self, due: bool) -> bool:
        """Takes the looks that are due after this step; False where they were taken before.

        Only samples are due with a checkpoint that the clock asks for: what is counted is the same at any speed.
        """
        config, step = self.config, self.trainee.progress.step
        if self.trainee.progress.looked >= step:
            return False
        last, whole = step == self._steps, step % config.checkpoint_every == 0
        epoch = self.keeper.epoch_ends(step, len(self.trainee.gathered.examples))
        validated = step % (config.validation_every or config.sample_every) == 0
        self.trainee.look(
            samples=last or due or step % config.sample_every == 0,
            validation=last or whole or epoch or validated,
            accuracy=last or whole or epoch,
        )
        return True

    def _paused(self) -> Cancelled:
        """Keeps what there is, so that the run can go on from here."""
        step = self.trainee.progress.step
        if self.keeper.kept != step:
            self.keeper.keep(self.trainee)
        return Cancelled(paused=True, step=step, run=self.keeper.run.name)

    def finish(self) -> int:
        """With early stopping, goes back to the best step by validation; returns the step that the adapter is of."""
        progress = self.trainee.progress
        if self.config.early_stopping is None or progress.best is None or progress.best[0] == progress.step:
            return progress.step
        best = Checkpoint(folder_of(self.keeper.run, progress.best[0]), progress.best[0])
        try:
            best.verify()
            self.trainee.adapter.take_up(read_masters(best.path))
        except CheckpointDamaged as error:
            self._request.emit("warning", **error.as_event())
            return progress.step
        return best.step
