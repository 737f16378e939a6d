"""What the workers' tests share: a model small enough to train in seconds, scenarios, and jobs run to their end."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from studio.errors import LorewrightError
from studio.jobs.job import WorkerJob
from studio.jobs.process import WorkerProcess
from studio.jobs.protocol import Fields
from studio.jobs.runs import Run
from studio.training.checkpoints import newest_whole

SCENARIO = """---
title: The Weir
tags: [river{tag}]
player: Wren
---
<SYSTEM>
# Role
You are the Dungeon Master.

# Party

## Wren
- Player Character
- Ranger
- Level 3
- Health: 24/26
- Skills: Stealth +6
</SYSTEM>

<User>I keep low at the {n}. post and try to reach the far bank.</User>

<DM>The planks are slick.

[roll: stealth]</DM>

<TOOLCALL>stealth: 13 + 6(skill) = *19*</TOOLCALL>

<DM>*SUCCESS* Reeds close behind you, and the lamp swings on.</DM>
"""


PLAIN: dict[str, object] = {
    "lora": {"rank": 16, "alpha": 32, "layers": "all"},
    "batch_size": 1,
    "gradient_accumulation_steps": 2,
    "call_weight": 1.0,
}
"""Settings for two random layers, whatever the shipped profile says of the starter."""


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    """Four scenarios to train on and one that is held out."""
    folder = tmp_path / "scenarios"
    folder.mkdir()
    for n in range(4):
        (folder / f"s{n}.md").write_text(SCENARIO.format(n=n, tag=""), encoding="utf-8")
    (folder / "held.md").write_text(SCENARIO.format(n=9, tag=", held-out"), encoding="utf-8")
    return folder


@dataclass
class Ended:
    """A job that has ended: its run, its events, and the error it ended in, or None."""

    run: Run
    events: list[Fields] = field(default_factory=list)
    error: LorewrightError | None = None

    def named(self, name: str) -> list[Fields]:
        """The events of one name."""
        return [event for event in self.events if event["event"] == name]


Watcher = Callable[[WorkerJob, Fields], Awaitable[None]]


async def run_job(kind: str, runs: Path, fields: Fields, watch: Watcher | None = None) -> Ended:
    """Runs a job by the shipped worker to its end; `watch` sees each event as it comes."""
    job = await WorkerJob.start(kind, runs, "trial", fields)
    ended = Ended(job.run)
    try:
        async for event in job.events():
            ended.events.append(event)
            if watch is not None:
                await watch(job, event)
    except LorewrightError as error:
        ended.error = error
    return ended


FORKED: dict[str, object] = {
    **PLAIN,
    "lora": {"rank": 4, "alpha": 8, "dropout": 0.1},
    "steps": 7,
    "sample_every": 4,
    "sample_tokens": 2,
    "checkpoint_every": 3,
    "validation_every": 2,
    "learning_rate": 0.01,
    "threads": 1,
}
"""Four examples and two a step: an epoch ends with every second step. Draws are weighted, and dropout draws too."""

Job = Callable[..., dict[str, Any]]
Outcome = tuple[str, dict[str, object]]


@dataclass
class Forked:
    """Trainings in forks of one process: `start` begins a run of a name, `resume` goes on with it."""

    job: Job
    place: Path
    base: Path

    def start(self, name: str, settings: dict[str, object] | None = None, **more: object) -> dict[str, Any]:
        """How the new run ended."""
        run = self.place / name
        run.mkdir()
        scenarios = str(self.place / "scenarios")
        config = {"base": str(self.base), "scenarios": [scenarios], **FORKED, **(settings or {})}
        return self.job({"run": str(run), "config": config}, **more)

    def resume(self, name: str, **more: object) -> dict[str, Any]:
        """How the rest of it ended."""
        return self.job({"run": str(self.place / name), "resume": True}, **more)

    def outcome(self, name: str) -> Outcome:
        """The adapter, bit by bit, and what was counted."""
        run = self.place / name
        report = Run(run).report()
        assert report is not None
        counted = ("steps", "epochs", "tokens", "trained_tokens", "first_loss", "last_loss", "validation", "best")
        state = json.loads((newest_whole(run).checkpoint.path / "state.json").read_text("utf-8"))
        progress = {key: value for key, value in state["progress"].items() if key not in ("seconds", "whole")}
        weights = (run / "adapter" / "adapter_model.safetensors").read_bytes()
        return hashlib.sha256(weights).hexdigest(), {**{key: report[key] for key in counted}, "progress": progress}


@pytest.fixture(scope="session")
def forked(root: Path, tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forked]:
    """The process that trains; its first run, `whole`, was never cut off."""
    place = tmp_path_factory.mktemp("forked")
    (place / "scenarios").mkdir()
    for n in range(4):
        (place / "scenarios" / f"s{n}.md").write_text(SCENARIO.format(n=n, tag=""), encoding="utf-8")
    (place / "scenarios" / "held.md").write_text(SCENARIO.format(n=9, tag=", held-out"), encoding="utf-8")
    command = [sys.executable, str(Path(__file__).with_name("forked_training.py"))]
    environment = {**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=root
    ) as child:
        told, heard = child.stdin, child.stdout
        assert told is not None and heard is not None

        def job(fields: dict[str, object], **more: object) -> dict[str, Any]:
            told.write(json.dumps({"fields": fields, **more}) + "\n")
            told.flush()
            found: dict[str, Any] = json.loads(heard.readline())
            return found

        found = Forked(job, place, tiny_base)
        assert found.start("whole")["ended"] == "done"
        yield found
        told.close()


@pytest.fixture(scope="session")
def whole(forked: Forked) -> Outcome:
    """The outcome of the run in one go."""
    return forked.outcome("whole")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def llama(starter: Path) -> AsyncIterator[WorkerProcess]:
    """The worker with the starter model loaded."""
    from tests.workers.llama_worker import load  # brings numpy with it

    worker = await load(starter)
    yield worker
    await worker.close()
