"""A job and its run folder."""

from pathlib import Path

import pytest

from studio.jobs.errors import WorkerDied
from studio.jobs.job import WorkerJob


async def test_a_killed_worker_s_run_reads_as_failed_with_the_reason(tmp_path: Path) -> None:
    """The journal is the truth about a run, also where the worker could not write the last line."""
    job = await WorkerJob.start("llama", tmp_path, "tavern", {})  # any program will do: it is killed before it answers
    await job.worker.kill()
    with pytest.raises(WorkerDied):
        async for _event in job.events():
            pass
    state = job.run.state()
    assert state.status == "failed"
    assert (state.failure or {})["code"] == "WorkerDied"


async def test_the_twin_without_the_note_reads_as_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.jobs.job.note_failure", lambda _run, _error: None)
    job = await WorkerJob.start("llama", tmp_path, "tavern", {})
    await job.worker.kill()
    with pytest.raises(WorkerDied):
        async for _event in job.events():
            pass
    assert job.run.state().status != "failed"
