"""Closing the window while a job runs: it is asked about, and a stop lets the run end as cancelled."""

import asyncio
import datetime
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from studio.errors import Cancelled
from studio.jobs.errors import Paused
from studio.jobs.protocol import Fields
from studio.jobs.runs import Run, new_run_folder
from studio.ui.start import Studio
from studio.ui.theme import Theme
from studio.ui.train.tab import TrainTab
from studio.workspace import Workspace
from tests.ui.loops import Go


class EndlessJob:
    """A job (a true boundary: a worker) that ends only when it is stopped."""

    def __init__(self, folder: Path) -> None:
        self.run = Run(folder)
        self.stopped = asyncio.Event()
        self.pausing = False

    async def events(self) -> AsyncIterator[Fields]:
        yield {"event": "step", "step": 1, "of": 100, "loss": 3.0}
        await asyncio.sleep(0.05)
        yield {"event": "checkpoint", "step": 1, "gone": []}
        await self.stopped.wait()
        if self.pausing:
            raise Paused(paused=True, step=1, run=self.run.name)
        raise Cancelled

    async def cancel(self, *, pause: bool = False) -> None:
        self.pausing = pause
        self.stopped.set()


async def start(workspace: Workspace, values: Fields) -> EndlessJob:
    return EndlessJob(new_run_folder(workspace.runs, str(values["name"]), "train", datetime.date(2026, 11, 21)))


@pytest.fixture
def studio(
    go: Go, theme: Theme, workspace: Workspace, tmp_path: Path, delete: Callable[[QWidget], None]
) -> Iterator[Studio]:
    made = Studio.build(workspace.root, tmp_path / "config", theme, ("train",))
    made.context.workbench.training.start_job = start
    made.window.show()
    yield made
    made.close()
    delete(made.window)


async def trained_a_little(studio: Studio) -> None:
    tab = studio.window.tabs["train"]
    assert isinstance(tab, TrainTab)
    tab.errands.start(tab.train({"name": "tavern"}))
    while not tab.desk.state.losses:
        await asyncio.sleep(0.01)


async def closed(studio: Studio) -> None:
    tab = studio.window.tabs["train"]
    while studio.window.isVisible() or tab.busy or studio.window.leaving._stopping:
        await asyncio.sleep(0.01)


def press(studio: Studio, words: str) -> None:
    (box,) = [box for box in studio.window.findChildren(QMessageBox) if box.isVisible()]
    assert "tavern" in box.informativeText()
    next(button for button in box.findChildren(QPushButton) if button.text() == words).click()


def test_a_running_job_is_asked_about_and_stopped_before_the_window_closes(go: Go, studio: Studio) -> None:
    desk = studio.context.workbench.training

    async def leave() -> None:
        await trained_a_little(studio)
        studio.window.close()
        press(studio, "Keep open")
        await asyncio.sleep(0.1)
        assert studio.window.isVisible() and desk.busy
        studio.window.close()
        press(studio, "Stop and close")
        await closed(studio)

    go(leave())
    assert isinstance(desk.error, Cancelled) and desk.progress is not None and desk.progress.status == "cancelled"


@pytest.mark.parametrize(
    ("words", "handed"), [("Pause and close", False), ("Keep on in the background", True)], ids=["pause", "background"]
)
def test_a_training_is_paused_once_it_can_go_on_and_handed_over_where_that_is_wanted(
    go: Go, studio: Studio, words: str, handed: bool
) -> None:
    bench = studio.context.workbench
    over: list[Path] = []
    bench.go_on_apart = lambda _workspace, run: over.append(run.path)

    async def leave() -> None:
        await trained_a_little(studio)
        assert not bench.training.state.checkpoints, "the pause must wait for something to go on from"
        studio.window.close()
        press(studio, words)
        assert not studio.window.isVisible(), "nobody is kept waiting"
        await closed(studio)

    go(leave())
    assert bench.training.state.paused and not bench.busy
    assert over == ([bench.training.shown.path] if handed and bench.training.shown else [])


def test_a_run_of_another_process_is_no_reason_to_ask(go: Go, studio: Studio) -> None:
    desk = studio.context.workbench.training

    async def leave() -> None:
        await trained_a_little(studio)
        desk.followed = True
        studio.window.close()
        assert not studio.window.isVisible()
        await closed(studio)

    go(leave())


def test_without_the_question_the_job_is_only_torn_off(go: Go, studio: Studio) -> None:
    desk = studio.context.workbench.training

    async def leave() -> None:
        await trained_a_little(studio)
        studio.window.leaving._jobs_settled = True
        studio.window.close()
        await closed(studio)

    go(leave())
    assert desk.error is None and desk.progress is not None and desk.progress.status != "cancelled"
