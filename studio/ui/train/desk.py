"""Owns the trainings of a workspace as the window follows them: the one under way and those on disk. Knows no Qt."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from studio.errors import Cancelled, LorewrightError
from studio.jobs.protocol import Fields
from studio.jobs.runs import Run, RunState, runs_in
from studio.ui.train.progress import Progress, RunRow, describe, row
from studio.workspace import Workspace

_POLL_SECONDS = 0.05


class RunningJob(Protocol):
    """A job in a worker: its folder, its events as they come, and the way to stop it."""

    run: Run

    def events(self) -> AsyncIterator[Fields]:
        """Every event until the last; raises what the worker reports."""

    async def cancel(self) -> None:
        """Asks it to stop."""


Starter = Callable[[Workspace, Fields], Awaitable[RunningJob]]


@dataclass(slots=True)
class Desk:
    """What kind of jobs (`train` or `convert`), how one is started, and what is shown now.

    `changed`, `listed` (with the rows) and `heard` (with each event) are called as things happen; the first
    event of a job is `begin`, of our own.
    """

    workspace: Callable[[], Workspace]
    kind: str
    start_job: Starter
    clock: Callable[[], float] = time.time
    changed: list[Callable[[], object]] = field(default_factory=list)
    listed: list[Callable[[list[RunRow]], object]] = field(default_factory=list)
    heard: list[Callable[[Fields], object]] = field(default_factory=list)
    job: RunningJob | None = None
    shown: Run | None = None
    error: LorewrightError | None = None
    starting: bool = False
    _state: RunState = field(default_factory=RunState)

    @property
    def busy(self) -> bool:
        """Whether a job is under way here."""
        return self.starting or self.job is not None

    @property
    def state(self) -> RunState:
        """What the journal of the shown run says."""
        return self._state

    @property
    def progress(self) -> Progress | None:
        """What to show of the run at hand; None before there is one."""
        if self.starting and self.job is None:
            return describe(RunState(), alive=True, now=self.clock())
        if self.shown is None:
            return None
        alive = self.job is not None and self.job.run == self.shown
        return describe(self._state, alive=alive, now=self.clock())

    def _tell(self) -> None:
        for listener in self.changed:
            listener()

    def _hear(self, event: Fields) -> None:
        for listener in self.heard:
            listener(event)

    async def run(self, values: Fields) -> Run:
        """Starts a job and follows it to its end; raises the worker's error, or Cancelled."""
        self.starting, self.error, self.shown, self._state = True, None, None, RunState()
        self._hear({"event": "begin"})
        self._tell()
        try:
            self.job = await self.start_job(self.workspace(), values)
            self.shown, self.starting = self.job.run, False
            await self.relist()
            await self._follow(self.job)
            return self.job.run
        except LorewrightError as error:
            self._note_end(error)
            raise
        finally:
            self.starting, self.job = False, None
            self._tell()
            await self.relist()

    async def _follow(self, job: RunningJob) -> None:
        async for event in job.events():
            self._state.apply({"at": self.clock(), **event})
            self._hear(event)
            if self.shown == job.run:
                self._tell()
        self._state.apply({"at": self.clock(), "event": "done"})
        self._hear({"event": "done"})

    def _note_end(self, error: LorewrightError) -> None:
        self.error = error
        if isinstance(error, Cancelled):
            self._state.apply({"at": self.clock(), "event": "cancelled"})
        else:
            self._state.apply({"at": self.clock(), "event": "failed", **error.as_event()})

    async def cancel(self) -> None:
        """Stops the job under way; what it finished is kept."""
        if self.job is not None:
            with contextlib.suppress(LorewrightError):
                await self.job.cancel()

    async def end(self, seconds: float) -> None:
        """Stops the job, also one that is only starting, and waits until it is over; gives up after `seconds`."""
        asked: RunningJob | None = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.busy:
                    if self.job is not asked:
                        asked = self.job
                        await self.cancel()
                    await asyncio.sleep(_POLL_SECONDS)

    async def show(self, path: Path) -> None:
        """Shows another run, its state read back from its folder."""
        run = Run(path)
        if self.job is not None and self.job.run == run:
            return
        if self.job is None:
            self._state = await asyncio.to_thread(run.state)
            self.shown = run
            self._tell()

    async def relist(self) -> list[RunRow]:
        """The runs of this kind on disk, newest first."""
        rows = await asyncio.to_thread(self._rows)
        for listener in self.listed:
            listener(rows)
        return rows

    def _rows(self) -> list[RunRow]:
        own = self.job.run if self.job is not None else None
        found = (run for run in runs_in(self.workspace().runs) if is_kind(run, self.kind))
        return [row(run, alive=run == own, now=self.clock()) for run in found]


def is_kind(run: Run, kind: str) -> bool:
    """Whether a run folder's name says this kind (`…-train`, `…-train-2`)."""
    parts = run.name.split("-")
    return kind in parts[-2:]
