"""Owns the trainings of a workspace as the window follows them: the one under way and those on disk. Knows no Qt."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from studio.errors import Cancelled, LorewrightError, UsageError, WorkerError
from studio.jobs.background import FollowedJob
from studio.jobs.protocol import Fields
from studio.jobs.runs import EVENTS, Run, RunState, read_events, runs_in
from studio.language import N_
from studio.training.attending import run_under_way, worked_on
from studio.training.story import Story
from studio.training.way_on import WayOn, way_on
from studio.ui.train.progress import Progress, RunRow, describe, row
from studio.workspace import Workspace

_POLL_SECONDS = 0.05
_UNFINISHED = ("failed", "cancelled", "paused", "interrupted")


class RunningJob(Protocol):
    """A job in a worker: its folder, its events as they come, and the way to stop it."""

    run: Run

    def events(self) -> AsyncIterator[Fields]:
        """Every event until the last; raises what the worker reports."""

    async def cancel(self, *, pause: bool = False) -> None:
        """Asks it to stop; with `pause` it keeps what it needs to go on with later."""


Starter = Callable[[Workspace, Fields], Awaitable[RunningJob]]
Resumer = Callable[[Workspace, Run, int | None], Awaitable[RunningJob]]


class NotPaused(WorkerError):
    """A training did not come to a stop where it could go on from."""

    sentence = N_("{run} did not pause within {seconds} seconds. It is still running; try again, or stop it.")


class Busy(UsageError):
    """Two jobs were begun at the same moment, say by a person and by the queue."""

    sentence = N_("Another job has just begun. Wait for its end, or put this one into the queue.")


@dataclass(slots=True)
class Desk:
    """What kind of jobs (`train` or `convert`), how one is started and gone on with, and what is shown now.

    `changed`, `listed` (with the rows) and `heard` (with each event) are called as things happen; the first
    event of a job is `begin`, of our own. `followed` says that another process works on the job, which so outlives the
    window; `outlook` how the shown run can go on, where it ended early.
    """

    workspace: Callable[[], Workspace]
    kind: str
    start_job: Starter
    resume_job: Resumer | None = None
    clock: Callable[[], float] = time.time
    changed: list[Callable[[], object]] = field(default_factory=list)
    listed: list[Callable[[list[RunRow]], object]] = field(default_factory=list)
    heard: list[Callable[[Fields], object]] = field(default_factory=list)
    job: RunningJob | None = None
    shown: Run | None = None
    error: LorewrightError | None = None
    starting: bool = False
    followed: bool = False
    story: Story = field(default_factory=Story)
    outlook: WayOn | None = None
    _state: RunState = field(default_factory=RunState)

    @property
    def busy(self) -> bool:
        """Whether a job is under way here."""
        return self.starting or self.job is not None

    @property
    def tied(self) -> bool:
        """Whether a job is under way that ends with the window."""
        return self.busy and not self.followed

    @property
    def state(self) -> RunState:
        """What the journal of the shown run says."""
        return self._state

    @property
    def progress(self) -> Progress | None:
        """What to show of the run at hand; None before there is one."""
        if self.starting and self.job is None and self.shown is None:
            return describe(RunState(), alive=True, now=self.clock())
        if self.shown is None:
            return None
        alive = self.starting or (self.job is not None and self.job.run == self.shown)
        return describe(self._state, alive=alive, now=self.clock())

    def _tell(self) -> None:
        for listener in self.changed:
            listener()

    def _hear(self, event: Fields) -> None:
        for listener in self.heard:
            listener(event)

    def _take(self, event: Fields) -> None:
        dated = {"at": self.clock(), **event}
        self._state.apply(dated)
        self.story.take(dated)

    async def run(self, values: Fields) -> Run:
        """Starts a job and follows it to its end; raises the worker's error, Busy or Cancelled."""
        return await self.work_on(self.start_job(self.workspace(), values))

    async def work_on(self, coming: Awaitable[RunningJob]) -> Run:
        """Follows a job that is being started to its end; raises as `run` does."""
        if self.busy:
            _drop(coming)
            raise Busy
        self.shown, self._state, self.story = None, RunState(), Story()
        return await self._work(coming)

    async def go_on(self, path: Path, step: int | None = None) -> Run:
        """Goes on with a run, from its newest whole checkpoint or that of a step; raises as `run` does."""
        assert self.resume_job is not None
        if self.busy:
            raise Busy
        await self._read(Run(path))
        return await self._work(self.resume_job(self.workspace(), Run(path), step))

    async def follow(self, path: Path) -> Run:
        """Follows a run that another process works on; raises as `run` does."""
        run = Run(path)
        place = await self._read(run)
        self.followed = True
        try:
            return await self._work(_ready(FollowedJob(run, place, worked_on)))
        finally:
            self.followed = False
            self._tell()

    async def attend(self) -> Path | None:
        """The run that another process works on; None where there is none, or a job is under way here."""
        if self.busy:
            return None
        found = await asyncio.to_thread(run_under_way, self.workspace().runs)
        return None if found is None or self.busy else found.path

    async def _work(self, coming: Awaitable[RunningJob]) -> Run:
        if self.busy:  # since it was asked for
            _drop(coming)
            raise Busy
        self.starting, self.error, self.outlook = True, None, None
        self._hear({"event": "begin"})
        self._tell()
        try:
            job = self.job = await coming
            self.shown, self.starting = job.run, False
            await self.relist()
            await self._follow(job)
            return job.run
        except LorewrightError as error:
            self._note_end(error)
            raise
        finally:
            self.starting, self.job = False, None
            self._tell()
            await self.relist()
            await self._look_ahead()

    async def _follow(self, job: RunningJob) -> None:
        async for event in job.events():
            self._take(event)
            self._hear(event)
            if self.shown == job.run:
                self._tell()
        self._take({"event": "done"})
        self._hear({"event": "done"})

    def _note_end(self, error: LorewrightError) -> None:
        self.error = error
        if isinstance(error, Cancelled):
            self._take({**error.fields, "event": "cancelled"})
        else:
            self._take({"event": "failed", **error.as_event()})

    async def cancel(self) -> None:
        """Stops the job under way; what it finished is kept."""
        if self.job is not None:
            with contextlib.suppress(LorewrightError):
                await self.job.cancel()

    async def pause(self) -> None:
        """Stops the job under way so that it can go on from its last step."""
        if self.job is not None:
            with contextlib.suppress(LorewrightError):
                await self.job.cancel(pause=True)

    async def end(self, seconds: float) -> None:
        """Stops the job, also one that is only starting, and waits until it is over; gives up after `seconds`.

        A job that another process works on goes on.
        """
        asked: RunningJob | None = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.tied:
                    if self.job is not asked:
                        asked = self.job
                        await self.cancel()
                    await asyncio.sleep(_POLL_SECONDS)

    async def halt(self, seconds: float) -> Run | None:
        """Pauses the job that ends with the window, as soon as there is something to go on from.

        Returns the run that so can go on, None where it came to its end; raises NotPaused after `seconds`.
        """
        while self.tied and not self.state.checkpoints:
            await asyncio.sleep(_POLL_SECONDS)
        run = self.shown if self.tied else None
        if run is None:
            return None
        await self.pause()
        try:
            async with asyncio.timeout(seconds):
                while self.tied:
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError as error:
            raise NotPaused(run=run.name, seconds=round(seconds)) from error
        return run if self.state.paused else None

    async def show(self, path: Path) -> None:
        """Shows another run, its state read back from its folder."""
        run = Run(path)
        if not self.busy:
            await self._read(run)
            self._tell()
            await self._look_ahead()

    async def _read(self, run: Run) -> int:
        """Takes a run's journal in; returns how many bytes of it were read."""
        self._state, self.story, place = await asyncio.to_thread(_journal, run)
        self.shown, self.error, self.outlook = run, None, None
        return place

    async def _look_ahead(self) -> None:
        """Finds out how the shown run can go on, where it ended early."""
        run, progress = self.shown, self.progress
        if self.resume_job is None or run is None or progress is None or progress.status not in _UNFINISHED:
            return
        found = await asyncio.to_thread(way_on, run)
        if self.shown == run and not self.busy:
            self.outlook = found
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


def _drop(coming: Awaitable[RunningJob]) -> None:
    """Lets a job that is not to be started go, without a warning that nobody waited for it."""
    if asyncio.iscoroutine(coming):
        coming.close()


async def _ready(job: RunningJob) -> RunningJob:
    return job


def _journal(run: Run) -> tuple[RunState, Story, int]:
    """What a run's journal says, and how long it was at least when it was read: later lines may be among it."""
    path = run.path / EVENTS
    place = path.stat().st_size if path.is_file() else 0
    state, story = RunState(), Story()
    for event in read_events(run.path, place):
        state.apply(event)
        story.take(event)
    return state, story, place


def is_kind(run: Run, kind: str) -> bool:
    """Whether a run folder's name says this kind (`…-train`, `…-train-2`)."""
    parts = run.name.split("-")
    return kind in parts[-2:]
