"""The Evaluate tab with the shipped workers on what a run has learnt, and on a folder in the form of Hugging Face."""

import asyncio
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.ui.context import Context
from studio.ui.evaluate.tab import EvaluateTab
from tests.evaluation.plays import HELD
from tests.ui.loops import Go
from tests.workers.conftest import FORKED, run_job

pytestmark = [pytest.mark.native, pytest.mark.slow]


async def settled(tab: EvaluateTab) -> None:
    """Waits for what was asked, and until it is drawn."""
    for _turn in range(15000):
        await asyncio.sleep(0.02)
        if not (tab.desk.busy or tab.errands.busy or tab._late.isActive()):
            return
    pytest.fail("it never came to rest")


def test_a_run_and_a_folder_are_measured_and_stand_in_one_report(
    go: Go, qtbot: QtBot, context: Context, tiny_base: Path, tmp_path: Path
) -> None:
    workspace = context.workspace

    async def story() -> None:
        config = {**FORKED, "base": str(tiny_base), "scenarios": [str(workspace.scenarios)], "steps": 1}
        trained = await run_job("train", workspace.runs, {"config": config})
        assert trained.error is None
        (workspace.scenarios / "combat" / "held.md").write_text(HELD, encoding="utf-8")
        workspace.models.mkdir(exist_ok=True)
        (workspace.models / "whole").symlink_to(tiny_base)
        tab = EvaluateTab(context)
        qtbot.addWidget(tab)
        tab.desk.shipped = lambda: tmp_path / "nothing"
        tab.show()
        tab.entered()
        await settled(tab)
        tab.left.make.click()
        await settled(tab)
        rows = {row.kind: row for row in tab.desk.board.models}
        assert set(rows) == {"run", "folder"}, rows
        pairs = [(rows[kind].word, "held-out") for kind in ("run", "folder")]
        tab.matrix.choose(pairs)
        tab.desk.rivals = False
        tab.start.click()
        await settled(tab)
        assert tab.desk.failed == {}
        for pair in pairs:
            standing = tab.desk.board.standings[pair]
            assert standing.whole and standing.evaluation is not None, standing
            assert tab.desk.cell(pair).lines[0].value.endswith("%")
        wished: list[str] = []
        context.wanted.connect(wished.append)
        tab.detail.write.click()
        assert wished == ["data"]
        page = tmp_path / "page.html"
        await tab.write("held-out", page)
        text = page.read_text("utf-8")
        assert rows["folder"].name in text and "<script" not in text

    go(story())
