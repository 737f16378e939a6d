import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.chat import messages, pieces, render
from studio.gguf.chat_side import chat_side
from studio.scenario import Scenario, parse
from studio.ui.context import Context
from studio.ui.play import shelf
from studio.ui.write.token_counts import Counted
from studio.ui.write.tokens_panel import TokensPanel

TEXT = (
    "<SYSTEM>\n# Role\nYou narrate.\n</SYSTEM>\n\n<User>I wade.</User>\n\n<DM>The water tugs.\n\n[roll: stealth]</DM>\n"
)
LONG = 30_000


@pytest.fixture
def panel(
    qtbot: QtBot, context: Context, starter: Path, monkeypatch: pytest.MonkeyPatch, delete: Callable[[QWidget], None]
) -> Iterator[TokensPanel]:
    monkeypatch.setattr(shelf, "shipped_models", lambda: starter.parent)
    made = TokensPanel(context)
    made.resize(400, 700)
    made.show()
    qtbot.waitUntil(lambda: made.models.count() > 0, timeout=LONG)
    yield made
    made.close()
    delete(made)


def counted(qtbot: QtBot, panel: TokensPanel, scenario: Scenario) -> Counted:
    found: list[Counted] = []
    panel.totals.connect(found.append)
    panel.show_scenario(scenario, now=True)
    qtbot.waitUntil(lambda: bool(found) and found[-1] is not None, timeout=LONG)
    panel.totals.disconnect(found.append)
    return found[-1]


def test_totals_and_rows_are_those_of_training(qtbot: QtBot, panel: TokensPanel, starter: Path) -> None:
    scenario = parse(TEXT).scenario
    found = counted(qtbot, panel, scenario)
    side = chat_side(starter)
    rendered = render(pieces(side.template, messages(scenario), add_generation_prompt=False), side.tokeniser)
    assert found.count is not None
    assert (found.count.total, found.count.trained) == (len(rendered.ids), rendered.trained)
    assert found.context == 8192
    assert panel.figure.text() == f"{len(rendered.ids)} tokens"
    assert panel._model.rowCount() == 3
    assert f"{rendered.trained} of them are trained on" in panel.sentence.text()


def test_lengths_are_measured_against_what_was_chosen(qtbot: QtBot, panel: TokensPanel) -> None:
    long = TEXT.replace("The water tugs.", "The water tugs at your knees. " * 250)
    counted(qtbot, panel, parse(long).scenario)
    panel.contexts.setCurrentIndex(panel.contexts.findData(1024))
    panel._choose_length()
    assert "more than the context holds" in panel.sentence.text()
    panel.contexts.setCurrentIndex(panel.contexts.findData(32768))
    panel.lengths.setCurrentIndex(panel.lengths.findData(512))
    panel._choose_length()
    assert "longer than an example in training" in panel.sentence.text()
    panel.lengths.setCurrentIndex(panel.lengths.findData(8192))
    panel._choose_length()
    assert panel.sentence.property("kind") == "caption"


def test_a_held_out_scenario_is_said_to_train_nothing(qtbot: QtBot, panel: TokensPanel) -> None:
    counted(qtbot, panel, parse("---\ntags: [held-out]\n---\n" + TEXT).scenario)
    assert "held out" in panel.sentence.text()


def test_the_tokens_of_the_chosen_turn_are_shown(qtbot: QtBot, panel: TokensPanel) -> None:
    counted(qtbot, panel, parse(TEXT).scenario)
    panel.view.setCurrentIndex(panel._model.index(2, 0))
    panel.toggle.setChecked(True)
    qtbot.waitUntil(lambda: "[roll" in panel.text.toPlainText(), timeout=LONG)
    grounds = {
        panel._context.theme.tint("dm", share).name()
        for share in (0.20, 0.34)
    }  # fmt: skip
    cursor = panel.text.document().find("water")
    assert cursor.charFormat().background().color().name() in grounds
    panel.view.setCurrentIndex(panel._model.index(1, 0))
    qtbot.waitUntil(lambda: "wade" in panel.text.toPlainText(), timeout=LONG)
    cursor = panel.text.document().find("wade")
    assert cursor.charFormat().background().color().name() not in grounds


def test_a_click_goes_to_the_turn(qtbot: QtBot, panel: TokensPanel) -> None:
    scenario = parse(TEXT).scenario
    counted(qtbot, panel, scenario)
    with qtbot.waitSignal(panel.chosen) as asked:
        panel._go(panel._model.index(2, 0))
    assert asked.args == [scenario.turns[1].span]


def test_a_model_that_cannot_be_read_leaves_the_words(
    qtbot: QtBot, panel: TokensPanel, context: Context, starter: Path
) -> None:
    broken = context.workspace.models / "broken.gguf"
    with starter.open("rb") as source, broken.open("wb") as target:
        shutil.copyfileobj(source, target, 4096)
        target.truncate(5000)
    panel.look()
    qtbot.waitUntil(lambda: panel.models.findData(str(broken)) > 0, timeout=LONG)
    panel.models.setCurrentIndex(panel.models.findData(str(broken)))
    panel._choose_model()
    found = counted(qtbot, panel, parse(TEXT).scenario)
    qtbot.waitUntil(lambda: "broken.gguf" in panel.sentence.text(), timeout=LONG)
    assert found.words > 0
    assert panel._model.rowCount() == 0
    assert context.settings.text("write.token_model") == str(broken)


def test_nothing_open_shows_what_would_be_here(qtbot: QtBot, panel: TokensPanel) -> None:
    counted(qtbot, panel, parse(TEXT).scenario)
    panel.show_scenario(None)
    assert panel._empty.isVisibleTo(panel)
