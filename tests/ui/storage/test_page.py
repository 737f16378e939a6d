"""The Storage page: what takes room is listed by size, freed after one question that says what is lost."""

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from studio.jobs.runs import CONFIG, Journal
from studio.ui.context import Context
from studio.ui.storage.page import StoragePage


def finished(runs: Path, name: str, size: int) -> Path:
    """A run that came to its end, with a checkpoint of some size."""
    run = runs / f"2026-11-21-{name}-train"
    step = run / "checkpoints" / "step-000004"
    step.mkdir(parents=True)
    (step / "trainer.safetensors").write_bytes(b"0" * size)
    (run / CONFIG).write_text("base: -\n", "utf-8")
    journal = Journal(run)
    journal.add({"event": "step", "step": 4, "of": 4, "loss": 1.0})
    journal.add({"event": "done"})
    journal.close()
    return run


@pytest.fixture
def page(context: Context, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StoragePage:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    finished(context.workspace.runs, "small", 10_000)
    finished(context.workspace.runs, "large", 50_000)
    made = StoragePage(context)
    qtbot.addWidget(made)
    return made


async def looked(page: StoragePage) -> None:
    await asyncio.sleep(0)
    while page.errands.busy:
        await asyncio.sleep(0.01)


def names(page: StoragePage) -> list[str]:
    return [str(page.ordered.index(row, 0).data()) for row in range(page.ordered.rowCount())]


async def test_what_is_chosen_goes_into_the_bin_after_one_question(page: StoragePage, context: Context) -> None:
    page.open()
    await looked(page)
    sizes = [page.ordered.index(row, 2).data(Qt.ItemDataRole.UserRole) for row in range(page.ordered.rowCount())]
    assert sizes == sorted(sizes, reverse=True), "the largest stands first"
    page.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    assert names(page) == sorted(names(page), key=str.lower)
    assert not page.free.isEnabled()
    page.safe.click()
    chosen = {one.key for one in page.chosen()}
    assert {"checkpoints:2026-11-21-small-train", "checkpoints:2026-11-21-large-train"} <= chosen
    assert not any(key.startswith("run:") for key in chosen), "what is not made again is not safe"
    page.table.selectRow(names(page).index("2026-11-21-large-train"))
    (one,) = page.chosen()
    page.free.click()
    assert page.question is not None and one.loss in page.question.informativeText()
    keep, free = page.question.findChildren(QPushButton)
    assert page.question.defaultButton() is keep
    freed: list[bool] = []
    context.storage_freed.connect(lambda: freed.append(True))
    free.click()
    await looked(page)
    assert freed and one.key not in {left.key for left in page.model.rows}
    assert not any(path.exists() for path in one.paths)
    assert (context.workspace.runs / "2026-11-21-large-train" / CONFIG).is_file() is (one.kind.value == "checkpoints")


async def test_what_is_in_use_cannot_be_chosen(page: StoragePage, context: Context) -> None:
    journal = Journal(context.workspace.runs / "2026-11-21-small-train")
    journal.add({"event": "phase", "name": "base"})
    journal.close()
    page.open()
    await looked(page)
    page.table.selectAll()
    assert not any("small" in one.key for one in page.chosen()) and any("large" in one.key for one in page.chosen())
