"""Owns the jobs on a data set as the window follows them: one at a time, in a worker of its own. Knows no Qt."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from studio.errors import Cancelled, LorewrightError
from studio.jobs.process import Reply, WorkerProcess
from studio.jobs.protocol import Fields
from studio.ui.data.words import part_word
from studio.workspace import Workspace

WORKER = "data"
_POLL_SECONDS = 0.05
_LEAST_SECONDS = 1.0
_QUIET = frozenset({"examine", "compare"})
"""What may end with the window without a word: it only looks."""


async def start_worker() -> WorkerProcess:
    """A worker for one job."""
    return await WorkerProcess.start(WORKER)


@dataclass(slots=True)
class DataDesk:
    """The job under way: what it `does`, in which `part` it is, how much of that is `done` `of` how much.

    `changed` are called as it goes on.
    """

    workspace: Callable[[], Workspace]
    start: Callable[[], Awaitable[WorkerProcess]] = start_worker
    clock: Callable[[], float] = time.monotonic
    changed: list[Callable[[], object]] = field(default_factory=list)
    does: str = ""
    part: str = ""
    done: int = 0
    of: int | None = None
    _began: float = 0.0
    _skipped: int = 0
    _left: float | None = None
    _reply: Reply | None = None

    @property
    def working(self) -> bool:
        """Whether a job is under way."""
        return bool(self.does)

    @property
    def busy(self) -> bool:
        """Whether a job is under way that a person would miss."""
        return self.working and self.does not in _QUIET

    @property
    def fraction(self) -> float | None:
        """How much of the part is done; None where nobody can say."""
        return min(1.0, self.done / self.of) if self.of else None

    @property
    def seconds_left(self) -> float | None:
        """How long the part goes on: what the job says itself, else at its pace since it began."""
        if self._left is not None:
            return self._left
        spent, made = self.clock() - self._began, self.done - self._skipped
        if self.of is None or made <= 0 or spent < _LEAST_SECONDS:
            return None
        return spent / made * max(0, self.of - self.done)

    @property
    def words(self) -> str:
        """What is being done, in a few words."""
        return part_word(self.part or self.does) if self.working else ""

    async def run(self, do: str, **fields: object) -> Fields:
        """Does one job and returns what came of it; raises the worker's error, or Cancelled."""
        self.does, self.part, self.done, self.of, self._left = do, "", 0, None, None
        self._tell()
        worker: WorkerProcess | None = None
        try:
            worker = await self.start()
            self._reply = await worker.request(do, workspace=str(self.workspace().root), **fields)
            async for event in self._reply:
                self._hear(event.name, event.fields)
            return await self._reply.result()
        finally:
            self.does, self._reply = "", None
            self._tell()
            if worker is not None:
                await worker.close()

    def _hear(self, event: str, fields: Fields) -> None:
        if event != "progress":
            return
        part, done, of = str(fields.get("part", "")), fields.get("done"), fields.get("of")
        if part != self.part:
            self._began, self._skipped = self.clock(), done if isinstance(done, int) else 0
        self.part = part
        self.done = done if isinstance(done, int) else 0
        self.of = of if isinstance(of, int) else None
        left = fields.get("left")
        self._left = float(left) if isinstance(left, int | float) else None
        self._tell()

    def _tell(self) -> None:
        for listener in self.changed:
            listener()

    async def cancel(self) -> None:
        """Stops the job; what it finished is kept."""
        if self._reply is not None:
            with contextlib.suppress(LorewrightError):
                await self._reply.cancel()

    async def end(self, seconds: float) -> None:
        """Stops the job and waits until it is over; gives up after `seconds`."""
        with contextlib.suppress(TimeoutError, Cancelled):
            async with asyncio.timeout(seconds):
                while self.working:
                    await self.cancel()
                    await asyncio.sleep(_POLL_SECONDS)
