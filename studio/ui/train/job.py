"""Owns one job in a worker, from its request to its last event. Knows no Qt and nothing of what the job does."""

import datetime
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from studio.dataset import examples
from studio.gguf import base, errors
from studio.jobs.process import Reply, WorkerProcess
from studio.jobs.protocol import Fields
from studio.jobs.runs import Run, new_run_folder
from studio.training import config, planning
from studio.workspace import Workspace

SPEAKERS = (base, errors, examples, config, planning)
"""The modules in whose errors the worker speaks: an error is known by its class, so they must be imported here."""


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

    async def events(self) -> AsyncIterator[Fields]:
        """Every event until the last; raises what the worker reports."""
        try:
            async for event in self.reply:
                yield {"event": event.name, **event.fields}
            await self.reply.result()
        finally:
            await self.worker.close()

    async def cancel(self) -> None:
        """Asks it to stop."""
        await self.reply.cancel()


async def start_training(workspace: Workspace, values: Fields) -> WorkerJob:
    """Starts a training in a new run folder of the workspace."""
    return await WorkerJob.start("train", workspace.runs, str(values.get("name") or "run"), {"config": values})
