"""The Evaluate tab in a window with its own event loop: a real model in a real worker on a suite of two lines."""

import asyncio
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from studio.evaluation.results import kept_results
from studio.ui.context import Context
from studio.ui.evaluate.models import model_rows, read_added
from studio.ui.evaluate.tab import EvaluateTab
from studio.ui.play.remarks import TroubleCard
from studio.workspace import Workspace
from tests.evaluation.plays import HELD
from tests.ui.loops import Go

LINES = 2


@pytest.fixture
def tab(qtbot: QtBot, context: Context, starter: Path, tmp_path: Path) -> EvaluateTab:
    (context.workspace.models / "starter").mkdir(parents=True)
    (context.workspace.models / "starter" / starter.name).symlink_to(starter)
    made = EvaluateTab(context)
    context.workbench.evaluation.shipped = lambda: tmp_path / "nothing"
    qtbot.addWidget(made)
    made.resize(1200, 760)
    made.show()
    return made


def hold_out(workspace: Workspace) -> None:
    path = workspace.scenarios / "combat" / "held.md"
    path.write_text(HELD, encoding="utf-8")


def busy(tab: EvaluateTab) -> bool:
    return tab.desk.busy


def click(button: QWidget) -> None:
    """Clicks as a mouse does: what cannot be clicked stays as it is."""
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


async def settled(tab: EvaluateTab) -> None:
    """Waits for what was asked, and until it is drawn."""
    for _turn in range(6000):
        await asyncio.sleep(0.02)
        if not tab.busy and not tab._late.isActive():
            return
    pytest.fail("it never came to rest")


class Page(HTMLParser):
    """The names of a page's elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)


@pytest.mark.native
def test_a_model_is_measured_stopped_gone_on_with_read_and_exported(
    go: Go, tab: EvaluateTab, context: Context, tmp_path: Path
) -> None:
    results = context.workspace.results

    async def story() -> None:
        hold_out(context.workspace)
        tab.entered()
        await settled(tab)
        click(tab.left.make)
        await settled(tab)
        assert tab.desk.board.suites[0].name == "held-out" and tab.desk.board.suites[0].own
        (model,) = tab.desk.board.models
        pair = (model.word, "held-out")
        tab.matrix.choose([pair])
        tab._show()
        assert tab.desk.cell(pair).state == "none" and tab.start.isEnabled()

        click(tab.start)
        await asyncio.sleep(0)
        assert busy(tab) and tab.desk.cell(pair).state == "running"
        await asyncio.sleep(0.2)
        click(tab.stop_button)
        await settled(tab)
        assert not busy(tab) and tab.desk.cell(pair).state in ("none", "part")

        seen = []
        tab.desk.changed.append(lambda: seen.append(tab.desk.now))
        click(tab.start)
        await settled(tab)
        assert any(now is not None and now.of for now in seen), "nobody heard how far it was"
        assert tab.desk.failed == {}
        cell = tab.desk.cell(pair)
        assert cell.state == "done" and cell.lines[0].value.endswith("%") and "–" in cell.lines[0].interval
        assert not tab.start.isEnabled(), "what is whole needs no measuring"

        detail = tab.detail.detail
        assert detail is not None and len(detail.cases) == LINES and detail.heads == ("keyword", "usual")
        tab.detail.to_rivals.click()
        told = [one.text() for one in tab.detail.rivals.findChildren(QLabel)]
        assert any("a keyword rule" in text for text in told) and any("points" in text for text in told)
        tab.detail.to_cases.click()
        tab.detail.cases.every.click()
        assert tab.detail.cases.rows.rowCount() == LINES
        first = tab.detail.cases.rows.rows[0]
        assert tab.detail.cases.expected.toPlainText() == first.expected != ""
        assert [row.name for row in tab.desk.board.history] == [Path(model.word).stem]

        page = tmp_path / "page.html"
        await tab.write("held-out", page)
        tags = Page(page.read_text("utf-8")).tags
        assert "svg" in tags and "table" in tags and "script" not in tags
        assert len([kept for kept in kept_results(results) if not kept.measured.rival]) == 1

    go(story())


def test_what_goes_wrong_is_a_card_and_the_next_one_is_measured(go: Go, tab: EvaluateTab, context: Context) -> None:
    async def story() -> None:
        hold_out(context.workspace)
        broken = context.workspace.models / "broken.gguf"
        broken.write_bytes(b"no model")
        suites = context.workspace.root / "suites"
        suites.mkdir(exist_ok=True)
        (suites / "wrong.yaml").write_text("parts: [{kind: nonsense}]\n", encoding="utf-8")
        tab.entered()
        await settled(tab)
        pair = (str(broken), "tool-calls")
        assert tab.desk.cell((str(broken), "wrong")).state == "failed"
        assert not tab.desk.can_measure((str(broken), "wrong"))
        await tab.desk.measure([pair])
        await settled(tab)
        assert tab.desk.cell(pair).state == "failed"
        (card,) = tab.findChildren(TroubleCard)
        assert card.button is not None
        card.button.click()
        await settled(tab)
        assert tab.desk.failed == {} and tab.desk.can_measure(pair)

    go(story())


def test_without_anything_held_out_it_is_said_what_to_do(go: Go, tab: EvaluateTab, context: Context) -> None:
    told: list[str] = []
    context.toasted.connect(lambda toast: told.append(toast.text))

    async def story() -> None:
        tab.entered()
        await settled(tab)
        tab.make_suite()
        await settled(tab)

    go(story())
    assert "held-out" in told[0]


def test_an_empty_workspace_names_the_next_step(go: Go, tab: EvaluateTab, context: Context) -> None:
    async def story() -> None:
        for path in context.workspace.models.rglob("*.gguf"):
            path.unlink()
        tab.entered()
        await settled(tab)

    go(story())
    assert tab._pages.currentIndex() == 0


def test_the_models_are_files_runs_checkpoints_folders_and_what_was_added(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    run, other = workspace.runs / "2026-11-21-tavern-train", workspace.runs / "2026-11-22-inn-train"
    (run / "adapter").mkdir(parents=True)
    (run / "config.yaml").write_text("base: x\n", encoding="utf-8")
    for step in (10, 20):
        (other / "checkpoints" / f"step-{step:06d}").mkdir(parents=True)
    (workspace.models / "whole").mkdir(parents=True)
    (workspace.models / "whole" / "config.json").write_text("{}", encoding="utf-8")
    for place in ("inn", ".published/inn/0001"):  # a version stands in the table by its name alone
        (workspace.models / place).mkdir(parents=True)
        (workspace.models / place / "inn-2B-v1.0-Q8_0.gguf").write_bytes(b"GGUF")
    added = ["http://localhost:8080/v1#tavern", str(tmp_path / "gone.gguf"), str(run)]
    rows = model_rows(workspace, tmp_path / "none", added)
    assert [(row.kind, row.name, row.about) for row in rows] == [
        ("gguf", "inn Q8_0", "4 B"),
        ("folder", "whole", "Hugging Face folder"),
        ("checkpoint", "inn", "step 20"),
        ("run", "tavern", "21 Nov 2026"),
        ("service", "tavern", "http://localhost:8080/v1"),
    ]


def test_an_address_is_added_and_kept(go: Go, tab: EvaluateTab, context: Context) -> None:
    async def story() -> None:
        hold_out(context.workspace)
        tab.entered()
        await settled(tab)
        asked = tab.menu.ask_address()
        asked.address.setText("no address")
        assert not asked._ok.isEnabled()
        asked.address.setText("http://localhost:1/v1#tavern")
        asked.answer()
        await settled(tab)
        row = tab.desk.board.models[-1]
        assert (row.kind, row.name, row.added) == ("service", "tavern", True)
        assert tab.desk.can_measure((row.word, "tool-calls")) and not tab.desk.can_export("tool-calls")

    go(story())
    assert read_added(context.settings.text("evaluate.added", "")) == ["http://localhost:1/v1#tavern"]
    assert read_added("{broken") == read_added('{"a": 1}') == []
