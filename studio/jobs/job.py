"""Owns one job in a worker, from its request to its last event. Knows no Qt and nothing of what the job does."""

import contextlib
import datetime
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from studio.errors import LorewrightError, NotSaved, WorkerError
from studio.jobs.awake import awake
from studio.jobs.ledger import ledger
from studio.jobs.process import Reply, WorkerProcess
from studio.jobs.protocol import Fields
from studio.jobs.runs import Journal, Run, new_run_folder
from studio.language import _

Launch = Callable[[], Awaitable[WorkerProcess]]


class Job(Protocol):
    """A job under way: its folder, its events as they come, and the way to stop it."""

    @property
    def run(self) -> Run:
        """Its run folder."""

    def events(self) -> AsyncIterator[Fields]:
        """Every event until the last; raises what the worker reports."""

    async def cancel(self, *, pause: bool = False) -> None:
        """Asks it to stop; with `pause` a training keeps what it needs to go on with later."""


CARDS = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")
"""What the drivers of cards read: which of them a process sees."""


@dataclass(slots=True)
class WorkerJob:
    """A run folder and the worker that fills it. `notes_death`: whether it writes into the journal that it died."""

    run: Run
    worker: WorkerProcess
    reply: Reply
    notes_death: bool = field(default=True)

    @classmethod
    async def start(cls, kind: str, runs: Path, name: str, fields: Fields) -> "WorkerJob":
        """Makes the run folder and sends the job to a new worker."""
        return await cls.begin(kind, make_run(runs, name, kind), fields)

    @classmethod
    async def go_on(cls, kind: str, run: Run, fields: Fields) -> "WorkerJob":
        """Sends a job that is to go on in the folder of a run to a new worker."""
        return await cls.begin(kind, run, {**fields, "resume": True})

    @classmethod
    async def begin(cls, kind: str, run: Run, fields: Fields, launch: Launch | None = None) -> "WorkerJob":
        """Sends a job for the folder of a run to a new worker, or to the one that `launch` starts."""
        worker = await (launch() if launch is not None else WorkerProcess.start(kind, without_cards(fields)))
        ledger.enter(worker.pid, run.name)
        reply = await worker.request(kind, **fields, run=str(run.path))
        return cls(run, worker, reply)

    async def events(self) -> AsyncGenerator[Fields, None]:
        """Every event until the last; raises what the worker reports."""
        try:
            with awake(_("{run} is being worked on").format(run=self.run.name)):
                async for event in self.reply:
                    self._enter(event.name, event.fields)
                    yield {"event": event.name, **event.fields}
                await self.reply.result()
        except WorkerError as error:
            if self.notes_death:
                note_failure(self.run, error)
            raise
        finally:
            await self.worker.close()
            ledger.leave(self.worker.pid)

    def _enter(self, event: str, fields: Fields) -> None:
        """What a job will take counts from the moment that it is known."""
        total = fields.get("total")
        if event == "forecast" and isinstance(total, int):
            ledger.enter(self.worker.pid, self.run.name, promised=total)

    async def cancel(self, *, pause: bool = False) -> None:
        """Asks it to stop; with `pause` a training keeps what it needs to go on with later."""
        await self.reply.cancel(pause=pause)


def make_run(runs: Path, name: str, kind: str) -> Run:
    """A new run folder of today."""
    return Run(new_run_folder(runs, name, kind, datetime.datetime.now().astimezone().date()))


def note_failure(run: Run, error: LorewrightError) -> None:
    """Writes into the journal what the worker itself no longer could, so that the run does not read as running."""
    note(run, {"event": "failed", **error.as_event()})


def note(run: Run, event: Fields) -> None:
    """Writes an event of the supervising side into a run's journal, if the disk lets it."""
    with contextlib.suppress(NotSaved, OSError):
        journal = Journal(run.path)
        journal.add(event)
        journal.close()


def without_cards(fields: Fields) -> dict[str, str]:
    """The environment of a job whose settings say `use_gpu: false`: no library of its worker finds a graphics card."""
    config = fields.get("config")
    refused = isinstance(config, dict) and config.get("use_gpu") is False
    return dict.fromkeys(CARDS, "") if refused else {}
