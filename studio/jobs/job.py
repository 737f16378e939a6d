"""Owns one job in a worker, from its request to its last event. Knows no Qt and nothing of what the job does."""

import contextlib
import datetime
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from studio.errors import NotSaved, WorkerError
from studio.jobs.process import Reply, WorkerProcess
from studio.jobs.protocol import Fields
from studio.jobs.runs import Journal, Run, new_run_folder


@dataclass(slots=True)
class WorkerJob:
    """A run folder and the worker that fills it."""

    run: Run
    worker: WorkerProcess
    reply: Reply

    @classmethod
    async def start(cls, kind: str, runs: Path, name: str, fields: Fields) -> "WorkerJob":
        """Makes the run folder and sends the job to a new worker."""
        folder = new_run_folder(runs, name, kind, datetime.datetime.now().astimezone().date())
        worker = await WorkerProcess.start(kind)
        reply = await worker.request(kind, **fields, run=str(folder))
        return cls(Run(folder), worker, reply)

    @classmethod
    async def go_on(cls, kind: str, run: Run, fields: Fields) -> "WorkerJob":
        """Sends a job that is to go on in the folder of a run to a new worker."""
        worker = await WorkerProcess.start(kind)
        reply = await worker.request(kind, **fields, run=str(run.path), resume=True)
        return cls(run, worker, reply)

    async def events(self) -> AsyncIterator[Fields]:
        """Every event until the last; raises what the worker reports."""
        try:
            async for event in self.reply:
                yield {"event": event.name, **event.fields}
            await self.reply.result()
        except WorkerError as error:
            self._note_death(error)
            raise
        finally:
            await self.worker.close()

    def _note_death(self, error: WorkerError) -> None:
        """Writes into the journal what the worker itself no longer could, so that the run does not read as running."""
        with contextlib.suppress(NotSaved, OSError):
            journal = Journal(self.run.path)
            journal.add({"event": "failed", **error.as_event()})
            journal.close()

    async def cancel(self, *, pause: bool = False) -> None:
        """Asks it to stop; with `pause` a training keeps what it needs to go on with later."""
        await self.reply.cancel(pause=pause)
