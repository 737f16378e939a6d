"""What the workers' tests share: a model small enough to train in seconds, scenarios, and jobs run to their end."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from studio.errors import LorewrightError
from studio.jobs.job import WorkerJob
from studio.jobs.process import WorkerProcess
from studio.jobs.protocol import Fields
from studio.jobs.runs import Run

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


@pytest.fixture(scope="session")
def tiny_base(starter: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Hugging Face folder of a random two-layer model."""
    folder = tmp_path_factory.mktemp("base") / "tiny"
    child = [sys.executable, str(Path(__file__).with_name("tiny_base.py")), str(starter), str(folder)]
    subprocess.run(child, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": str(root)}, timeout=300)
    return folder


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


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def llama(starter: Path) -> AsyncIterator[WorkerProcess]:
    """The worker with the starter model loaded."""
    from tests.workers.llama_worker import load  # brings numpy with it

    worker = await load(starter)
    yield worker
    await worker.close()
