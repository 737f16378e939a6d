"""The Train tab through one whole run of the shipped workers: killed, paused, gone on with, in the background, done."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget

from studio.jobs.background import HOLDER, held
from studio.jobs.protocol import Fields
from studio.training.attending import worked_on
from studio.training.supervising import SupervisedJob
from studio.ui.start import Studio
from studio.ui.theme import Theme
from studio.ui.train.desk import Desk
from studio.ui.train.tab import TrainTab
from studio.workspace import Workspace
from tests.ui.loops import Go

STEPS = 80

pytestmark = [pytest.mark.native, pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")]


@pytest.fixture
def studio(
    go: Go, theme: Theme, workspace: Workspace, tmp_path: Path, delete: Callable[[QWidget], None]
) -> Iterator[Studio]:
    made = Studio.build(workspace.root, tmp_path / "config", theme, ("train",))
    made.window.show()
    yield made
    made.close()
    delete(made.window)


def settings(base: Path, workspace: Workspace) -> Fields:
    return {
        "name": "tavern", "base": str(base), "scenarios": [str(path) for path in workspace.scenario_files()],
        "lora": {"rank": 4, "alpha": 8, "layers": "all"}, "steps": STEPS, "checkpoint_every": 10, "threads": 1,
        "sample_every": 25, "sample_tokens": 2, "validation_examples": 0, "max_length": 256, "allow_errors": True,
    }  # fmt: skip


async def until(desk: Desk, reached: Callable[[], object], what: str) -> None:
    for _turn in range(3000):
        if reached():
            return
        await asyncio.sleep(0.02)
    pytest.fail(
        f"never came to: {what}; {desk.busy=} {desk.state.status=} {desk.state.phase=} {desk.state.step=} {desk.error=}"
    )


def test_a_run_is_killed_paused_gone_on_with_left_to_itself_and_comes_to_its_end(
    go: Go, studio: Studio, workspace: Workspace, tiny_base: Path
) -> None:
    tab = studio.window.tabs["train"]
    assert isinstance(tab, TrainTab)
    desk, centre = tab.desk, tab.centre
    work, below = centre.work, centre.below

    def step() -> int:
        return desk.state.step

    async def whole() -> None:
        # it starts; kill -9 takes the worker away, and the run is taken up again by itself
        tab.errands.start(tab.train(settings(tiny_base, workspace)))
        await until(desk, lambda: step() >= 12, "twelve steps")
        assert work.pause.isVisibleTo(work) and not work.go_on.isVisibleTo(work)
        job = desk.job
        assert isinstance(job, SupervisedJob) and job.job is not None
        os.kill(job.job.worker.pid, signal.SIGKILL)
        await until(desk, lambda: desk.state.resumed == 1, "the new start")
        assert any("ended by the system" in line for line in work.story.sentences), work.story.sentences
        await until(desk, lambda: step() >= 30, "steps after the kill")

        # it is paused, and its newest checkpoint spoilt: the one before is named, and it goes on from that
        work.pause.click()
        await until(desk, lambda: not desk.busy and desk.outlook is not None, "the pause")
        assert desk.progress is not None and desk.progress.status == "paused" and desk.shown is not None
        paused_at = step()
        spoilt = desk.shown.path / "checkpoints" / f"step-{paused_at:06d}"
        (spoilt / "trainer.safetensors").write_bytes(b"")
        await desk.show(desk.shown.path)
        below.turn_to("checkpoints")
        await until(desk, lambda: len(below.checkpoints.rows) > 1, "the list of checkpoints")
        assert below.checkpoints.rows[0].damaged == "trainer.safetensors" and not below.checkpoints.go_on.isEnabled()
        assert below.checkpoints.rows[1].damaged is None
        before = below.checkpoints.rows[1].step
        assert f"step {before}." in work.outlook and "trainer.safetensors" in work.outlook
        work.go_on.click()
        await until(desk, lambda: desk.state.resumed == 2 and step() > paused_at, "going on")
        assert any("passed over" in line for line in work.story.sentences)

        # the window lets go of it: a process of its own goes on, and the desk follows that one to the end
        run = desk.shown.path
        await studio.context.workbench.hand_over(60)
        assert held(run) and worked_on(run) and desk.state.paused
        await until(desk, lambda: desk.followed and desk.state.resumed == 3, "the run in the background")
        assert not studio.context.workbench.tied
        await until(desk, lambda: [row.status for row in below.runs.rows] == ["done"], "the end, in the list")
        assert desk.progress.status == "done" and (run / HOLDER).is_file()

    async def through() -> None:
        try:
            await whole()
        finally:
            studio.window.leaving._jobs_settled = True
            studio.window.close()
            await until(desk, lambda: not tab.busy, "nothing under way")

    go(through())
    assert [step for step, _loss in desk.state.losses] == list(range(1, STEPS + 1)), "each step once"
    assert work.on.isVisibleTo(work) and not work.pause.isVisibleTo(work)
    assert desk.progress is not None and len(desk.progress.samples) > 2 and work.samples.chosen == STEPS
    assert desk.shown is not None and desk.shown.samples(), "what the machine did is kept"
