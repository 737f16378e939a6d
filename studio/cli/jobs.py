"""Owns following a job from the terminal: its news on stderr, Ctrl+C and a polite end of this process as a request to
stop; knows no kind of job."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

from studio.cli.progress import Meter
from studio.jobs.background import heeding
from studio.jobs.job import Job, WorkerJob
from studio.jobs.protocol import Fields
from studio.jobs.runs import Run


def follow(kind: str, runs: Path, name: str, fields: Fields, told: Callable[[Fields], str | None]) -> Run:
    """Runs a job to its end, printing what `told` makes of each event; raises the job's error, or Cancelled."""
    return followed(WorkerJob.start(kind, runs, name, fields), told)


def followed(started: Coroutine[None, None, Job], told: Callable[[Fields], str | None]) -> Run:
    """The same of a job that is about to be started."""
    return asyncio.run(heard(started, told, Meter()))


async def heard(started: Coroutine[None, None, Job], told: Callable[[Fields], str | None], meter: Meter) -> Run:
    """The same within something that goes on already."""
    job = await started
    try:
        with _stopping(job):
            async with heeding(job):
                async for event in job.events():
                    _tell(event, told(event), meter)
    finally:
        meter.ends()
    return job.run


def _tell(event: Fields, line: str | None, meter: Meter) -> None:
    share = event.get("fraction")
    if event.get("event") == "phase" and line is not None:
        meter.begins(line)
    elif line is not None:
        meter.says(line)
    elif event.get("event") == "progress" and isinstance(share, int | float):
        meter.far(share)


@contextlib.contextmanager
def _stopping(job: Job) -> Iterator[None]:
    """Ctrl+C asks the worker to stop, with what a resume needs kept; a second one ends this process at once.

    So does SIGTERM, and then the worker tidies up: it would be killed with this process otherwise.
    """
    loop, tasks = asyncio.get_running_loop(), set[asyncio.Task[None]]()

    def unheard() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):
                loop.remove_signal_handler(number)

    def stop() -> None:
        unheard()
        tasks.add(loop.create_task(job.cancel(pause=True)))

    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl+C ends the process, and the worker with it
            loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        unheard()
