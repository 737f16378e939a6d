from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.scenario.game import RULES_FILE, TOOLS_FILE
from studio.ui.context import Context
from studio.ui.write.page import Page
from studio.ui.write.tab import WriteTab
from studio.workspace.folder import MARKER

LONG = 30_000


@pytest.fixture
def tab(qtbot: QtBot, context: Context, delete: Callable[[QWidget], None]) -> Iterator[WriteTab]:
    made = WriteTab(context)
    made.resize(1200, 700)
    with qtbot.waitSignal(made.surveyor.ended, timeout=LONG):
        made.show()
    yield made
    for page in made.pages.pages:
        page.editor.document().setModified(False)
    made.closing()
    made.close()
    delete(made)


def opened(qtbot: QtBot, tab: WriteTab, context: Context) -> Page:
    tab.open_path(context.workspace.scenarios / "combat" / "toll-bridge.md")
    page = tab.pages.current
    assert page is not None
    qtbot.waitUntil(lambda: page.parsed is not None, timeout=LONG)
    return page


def test_the_party_form_edits_the_page_and_one_undo_serves_both(qtbot: QtBot, tab: WriteTab, context: Context) -> None:
    page = opened(qtbot, tab, context)
    before = page.editor.text()
    tab.words["party"].click()
    assert tab.about.shown == "party"
    sheet = tab.about.party.sheet
    assert sheet.name.text() == "Wren"
    page.editor.setFocus()
    QTest.keyClick(page.editor, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(page.editor, "x")
    sheet.health[0].setFocus()
    sheet.health[0].selectAll()
    QTest.keyClicks(sheet.health[0], "7")
    QTest.keyClick(sheet.health[0], Qt.Key.Key_Return)
    assert page.editor.text() == before.replace("20/26", "7/26") + "x"
    assert page.editor.textCursor().atEnd()
    assert page.dirty
    page.editor.undo()
    assert page.editor.text() == before + "x"
    qtbot.waitUntil(lambda: sheet.health[0].text() == "20", timeout=LONG)
    page.editor.undo()
    assert page.editor.text() == before
    cursor = page.editor.document().find("20/26")
    cursor.insertText("11/26")
    qtbot.waitUntil(lambda: sheet.health[0].text() == "11", timeout=LONG)


def test_the_foot_of_the_text_says_its_tokens(qtbot: QtBot, tab: WriteTab, context: Context) -> None:
    page = opened(qtbot, tab, context)
    qtbot.waitUntil(lambda: page.footer.tokens != "", timeout=LONG)
    before = page.footer.tokens
    page.editor.textCursor().insertText("<!-- nothing that a model reads -->\n")
    cursor = page.editor.document().find("He counts his coppers again.")
    cursor.insertText("He counts his coppers again and again, and once more for luck.")
    qtbot.waitUntil(lambda: page.footer.tokens != before, timeout=LONG)


def test_the_panel_that_was_shown_last_is_shown_again(
    tab: WriteTab, context: Context, delete: Callable[[QWidget], None]
) -> None:
    tab.words["tokens"].click()
    other = WriteTab(context)
    assert other.about.shown == "tokens"
    other.closing()
    delete(other)


def test_own_tools_and_rules_serve_in_the_window_at_once(qtbot: QtBot, tab: WriteTab, context: Context) -> None:
    page = opened(qtbot, tab, context)
    cursor = page.editor.document().find("[roll: stealth]")
    cursor.insertText("[test: stealth]")
    qtbot.waitUntil(lambda: any(item.code.startswith("T") for item in page.diagnostics), timeout=LONG)
    root = context.workspace.root
    (root / TOOLS_FILE).write_text(
        "test: {like: roll, example: '[test: stealth]', help: Ask for a check.}\n", encoding="utf-8"
    )
    (root / RULES_FILE).write_text("outcomes: {success: '*SUCCESS*', failure: '*NO*'}\n", encoding="utf-8")
    with qtbot.waitSignal(tab.surveyor.ended, timeout=LONG):
        context.read_game()
    qtbot.waitUntil(lambda: not any(item.severity == "error" for item in page.diagnostics), timeout=LONG)
    assert page.parsed is not None and page.parsed.tools.effect("test") == "roll"
    assert page.game.words.outcomes == ("*SUCCESS*", "*NO*")


def test_a_damaged_file_of_the_game_stands_among_the_problems(tab: WriteTab, context: Context) -> None:
    path = context.workspace.root / TOOLS_FILE
    path.write_text("- 1\n", encoding="utf-8")
    context.read_game()
    assert context.problems.count("error", path) == 1
    path.write_text("", encoding="utf-8")
    context.read_game()
    assert context.problems.count("error", path) == 0


def test_settings_of_the_checks_that_cannot_be_used_stand_among_the_problems_until_they_are_mended(
    qtbot: QtBot, tab: WriteTab, context: Context
) -> None:
    path = context.workspace.root / MARKER
    before = path.read_text("utf-8")
    path.write_text(before + "lint: &all [*all]\n", encoding="utf-8")
    qtbot.waitUntil(lambda: context.problems.count("error", path) == 1, timeout=LONG)
    (row,) = [row for row in context.problems.rows if row.path == path]
    assert "cannot be used" in row.message and "\n" not in row.message
    path.write_text(before + "lint: {ignore: [W]}\n", encoding="utf-8")
    qtbot.waitUntil(lambda: context.problems.count("error", path) == 0, timeout=LONG)


def test_a_table_that_others_write_is_taken_up(qtbot: QtBot, tab: WriteTab, context: Context) -> None:
    path = context.workspace.root / RULES_FILE
    path.write_text("die: 6\n", encoding="utf-8")
    qtbot.waitUntil(lambda: context.game.words.die == 6, timeout=LONG)
    with path.open("w", encoding="utf-8") as stream:  # in place, as many editors write
        stream.write("die: 8\n")
    qtbot.waitUntil(lambda: context.game.words.die == 8, timeout=LONG)


def test_the_tables_open_in_their_form_and_no_other_yaml(tab: WriteTab, context: Context) -> None:
    told: list[str] = []
    context.toasted.connect(lambda toast: told.append(toast.text))
    tab.open_path(context.workspace.root / RULES_FILE)
    form = tab._game_form
    assert form is not None and form.isVisible() and form.words["rules"].isChecked()
    form.reject()
    tab.open_path(context.workspace.root / "other.yaml")
    assert len(told) == 1 and "other.yaml" in told[0]
    assert tab.pages.pages == ()
