"""Owns the queue of a workspace as the window works on it: whose turn it is, and what becomes of a job. Knows no Qt."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from studio.errors import Cancelled, LorewrightError
from studio.jobs.errors import Paused
from studio.jobs.protocol import Fields
from studio.jobs.queue import Line, Queue, Queued
from studio.jobs.runs import Run
from studio.training.way_on import way_on
from studio.ui.train.desk import Busy, Desk, RunningJob
from studio.workspace import Workspace

KIND = "train"


@dataclass(slots=True)
class QueueDesk:
    """The queue; `changed` is called with what waits, after every change that is made here."""

    workspace: Callable[[], Workspace]
    desk: Desk
    changed: list[Callable[[Line], object]] = field(default_factory=list)
    _turning: bool = False

    @property
    def queue(self) -> Queue:
        """The queue of the workspace that is open."""
        return Queue(self.workspace().private)

    async def look(self) -> Line:
        """What waits now; raises QueueDamaged."""
        line = await asyncio.to_thread(self.queue.line)
        for listener in self.changed:
            listener(line)
        return line

    async def add(self, values: Fields) -> None:
        """Puts a training at the end."""
        fields: Fields = {"config": values, "cache": str(self.workspace().private / "bases")}
        await asyncio.to_thread(self.queue.add, KIND, str(values.get("name") or "run"), fields)
        await self.look()

    async def change(self, deed: Callable[[Queue], object]) -> None:
        """Does something with the queue; raises what it raises."""
        try:
            await asyncio.to_thread(deed, self.queue)
        finally:
            await self.look()

    async def turn(self, *, after_a_pause: bool = False) -> None:
        """Works on the jobs whose turn it is, until none is left or something else is under way.

        After a pause, which frees the machine, it waits until somebody says so or begins a training.
        """
        if self._turning or self.desk.busy or (isinstance(self.desk.error, Paused) and not after_a_pause):
            return
        self._turning = True
        try:
            while not self.desk.busy and (job := await asyncio.to_thread(self.queue.take)) is not None:
                await self.look()
                if not await self._worked_on(job):
                    return
        finally:
            self._turning = False

    async def _worked_on(self, job: Queued) -> bool:
        """Whether it came to its end, good or bad; one that was paused waits in its place, held back."""
        queue = self.queue
        try:
            if job.run is not None and await asyncio.to_thread(_is_done, Path(job.run)):
                pass  # whoever worked on it ended before that could be noted
            elif job.run is not None and await asyncio.to_thread(_can_go_on, Path(job.run)):
                await self.desk.go_on(Path(job.run))
            else:
                await self.desk.work_on(self._begun(job))
        except Paused:
            await self._put_back(queue, job, held=True)
            return False
        except Busy:  # a person was quicker
            await self._put_back(queue, job, held=False)
            return False
        except asyncio.CancelledError:  # the window closes
            queue.put_back(job.id, held=False)
            raise
        except (Cancelled, LorewrightError):
            pass  # the tab shows it, and the run's folder keeps it
        await asyncio.to_thread(queue.ended, job.id)
        await self.look()
        return True

    async def _put_back(self, queue: Queue, job: Queued, *, held: bool) -> None:
        await asyncio.to_thread(lambda: queue.put_back(job.id, held=held))
        await self.look()

    async def _begun(self, job: Queued) -> RunningJob:
        """The job, started, with its run noted in the queue."""
        values = job.fields.get("config")
        begun = await self.desk.start_job(self.workspace(), values if isinstance(values, dict) else {})
        await asyncio.to_thread(self.queue.began, job.id, str(begun.run.path))
        return begun


def _is_done(run: Path) -> bool:
    return Run(run).state().status == "done"


def _can_go_on(run: Path) -> bool:
    return run.is_dir() and way_on(Run(run)).step is not None
