"""The path to a first model: every stage through the desks, a failed one tried again from where it was."""

import datetime
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from studio.errors import LorewrightError
from studio.jobs.errors import WorkerDied
from studio.jobs.protocol import Fields
from studio.jobs.runs import REPORT, Run, new_run_folder
from studio.ui.context import Comparison
from studio.ui.first_run.journey import Journey
from studio.ui.workbench import Workbench
from studio.workspace import Workspace, open_or_make


@dataclass
class Recorded:
    """A job whose events were written down; `report` is what it left, `end` how it failed."""

    run: Run
    events_: list[Fields]
    report: Fields | None = None
    end: LorewrightError | None = None

    async def events(self) -> AsyncIterator[Fields]:
        for event in self.events_:
            yield event
        if self.end is not None:
            raise self.end
        if self.report is not None:
            (self.run.path / REPORT).write_text(json.dumps(self.report), "utf-8")

    async def cancel(self, *, pause: bool = False) -> None:
        return None


@dataclass
class Bench:
    """Both desks with recorded jobs; the conversions that fail come first."""

    workbench: Workbench
    asked: list[tuple[str, Fields]]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return open_or_make(tmp_path / "Game")


@pytest.fixture
def bench(workspace: Workspace) -> Bench:
    made = Bench(Workbench(lambda: workspace), [])
    failures: list[LorewrightError] = [WorkerDied(worker="convert", reason="SIGKILL", tail="-")]

    def folder(kind: str) -> Run:
        return Run(new_run_folder(workspace.runs, "first-model", kind, datetime.date(2026, 11, 21)))

    async def train(_workspace: Workspace, values: Fields) -> Recorded:
        made.asked.append(("train", values))
        return Recorded(folder("train"), [{"event": "step", "step": 1, "of": 1, "loss": 2.0}])

    async def convert(_workspace: Workspace, values: Fields) -> Recorded:
        made.asked.append(("convert", values))
        gguf = workspace.models / "first-model" / "first-model-Q4_K_M.gguf"
        gguf.parent.mkdir(parents=True, exist_ok=True)
        gguf.write_bytes(b"GGUF")
        end = failures.pop() if failures else None
        return Recorded(folder("convert"), [{"event": "phase", "name": "merge"}], {"gguf": str(gguf), "files": []}, end)

    made.workbench.training.start_job = train
    made.workbench.conversion.start_job = convert
    return made


async def test_the_path_is_gone_and_a_failed_stage_is_tried_again(
    bench: Bench, workspace: Workspace, starter: Path
) -> None:
    arrived: list[Comparison] = []
    journey = Journey(lambda: workspace, bench.workbench, arrived=arrived.append)
    assert not journey.begun
    await journey.go()
    assert isinstance(journey.failure, WorkerDied) and not arrived
    assert [stage.status for stage in journey.stages()] == ["done", "done", "failed", "waiting"]

    await journey.go()
    assert journey.failure is None and journey.ended
    assert [kind for kind, _values in bench.asked] == ["train", "convert", "convert"], "the training is not done again"
    (comparison,) = arrived
    assert comparison.left == starter and comparison.right.name == "first-model-Q4_K_M.gguf"
    assert comparison.line and "held-out" in comparison.scenario.read_text("utf-8")
    assert {stage.status for stage in journey.stages()} == {"done"}


async def test_the_defaults_suffice(bench: Bench, workspace: Workspace, starter: Path) -> None:
    await Journey(lambda: workspace, bench.workbench).go()
    (_kind, values), *_rest = bench.asked
    files = values["scenarios"]
    assert isinstance(files, list) and len(files) >= 44
    assert values["base"] == str(starter) and float(str(values["max_minutes"])) <= 7


async def test_without_the_starter_it_says_what_is_missing(
    bench: Bench, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("studio.ui.play.shelf.shipped_models", lambda: tmp_path / "none")
    journey = Journey(lambda: workspace, bench.workbench)
    await journey.go()
    assert "starter" in str(journey.failure) and bench.asked == []
