"""Owns the jobs that several tabs follow: trainings, conversions, what is measured, and data sets. Knows no Qt."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from studio.jobs.ledger import Holder, holders, unload
from studio.jobs.runs import Run
from studio.ui.convert.job import start_conversion, start_parity
from studio.ui.convert.steps import Steps
from studio.ui.data.desk import DataDesk
from studio.ui.play.shelf import shipped_models
from studio.ui.train.desk import Desk
from studio.ui.train.job import go_on_with_training, hand_training_over, start_training
from studio.workspace import Workspace

if TYPE_CHECKING:
    from studio.ui.evaluate.desk import EvaluationDesk


class Workbench:
    """A desk a kind of job, and the steps of the conversion; `workspace` gives the one that is open now."""

    def __init__(self, workspace: Callable[[], Workspace]) -> None:
        self._workspace = workspace
        self.go_on_apart: Callable[[Workspace, Run], None] = hand_training_over
        self.training = Desk(workspace, "train", start_training, go_on_with_training)
        self.conversion = Desk(workspace, "convert", start_conversion)
        self.parity = Desk(workspace, "parity", start_parity)
        self.data = DataDesk(workspace)
        self._evaluation: EvaluationDesk | None = None
        self.steps = Steps()
        self.conversion.heard.append(self.steps.take)

    @property
    def evaluation(self) -> "EvaluationDesk":
        """What is measured; made when it is first asked for, since the window opens before evaluating is read."""
        if self._evaluation is None:
            from studio.ui.evaluate.desk import EvaluationDesk

            self._evaluation = EvaluationDesk(self._workspace, shipped_models)
        return self._evaluation

    @property
    def _others(self) -> "tuple[Desk | DataDesk | EvaluationDesk, ...]":
        """The desks beside that of the training."""
        there = () if self._evaluation is None else (self._evaluation,)
        return (self.conversion, self.parity, self.data, *there)

    @property
    def busy(self) -> bool:
        """Whether a job of any kind is under way."""
        return self.training.busy or any(desk.busy for desk in self._others)

    @property
    def tied(self) -> bool:
        """Whether a job is under way that ends with the window."""
        return self.training.tied or any(desk.busy for desk in self._others)

    async def holders(self) -> tuple[Holder, ...]:
        """Who holds this machine's memory now, the largest first."""
        return await asyncio.to_thread(holders)

    async def unload(self, holder: Holder) -> None:
        """Lets a model of this window go, such as Play's; raises HeldElsewhere for what belongs to another process."""
        await unload(holder)

    async def pause(self, seconds: float) -> Run | None:
        """Pauses the training, stops other jobs and waits for their end; returns the run that can go on.

        Raises NotPaused after so many seconds.
        """
        run = await self.training.halt(seconds)
        await asyncio.gather(*(desk.end(seconds) for desk in self._others))
        return run

    async def hand_over(self, seconds: float) -> None:
        """The same, and the training goes on in a process of its own; raises NotPaused, or WorkerDied."""
        run = await self.pause(seconds)
        if run is not None:
            await asyncio.to_thread(self.go_on_apart, self._workspace(), run)

    async def end(self, seconds: float) -> None:
        """Stops every job and waits for its end, at most so long."""
        await asyncio.gather(*(desk.end(seconds) for desk in (self.training, *self._others)))
