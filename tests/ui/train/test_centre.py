"""The centre of the Train tab, on run folders as workers leave them: curves, replies by step, runs side by side."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from PySide6.QtWidgets import QWidget

from studio.jobs.protocol import Fields
from studio.jobs.runs import CONFIG, Journal
from studio.training.checkpoints import MANIFEST, NEEDED, PINNED
from studio.ui.context import Context
from studio.ui.errands import Errands
from studio.ui.theme.tokens import DARK, LIGHT, contrast
from studio.ui.train.centre import Centre
from studio.ui.train.deeds import Deeds
from studio.ui.train.lines import SERIES, series


def left(runs: Path, name: str, rate: float, end: Fields) -> Path:
    """A run of four steps with two checkpoints."""
    run = runs / f"2026-11-21-{name}-train"
    run.mkdir(parents=True)
    settings = {"base": "-", "scenarios": ["-"], "learning_rate": rate, "profile": "cpu-starter"}
    (run / CONFIG).write_text(yaml.safe_dump(settings), "utf-8")
    journal = Journal(run)
    journal.add({"event": "sample", "step": 0, "replies": [{"line": "I wade.", "text": "Water."}]})
    for step in range(1, 5):
        journal.add(
            {"event": "step", "step": step, "of": 8, "loss": 4 / step, "learning_rate": rate, "tokens_per_second": 90}
        )
        journal.add({"event": "validation", "step": step, "loss": 3 + abs(step - 2)})
        if step % 2 == 0:
            journal.add({"event": "sample", "step": step, "replies": [{"line": "I wade.", "text": f"Reply {step}."}]})
            journal.add({"event": "accuracy", "step": step, "right": step, "of": 8})
            checkpoint(run / "checkpoints" / f"step-{step:06d}")
    journal.add(end)
    journal.close()
    return run


def checkpoint(folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in NEEDED:
        (folder / name).write_text(name, "utf-8")
    digests = {name: hashlib.sha256(name.encode()).hexdigest() for name in NEEDED}
    (folder / MANIFEST).write_text(json.dumps(digests), "utf-8")


@pytest.fixture
def centre(context: Context, delete: Callable[[QWidget], None]) -> Iterator[Centre]:
    runs, told = context.workspace.runs, list[object]()
    left(runs, "harbour", 0.001, {"event": "done"})
    left(runs, "tavern", 0.01, {"event": "cancelled", "paused": True, "step": 4, "run": "tavern"})
    desk = context.workbench.training
    made = Centre(context, desk, Errands(told.append), Deeds(context, desk, told.append), QWidget())
    yield made
    assert not told
    delete(made)


async def quiet(centre: Centre) -> None:
    await asyncio.sleep(0)
    while centre._errands.busy:
        await asyncio.sleep(0.01)


async def shown(centre: Centre, name: str) -> Path:
    desk = centre._desk
    (path,) = [row.path for row in await desk.relist() if row.name == name]
    await desk.show(path)
    await quiet(centre)
    return path


async def test_a_run_is_shown_by_kind_of_curve_and_its_replies_step_by_step(centre: Centre) -> None:
    await shown(centre, "tavern")
    curves, samples = centre.work.curves, centre.work.samples
    for view, name, points in (
        ("rate", "learning rate", [(step, 0.01) for step in range(1, 5)]),
        ("speed", "tokens a second", [(step, 90) for step in range(1, 5)]),
        ("calls", "right calls on held-out turns", [(2, 25), (4, 50)]),
    ):
        curves.choose(view)
        (line,) = curves.others.plot.lines
        assert curves.legend.names == (line.name,) == (name,) and list(line.points) == points
    curves.choose("machine")
    await quiet(centre)
    assert not curves.others.plot.lines, "nobody watched the machine"
    assert samples.chosen == 4 and not samples.later.isEnabled()
    samples.earlier.click()
    assert samples.chosen == 2 and [a.latest for a in samples.answers._answers] == ["Reply 2."]
    assert "step 4." in centre.work.outlook and centre.can_go_on


async def test_checkpoints_are_pinned_and_tell_why_they_stay(centre: Centre) -> None:
    path = await shown(centre, "tavern")
    view = centre.below.checkpoints
    centre.below.turn_to("checkpoints")
    await quiet(centre)
    assert [(row.step, row.marks) for row in view.rows] == [(4, ""), (2, "best")] and view.go_on.isEnabled()
    view.pin.click()
    await quiet(centre)
    assert (path / "checkpoints" / "step-000004" / PINNED).is_file() and view.rows[0].marks == "pinned"
    assert view.pin.text() == "Unpin"
    await shown(centre, "harbour")
    assert not view.go_on.isEnabled() and "end" in view.go_on.toolTip()


async def test_several_runs_lie_over_each_other_with_what_differs(centre: Centre) -> None:
    await shown(centre, "harbour")
    centre.below.runs.selectAll()
    await quiet(centre)
    comparison = centre.comparison
    assert comparison.isVisibleTo(centre) and set(comparison.legend.names) == {"harbour", "tavern"}
    assert len({(line.colour, line.style) for line in comparison.picture.plot.lines}) == 2
    rows = {name: values for name, values, _hover in comparison.model.rows}
    assert sorted(rows["Learning rate"]) == ["0.001", "0.01"] and "Base" not in rows
    comparison.back_wanted.emit()
    assert centre.work.isVisibleTo(centre) and len(centre.below.runs.selected()) == 1


def test_lines_are_told_apart_in_both_themes() -> None:
    assert len({series(number) for number in range(3 * len(SERIES))}) == 3 * len(SERIES)
    for colours in (DARK, LIGHT):
        tokens = [getattr(colours, name) for name in SERIES]
        assert len(set(tokens)) == len(SERIES) and all(contrast(token, colours.panel) >= 3 for token in tokens)
