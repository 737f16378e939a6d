"""“Play now” in the Train tab: the first thing that a finished run offers."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget

from studio.errors import LorewrightError
from studio.gguf.adapter_file import BaseIsNoGguf
from studio.jobs.runs import Journal
from studio.ui.context import Context
from studio.ui.errands import Errands
from studio.ui.play import shelf
from studio.ui.train.centre import Centre
from studio.ui.train.checkpoints import CheckpointRow
from studio.ui.train.deeds import Deeds
from tests.gguf.adapters import adapter_folder, drawn, run_folder
from tests.gguf.tiny_model import write_model


@pytest.fixture
def told() -> list[LorewrightError]:
    """What the tab told."""
    return []


@pytest.fixture
def centre(context: Context, told: list[LorewrightError], delete: Callable[[QWidget], None]) -> Iterator[Centre]:
    desk = context.workbench.training
    made = Centre(context, desk, Errands(told.append), Deeds(context, desk, told.append), QWidget())
    yield made
    delete(made)


async def clicked(centre: Centre, run: Path, end: str = "done") -> None:
    """Shows a run that ended so, and clicks the button."""
    journal = Journal(run)
    journal.add({"event": "step", "step": 1, "of": 1, "loss": 1.0, "learning_rate": 0.1, "tokens_per_second": 9})
    journal.add({"event": end})
    journal.close()
    await centre._desk.show(run)
    await asyncio.sleep(0)
    assert centre.can_play is centre.work.play.isVisibleTo(centre.work) is (end == "done")
    centre.work.play.click()
    await asyncio.sleep(0)
    while centre._errands.busy:
        await asyncio.sleep(0.01)


async def test_a_finished_run_opens_in_play(centre: Centre, context: Context, told: list[LorewrightError]) -> None:
    run = run_folder(context.workspace.runs, write_model(context.workspace.models / "base.gguf"))
    wanted, tabs = list[Path](), list[str]()
    context.seat_wanted.connect(wanted.append)
    context.wanted.connect(tabs.append)
    await clicked(centre, run)
    assert (wanted, tabs, told) == ([run], ["play"], [])
    assert (run / "adapter.gguf").is_file()
    assert centre.work.play.property("kind") == "primary"
    assert centre.work.on.property("kind") != "primary"


async def test_a_checkpoint_opens_in_play_too(centre: Centre, context: Context) -> None:
    run = run_folder(context.workspace.runs, write_model(context.workspace.models / "base.gguf"))
    checkpoint = adapter_folder(run / "checkpoints" / "step-000012", drawn())
    wanted = list[Path]()
    context.seat_wanted.connect(wanted.append)
    await centre._deeds.play(CheckpointRow(checkpoint, 12, "", 0, best=False, pinned=False, damaged=None))
    assert wanted == [checkpoint]
    assert (checkpoint / "adapter.gguf").is_file()
    assert [shelf.trained(path).name for path in (run, checkpoint)] == ["weir, as trained", "weir, step 12"]


async def test_on_a_folder_it_says_what_is_needed_instead(
    centre: Centre, context: Context, told: list[LorewrightError]
) -> None:
    run = run_folder(context.workspace.runs, context.workspace.models)
    wanted = list[Path]()
    context.seat_wanted.connect(wanted.append)
    await clicked(centre, run)
    assert [type(error) for error in told] == [BaseIsNoGguf]
    assert "lorewright convert" in str(told[0])
    assert wanted == []


async def test_a_run_that_ended_early_does_not_offer_it(centre: Centre, context: Context) -> None:
    run = run_folder(context.workspace.runs, context.workspace.models)
    wanted = list[Path]()
    context.seat_wanted.connect(wanted.append)
    centre.work.play.setEnabled(False)
    await clicked(centre, run, "cancelled")
    assert wanted == []
    assert json.loads((run / "config.yaml").read_text(encoding="utf-8"))["base"]
