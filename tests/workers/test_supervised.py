"""The real worker, killed as the system kills one for memory: the run goes on with fewer examples at once."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from studio.jobs.protocol import Fields
from studio.jobs.recorder import Recorder
from studio.training import supervising
from studio.training.checkpoints import STATE, newest_whole
from studio.training.supervising import SupervisedJob
from tests.workers.conftest import PLAIN


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
async def test_a_training_killed_at_work_goes_on_with_half_the_rows(
    tiny_base: Path, scenarios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "Recorder", lambda run: Recorder(run, 0.05))
    settings = {"batch_size": 2, "gradient_accumulation_steps": 1, "checkpoint_every": 1, "sample_every": 100,
                "validation_examples": 0, "accuracy_cases": 0, "steps": 4, "max_minutes": None}  # fmt: skip
    config: Fields = {**PLAIN, **settings, "base": str(tiny_base), "scenarios": [str(scenarios)]}
    job = await SupervisedJob.start(tmp_path, "tiny", {"config": config})
    events: list[Fields] = []
    async with asyncio.timeout(240):
        async for event in job.events():
            events.append(event)
            if event["event"] == "checkpoint" and event["step"] == 2:
                assert job.job is not None
                os.kill(job.job.worker.pid, signal.SIGKILL)
    (again,) = [event for event in events if event["event"] == "restarted"]
    (gone_on,) = [event for event in events if event["event"] == "resumed"]
    assert again["batch_size"] == 1 and gone_on["step"] == 2
    state, report = job.run.state(), job.run.report() or {}
    assert (state.status, state.step, state.resumed) == ("done", 4, 1)
    assert report["steps"] == 4 and job.run.config()["batch_size"] == 2, "what a step learns from stays as it was"
    kept = json.loads((newest_whole(job.run.path).checkpoint.path / STATE).read_text(encoding="utf-8"))
    assert kept["progress"]["batch_size"] == 1
    moments = job.run.samples()
    assert len(moments) > 10 and all(0 < one.sample.memory_used <= one.sample.memory_total for one in moments)
