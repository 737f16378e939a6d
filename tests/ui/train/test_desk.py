"""The desk follows a job to its end and reads runs back from disk. The job is a recorded one; one real worker dies."""

import asyncio
import datetime
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from studio.errors import Cancelled, LorewrightError
from studio.jobs.errors import WorkerDied
from studio.jobs.job import WorkerJob
from studio.jobs.protocol import Fields
from studio.jobs.runs import Journal, Run, new_run_folder
from studio.ui.train.desk import Desk, is_kind
from studio.workspace import Workspace

STEPS: list[Fields] = [
    {"event": "phase", "name": "train"},
    {"event": "step", "step": 1, "of": 2, "loss": 3.0},
    {"event": "step", "step": 2, "of": 2, "loss": 2.0},
]


class RecordedJob:
    """Events that were written down, into a real run folder, with a given end."""

    def __init__(self, folder: Path, end: LorewrightError | None = None) -> None:
        self.run = Run(folder)
        self._end = end
        self.cancelled = asyncio.Event()

    async def events(self) -> AsyncIterator[Fields]:
        journal = Journal(self.run.path)
        try:
            for event in STEPS:
                journal.add(event)
                yield event
            if isinstance(self._end, Cancelled):
                await self.cancelled.wait()
            if self._end is not None:
                raise self._end
            journal.add({"event": "done"})
        finally:
            journal.close()

    async def cancel(self, *, pause: bool = False) -> None:
        self.cancelled.set()


def desk_in(root: Path, end: LorewrightError | None = None) -> Desk:
    async def start(workspace: Workspace, values: Fields) -> RecordedJob:
        folder = new_run_folder(workspace.runs, str(values["name"]), "train", datetime.date(2026, 11, 21))
        return RecordedJob(folder, end)

    return Desk(lambda: Workspace(root), "train", start)


async def test_a_job_is_followed_to_its_end(tmp_path: Path) -> None:
    desk, shares = desk_in(tmp_path), []
    desk.changed.append(lambda: shares.append(desk.progress.share if desk.progress else None))
    run = await desk.run({"name": "tavern"})
    assert shares[0] is None and 0.5 in shares and shares[-1] == 1.0
    assert desk.progress is not None and desk.progress.status == "done" and not desk.busy
    (row,) = await desk.relist()
    assert row.path == run.path and row.status == "done"


async def test_a_stop_is_told_and_what_was_done_is_kept(tmp_path: Path) -> None:
    desk = desk_in(tmp_path, Cancelled())
    running = asyncio.create_task(desk.run({"name": "tavern"}))
    while not desk.state.losses or len(desk.state.losses) < 2:
        await asyncio.sleep(0.01)
    await desk.cancel()
    with pytest.raises(Cancelled):
        await running
    assert desk.progress is not None and desk.progress.status == "cancelled" and len(desk.progress.train) == 2


async def test_a_failure_is_told_and_the_run_still_listed(tmp_path: Path) -> None:
    desk = desk_in(tmp_path, WorkerDied(worker="train", reason="SIGKILL", tail="-"))
    with pytest.raises(WorkerDied):
        await desk.run({"name": "tavern"})
    assert desk.progress is not None and desk.progress.failure is not None and "SIGKILL" in desk.progress.failure
    assert len(desk.progress.train) == 2 and not desk.busy
    assert len(await desk.relist()) == 1


@pytest.mark.native
@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
async def test_a_real_worker_that_is_killed_is_read_back_as_failed(tmp_path: Path) -> None:
    async def start(workspace: Workspace, values: Fields) -> WorkerJob:
        job = await WorkerJob.start("train", workspace.runs, "tavern", {"config": values})
        os.kill(job.worker.pid, signal.SIGKILL)
        return job

    desk = Desk(lambda: Workspace(tmp_path), "train", start)
    with pytest.raises(LorewrightError):
        await desk.run({})
    other = desk_in(tmp_path)
    (row,) = await other.relist()
    await other.show(row.path)
    assert row.status == "failed"
    assert other.progress is not None and other.progress.failure is not None and "SIGKILL" in other.progress.failure


def test_kinds_by_folder_name(tmp_path: Path) -> None:
    assert is_kind(Run(tmp_path / "2026-11-21-a-train"), "train")
    assert is_kind(Run(tmp_path / "2026-11-21-a-train-2"), "train")
    assert not is_kind(Run(tmp_path / "2026-11-21-a-convert"), "train")
