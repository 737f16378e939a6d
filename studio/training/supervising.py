"""Owns seeing a training through: a worker that dies, is killed for memory, freezes or hangs, and a battery that runs
down. Knows nothing of models and no Qt; the window and the terminal start every training here.

To the worker's events it adds, in the journal too: `restarted {why, attempt, of, batch_size}` (why: start, memory),
`stalled {seconds}` when nothing was heard for so long, `alive` when it is heard again, and `waiting {why}` (battery).
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from studio.errors import Cancelled, LorewrightError, WorkerError
from studio.jobs.errors import OutOfMemory, Paused, WorkerDied, WorkerSilent
from studio.jobs.job import Launch, WorkerJob, make_run, note, note_failure
from studio.jobs.ledger import ledger
from studio.jobs.power import on_battery
from studio.jobs.process import WorkerProcess
from studio.jobs.protocol import ALIVE, Fields
from studio.jobs.recorder import Recorder
from studio.jobs.runs import Run
from studio.language import plural
from studio.training.checkpoints import newest_whole
from studio.training.errors import DiedAtStart, KilledForMemory, RankDied
from studio.training.rows_in_force import in_force, next_rows, with_rows

KIND = "train"
SEEN_THROUGH = ("restarted", "stalled", ALIVE, "waiting")
"""The events of this side."""

ATTEMPTS = 5
"""How often a run is tried at most because memory ran out, all sizes of rows together."""

STARTS = 3
"""How often a worker may die before it says anything."""

_NO_MEMORY = frozenset({-9, 137, 0xC0000017, 0xC000012D, 0xC0000017 - (1 << 32), 0xC000012D - (1 << 32)})
"""Exit codes of processes that the system ended because memory ran out: SIGKILL, as a shell tells it, and Windows'
STATUS_NO_MEMORY and STATUS_COMMITMENT_LIMIT, with and without a sign."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: without a sign of life until a worker counts as `stalled`, between two `looks` at it, a gap between two
    looks from which on the computer must have `slept`, and what an order to stop may take (`heed`)."""

    stalled: float = 30.0
    look: float = 1.0
    slept: float = 10.0
    heed: float = 5.0
    waiting_told: float = 60.0


@dataclass(slots=True)
class _Watch:
    """What is known of the worker at hand: when it was heard last, and whether it counts as frozen."""

    count: int = -1
    at: float = 0.0
    looked: float = 0.0
    stalled: bool = False


@dataclass(slots=True)
class SupervisedJob:
    """One training, whatever its workers do. `fields` are the request's; `resume` goes on with a run there is."""

    run: Run
    fields: Fields
    resume: bool = False
    patience: Patience = Patience()
    clock: Callable[[], float] = time.monotonic
    battery: Callable[[], bool] = on_battery
    launch: Launch = lambda: WorkerProcess.start(KIND)
    job: WorkerJob | None = None
    _asked: bool | None = None
    _for_battery: bool = False
    _silent_starts: int = 0
    _attempt: int = 1
    _step: int = 0
    _furthest: int = -1
    _rows: int | None = None
    _kept: int | None = None
    _pauses: bool = False
    _watch: _Watch = field(default_factory=_Watch)

    @classmethod
    async def start(cls, runs: Path, name: str, fields: Fields) -> "SupervisedJob":
        """A training in a new run folder."""
        return cls(make_run(runs, name, KIND), fields)

    @classmethod
    async def go_on(cls, run: Run, fields: Fields) -> "SupervisedJob":
        """A run that goes on from its newest whole checkpoint."""
        return cls(run, fields, resume=True)

    async def events(self) -> AsyncGenerator[Fields, None]:
        """Every event of every attempt until the run has ended; raises what it ended in."""
        recorder = Recorder(self.run.path)
        recorder.start()
        try:
            async for event in self._attempts():
                yield event
        finally:
            recorder.stop()

    async def cancel(self, *, pause: bool = False) -> None:
        """Asks it to stop; with `pause` it can go on later. A frozen worker is ended, and what it kept stays."""
        self._asked = pause
        job = self.job
        if job is None:
            return
        if self._watch.stalled:
            await job.worker.kill()
            return
        with contextlib.suppress(TimeoutError, WorkerError):
            async with asyncio.timeout(self.patience.heed):
                await job.cancel(pause=pause)

    # -- attempts

    async def _attempts(self) -> AsyncIterator[Fields]:
        while True:
            async for event in self._until_power():
                yield event
            try:
                async for event in self._attempted():
                    yield event
                return
            except Cancelled:
                if self._asked is not None or not self._for_battery:
                    raise
            except (WorkerError, OutOfMemory) as error:
                yield self._told(self._again(error))
            finally:
                self.job = None
            self.resume = await asyncio.to_thread(self._has_checkpoint)

    async def _attempted(self) -> AsyncIterator[Fields]:
        """One worker's events to its end."""
        request = self._request()
        self._furthest, self._watch = self._step, _Watch(looked=self.clock())
        held = await asyncio.to_thread(ledger.due)
        self.job = await WorkerJob.begin(KIND, self.run, {**request, "held": held}, self.launch)
        self.job.notes_death = False
        if self._asked is not None:
            await self.cancel(pause=self._asked)
        events = self.job.events()
        coming = asyncio.ensure_future(anext(events, None))
        try:
            while True:
                heard, _waiting = await asyncio.wait({coming}, timeout=self.patience.look)
                async for told in self._looked(self.job):
                    yield told
                if heard:
                    event = coming.result()
                    if event is None:
                        return
                    coming = asyncio.ensure_future(anext(events, None))
                    self._heard(event)
                    yield event
        finally:  # whoever stops listening in the midst leaves no worker behind
            if not coming.done():
                coming.cancel()
                with contextlib.suppress(asyncio.CancelledError, LorewrightError):
                    await coming
            await events.aclose()

    def _request(self) -> Fields:
        """What the next worker is asked. After a start from a chosen `step`, older checkpoints may lie further on."""
        fields = self.fields
        if fields.get("step") is not None and self._kept is not None:
            fields = {**fields, "step": self._kept}
        return with_rows(self.run, fields, self._rows, resume=self.resume)

    def _heard(self, event: Fields) -> None:
        self._silent_starts = 0
        step, rows = event.get("step"), event.get("batch_size")
        if event.get("event") in ("step", "resumed") and isinstance(step, int):
            self._step = step
        if event.get("event") == "memory" and isinstance(rows, int):
            self._rows = rows
        if event.get("event") == "checkpoint" and isinstance(step, int):
            self._kept = step

    # -- what becomes of a worker that failed

    def _again(self, error: WorkerError | OutOfMemory) -> Fields:
        """What is tried next, as an event; raises what the run ends in."""
        if self._asked is not None:
            raise self._stopped() from error
        if isinstance(error, OutOfMemory) or self._killed():
            return self._smaller(error)
        if isinstance(error, WorkerDied | WorkerSilent) and self._was_silent():
            return self._started_again(error)
        if not isinstance(error, RankDied):  # which the worker itself wrote down
            note_failure(self.run, error)
        raise error

    def _was_silent(self) -> bool:
        return self.job is None or self.job.worker.heard <= 1  # its hello alone

    def _killed(self) -> bool:
        """Whether the system ended the worker at work, and not we."""
        worker = self.job.worker if self.job is not None else None
        if worker is None or worker.slain or self._was_silent() or worker.alive:
            return False
        return worker.ended.result() in _NO_MEMORY

    def _started_again(self, error: WorkerDied | WorkerSilent) -> Fields:
        self._silent_starts += 1
        if self._silent_starts < STARTS:
            return {"event": "restarted", "why": "start", "attempt": self._silent_starts + 1, "of": STARTS}
        failure = DiedAtStart(**{"reason": str(error), **error.fields}, times=STARTS)
        note_failure(self.run, failure)
        raise failure from error

    def _smaller(self, error: WorkerError | OutOfMemory) -> Fields:
        """Goes on with smaller rows. The smallest is tried again only where it came further than before."""
        rows, whole = in_force(self.run, self.fields, self._rows)
        smaller = next_rows(rows, whole)
        hopeless = isinstance(error, OutOfMemory) or (self._attempt > 1 and self._step <= self._furthest)
        if self._attempt >= ATTEMPTS or (smaller == rows and hopeless):
            if isinstance(error, OutOfMemory):
                raise error
            failure = KilledForMemory(times=self._attempt, rows=plural("{count} example", "{count} examples", rows))
            note_failure(self.run, failure)
            raise failure from error
        self._attempt, self._rows = self._attempt + 1, smaller
        return {"event": "restarted", "why": "memory", "attempt": self._attempt, "of": ATTEMPTS, "batch_size": smaller}

    def _stopped(self) -> Cancelled:
        """The end of a run whose worker had to be ended to stop it."""
        kept = newest_whole(self.run.path).checkpoint.step if self._has_checkpoint() else None
        if self._asked and kept is not None:
            fields: Fields = {"paused": True, "step": kept, "run": self.run.name}
            note(self.run, {"event": "cancelled", **fields})
            return Paused(**fields)
        note(self.run, {"event": "cancelled"})
        return Cancelled()

    def _has_checkpoint(self) -> bool:
        try:
            newest_whole(self.run.path)
        except LorewrightError:
            return False
        return True

    # -- between two events

    async def _looked(self, job: WorkerJob) -> AsyncIterator[Fields]:
        """Looks whether the worker still lives, and at the battery."""
        now, watch = self.clock(), self._watch
        slept = now - watch.looked >= self.patience.slept
        watch.looked = now
        if job.worker.heard != watch.count or slept:
            watch.at, watch.count = now, job.worker.heard
            if watch.stalled and not slept:
                watch.stalled = False
                yield self._told({"event": ALIVE})
        elif not watch.stalled and not job.reply.ended and now - watch.at >= self.patience.stalled:
            watch.stalled = True
            yield self._told({"event": "stalled", "seconds": round(now - watch.at)})
            if self._asked is not None:
                await job.worker.kill()
        if self._pauses and self._asked is None and not self._for_battery and self.battery():
            self._for_battery = True
            with contextlib.suppress(TimeoutError, WorkerError):
                async with asyncio.timeout(self.patience.heed):
                    await job.cancel(pause=True)

    async def _until_power(self) -> AsyncIterator[Fields]:
        """Waits while the computer runs on its battery, where the settings ask for that; raises what stops it."""
        told: float | None = None
        self._pauses = self._wants_to_pause()
        while self._pauses and self.battery() and self._asked is None:
            if told is None or self.clock() - told >= self.patience.waiting_told:
                told = self.clock()
                yield self._told({"event": "waiting", "why": "battery"})
            await asyncio.sleep(self.patience.look)
        self._for_battery = False
        if self._asked is not None:
            raise self._stopped()

    def _wants_to_pause(self) -> bool:
        config = self.fields.get("config")
        if isinstance(config, dict) and "pause_on_battery" in config:
            return config["pause_on_battery"] is True
        with contextlib.suppress(LorewrightError):
            return self.run.config().get("pause_on_battery") is True
        return False

    def _told(self, event: Fields) -> Fields:
        note(self.run, event)
        return event
