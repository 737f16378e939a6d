"""New scenarios from templates and from character cards, and a character written as a card."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.lint import check
from studio.scenario import load
from studio.scenario.cards import blank_card, load_card, save_card
from studio.ui.context import Context, Toast
from studio.ui.write.export_card import ExportCard
from studio.ui.write.new_scenario import NewScenario
from studio.ui.write.page import Page
from studio.ui.write.tab import WriteTab
from studio.workspace.beginnings import beginnings
from studio.workspace.cards import KeptCards

LONG = 30_000
FERRYMAN = blank_card().changed({"name": "Old Marrow", "first_mes": "Two coins, {{user}}.", "from_tomorrow": [1]})


@pytest.fixture
def window(qapp: object, delete: Callable[[QWidget], None]) -> Iterator[QWidget]:
    made = QWidget()
    yield made
    delete(made)


@pytest.fixture
def dialog(context: Context, window: QWidget) -> Iterator[NewScenario]:
    made = NewScenario(context, window)
    yield made
    made.reject()
    made.cards.close()


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Two cards and a picture that is none."""
    paths = (tmp_path / "m.png", tmp_path / "i.json", tmp_path / "bad.png")
    save_card(paths[0], FERRYMAN)
    save_card(paths[1], FERRYMAN.changed({"name": "Iva", "mes_example": "<START>\n{{char}}: Ah."}))
    paths[2].write_bytes(b"\x89PNG")
    return paths


def caught(dialog: NewScenario) -> list[Path]:
    made: list[Path] = []
    dialog.made.connect(made.append)
    return made


def test_every_template_can_be_begun_from(context: Context, window: QWidget, qtbot: QtBot) -> None:
    for number, beginning in enumerate(beginnings()):
        dialog = NewScenario(context, window)
        made = caught(dialog)
        assert not dialog._make.isEnabled()
        dialog.templates.setCurrentRow(number)
        dialog.name.setText("The Bell")
        assert dialog.kind.currentData() == beginning.scenario_type and dialog._make.isEnabled()
        dialog.make()
        assert made[0].parent.name == beginning.scenario_type
        assert load(made[0]).scenario.metadata["title"] == "The Bell"
    assert len(list(context.workspace.scenarios.rglob("the-bell*.md"))) == len(beginnings())


def test_cards_become_a_scenario(
    dialog: NewScenario, files: tuple[Path, Path, Path], context: Context, qtbot: QtBot
) -> None:
    made = caught(dialog)
    dialog.cards.add(files)
    qtbot.waitUntil(lambda: len(dialog.cards.chosen) == 2, timeout=LONG)
    assert "bad.png" in dialog.cards.trouble.text() and dialog.kind.currentData() == "roleplay"
    assert dialog.name.placeholderText() == "Old Marrow & Iva" and dialog._make.isEnabled()
    dialog.cards.player.setText("Wren")
    dialog.make()
    parsed = load(made[0])
    system = parsed.scenario.system
    assert system is not None and [one.name for one in system.party] == ["Wren", "Old Marrow", "Iva"]
    assert parsed.scenario.metadata["title"] == "Old Marrow & Iva"
    assert not [item for item in check(parsed) if item.severity == "error"]
    assert KeptCards.of(context.workspace).find("iva") is not None


def test_cards_are_taken_out_again(dialog: NewScenario, files: tuple[Path, Path, Path], qtbot: QtBot) -> None:
    dialog.cards.add(files[:1])
    qtbot.waitUntil(lambda: len(dialog.cards.chosen) == 1, timeout=LONG)
    dialog.cards.remove()
    assert dialog.cards.chosen == () and not dialog._make.isEnabled()
    dialog.cards.remove()


def test_cards_are_dropped(dialog: NewScenario, files: tuple[Path, Path, Path], qtbot: QtBot) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in files[:2]])
    where, buttons, keys = QPoint(5, 5), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(where, Qt.DropAction.CopyAction, data, buttons, keys)
    dialog.dragEnterEvent(entering)
    assert entering.isAccepted()
    dialog.dropEvent(QDropEvent(where.toPointF(), Qt.DropAction.CopyAction, data, buttons, keys))
    qtbot.waitUntil(lambda: len(dialog.cards.chosen) == 2, timeout=LONG)
    assert dialog.words["cards"].isChecked()
    other = QMimeData()
    other.setUrls([QUrl("https://example.test/card.png"), QUrl.fromLocalFile("/x/text.txt")])
    refused = QDragEnterEvent(where, Qt.DropAction.CopyAction, other, buttons, keys)
    refused.setAccepted(False)
    dialog.dragEnterEvent(refused)
    assert not refused.isAccepted()


def test_what_cannot_be_saved_is_told_and_the_question_stays(
    dialog: NewScenario, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Toast] = []
    context.toasted.connect(told.append)
    (context.workspace.scenarios / "mixed").write_text("in the way")
    made = caught(dialog)
    dialog.name.setText("Bell")
    dialog.make()
    assert not made and told and told[0].kind == "error" and dialog.result() == 0


def test_a_picture_opened_in_the_tab_is_asked_about(
    made_tab: Callable[[], WriteTab], files: tuple[Path, Path, Path], qtbot: QtBot
) -> None:
    tab = made_tab()
    tab.open_path(files[2])
    assert tab._new is None
    tab.open_path(files[0])
    asked = tab._new
    assert asked is not None
    qtbot.waitUntil(lambda: len(asked.cards.chosen) == 1, timeout=LONG)
    asked.make()
    page = tab.pages.current
    assert page is not None and page.document.path.name == "old-marrow.md"


def test_a_character_becomes_a_card(
    made_tab: Callable[[], WriteTab],
    opened: Callable[[WriteTab, Path], Page],
    scenario: Path,
    context: Context,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    tab = made_tab()
    by_name = {command.name: command for command in tab.commands()}
    assert not by_name["write.export-card"].ready()
    page = opened(tab, scenario)
    assert by_name["write.export-card"].ready()
    by_name["write.export-card"].run()
    asked = next(child for child in tab.window().findChildren(ExportCard))
    assert asked.member.currentText() == "Wren"
    told: list[Toast] = []
    context.toasted.connect(told.append)
    asked.use_picture(scenario)
    asked.save(tmp_path / "w.png")
    assert told[-1].kind == "error" and not (tmp_path / "w.png").exists()
    save_card(tmp_path / "m.png", FERRYMAN)
    asked.use_picture(tmp_path / "m.png")
    asked.save(tmp_path / "w.png")
    assert told[-1].kind == "success"
    card = load_card(tmp_path / "w.png")
    assert card.name == "Wren" and "Stealth +6" in str(card.ours["sheet"])
    assert (tmp_path / "w.png").read_bytes()[:200] == (tmp_path / "m.png").read_bytes()[:200]
    assert page.document.path == scenario
    tab.about.turn_to("party")
    tab.about.party.buttons["export"].click()
    again = [child for child in tab.window().findChildren(ExportCard) if child is not asked and child.isVisible()]
    assert [one.member.currentText() for one in again] == ["Wren"]
