"""Owns the jobs that several tabs follow: trainings, conversions, and those on data sets. Knows no Qt."""

import asyncio
from collections.abc import Callable

from studio.jobs.ledger import Holder, holders, unload
from studio.ui.convert.job import start_conversion
from studio.ui.convert.steps import Steps
from studio.ui.data.desk import DataDesk
from studio.ui.train.desk import Desk
from studio.ui.train.job import go_on_with_training, start_training
from studio.workspace import Workspace


class Workbench:
    """A desk a kind of job, and the steps of the conversion; `workspace` gives the one that is open now."""

    def __init__(self, workspace: Callable[[], Workspace]) -> None:
        self.training = Desk(workspace, "train", start_training, go_on_with_training)
        self.conversion = Desk(workspace, "convert", start_conversion)
        self.data = DataDesk(workspace)
        self.steps = Steps()
        self.conversion.heard.append(self.steps.take)

    @property
    def busy(self) -> bool:
        """Whether a job of any kind is under way."""
        return self.training.busy or self.conversion.busy or self.data.busy

    @property
    def tied(self) -> bool:
        """Whether a job is under way that ends with the window."""
        return self.training.tied or self.conversion.busy or self.data.busy

    async def holders(self) -> tuple[Holder, ...]:
        """Who holds this machine's memory now, the largest first."""
        return await asyncio.to_thread(holders)

    async def unload(self, holder: Holder) -> None:
        """Lets a model of this window go, such as Play's; raises HeldElsewhere for what belongs to another process."""
        await unload(holder)

    async def end(self, seconds: float) -> None:
        """Stops every job and waits for its end, at most so long."""
        await asyncio.gather(*(desk.end(seconds) for desk in (self.training, self.conversion, self.data)))
