from collections.abc import Callable, Iterator, Sequence

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from studio.scenario import Edit, Scenario, ToolTable, parse
from studio.ui.theme import Theme
from studio.ui.write.editor import Editor
from studio.ui.write.fields import Field, Rows
from studio.ui.write.party_form import PartyForm

TEXT = """<SYSTEM>
# Party

## Wren
- Player Character
- Ranger
- Level 3
- Health: 20/26
- Inventory: Rope ,silver  x3
- Motto: never twice
- Skills: Stealth +6, Attack +5

## Tamsin
- NPC Companion
</SYSTEM>

<User>I wade.</User>

<DM>The water tugs.</DM>
"""


class Sheets:
    """The text of an editor, as a page gives it to the form."""

    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        self.steps = 0

    def scenario(self) -> Scenario | None:
        return None if self.editor.isReadOnly() else parse(self.editor.text()).scenario

    def apply(self, edits: Sequence[Edit]) -> object:
        self.steps += 1
        return self.editor.apply(edits)

    def undo(self, steps: int) -> None:
        (self.editor.undo if steps > 0 else self.editor.redo)()


class Desk(QWidget):
    """An editor and the form beside each other."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.editor = Editor(theme, ToolTable.shipped())
        self.editor.setParent(self)
        self.form = PartyForm(theme)
        self.form.setParent(self)
        self.editor.setGeometry(0, 0, 500, 700)
        self.form.setGeometry(500, 0, 400, 700)
        self.resize(900, 700)
        self.editor.fill(TEXT)
        self.sheets = Sheets(self.editor)
        self.form.attach(self.sheets)
        self.editor.edited.connect(lambda: self.form.follow(parse(self.editor.text()).scenario))


@pytest.fixture
def desk(qtbot: QtBot, theme: Theme, delete: Callable[[QWidget], None]) -> Iterator[Desk]:
    made = Desk(theme)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is made)
    yield made
    made.close()
    delete(made)


def put(field: Field, text: str, *, enter: bool = True) -> None:
    """Types into a field as a person does: all of it anew."""
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    if enter:
        QTest.keyClick(field, Qt.Key.Key_Return)


def shown(rows: Rows) -> list[tuple[str, ...]]:
    return [tuple(field.text() for field in row.fields) for row in rows.rows]


def test_the_form_shows_the_sheet(desk: Desk) -> None:
    sheet = desk.form.sheet
    assert [desk.form.list.item(n).text().split("  ")[0] for n in range(2)] == ["Wren", "Tamsin"]
    assert (sheet.name.text(), sheet.kind.text(), sheet.class_name.text()) == ("Wren", "Player Character", "Ranger")
    assert (sheet.level.text(), sheet.health[0].text(), sheet.health[1].text()) == ("3", "20", "26")
    assert shown(sheet.inventory) == [("Rope", "1"), ("silver", "3")]
    assert shown(sheet.skills) == [("Stealth", "+6"), ("Attack", "+5")]
    assert shown(sheet.other) == [("Motto", "never twice")]


def test_each_change_is_one_step_that_touches_its_field_and_undo_takes_it_back(desk: Desk) -> None:
    sheet, editor = desk.form.sheet, desk.editor
    put(sheet.health[0], "18")
    assert editor.text() == TEXT.replace("20/26", "18/26")
    put(sheet.inventory.rows[1].fields[1], "4")
    assert editor.text() == TEXT.replace("20/26", "18/26").replace("silver  x3", "silver x4")
    put(sheet.skills.rows[0].fields[1], "+7")
    put(sheet.other.rows[0].fields[1], "always")
    put(sheet.other.rows[0].fields[0], "Saying")
    assert "- Saying: always\n- Skills: Stealth +7, Attack +5" in editor.text()
    assert desk.sheets.steps == 5
    for _step in range(5):
        editor.undo()
    assert editor.text() == TEXT
    assert sheet.health[0].text() == "20"
    assert shown(sheet.other) == [("Motto", "never twice")]


def test_undo_in_a_field_is_the_texts(desk: Desk) -> None:
    level = desk.form.sheet.level
    put(level, "4")
    assert "- Level 4\n" in desk.editor.text()
    QTest.keyClick(level, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert desk.editor.text() == TEXT and level.text() == "3" and level.hasFocus()
    QTest.keyClick(level, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert "- Level 4\n" in desk.editor.text() and level.text() == "4"
    put(level, "57", enter=False)
    QTest.keyClick(level, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert level.text() != "57" and "- Level 4\n" in desk.editor.text()  # what is half typed has an undo of its own


def test_the_caret_stays_where_it_stands_in_the_text(desk: Desk) -> None:
    editor = desk.editor
    for mark in ("The water", "## Wren", "- Motto"):
        at = editor.text().index(mark)
        editor.select(at, at + 3)
        put(desk.form.sheet.health[0], "1")
        put(desk.form.sheet.health[0], "200")
        assert editor.textCursor().selectedText() == mark[:3]
        assert editor.text()[editor.caret() :].startswith(mark) or editor.textCursor().hasSelection()


def test_the_form_follows_the_text_and_keeps_the_half_typed_field(desk: Desk) -> None:
    sheet, editor = desk.form.sheet, desk.editor
    put(sheet.class_name, "Rog", enter=False)
    assert sheet.class_name.hasFocus() and sheet.class_name.half_typed
    at = editor.text().index("20/26")
    editor.apply((Edit(parse(TEXT).scenario.system.party[0].field_spans["health"], "9/30"),))  # type: ignore[union-attr]
    assert at
    assert (sheet.health[0].text(), sheet.health[1].text()) == ("9", "30")
    assert sheet.class_name.text() == "Rog" and sheet.class_name.hasFocus()
    assert sheet.class_name.cursorPosition() == 3
    QTest.keyClicks(sheet.class_name, "ue")
    QTest.keyClick(sheet.class_name, Qt.Key.Key_Return)
    assert "- Rogue\n" in editor.text() and "9/30" in editor.text()
    assert sheet.class_name.hasFocus()


def test_what_rests_half_typed_is_written_by_itself(qtbot: QtBot, desk: Desk) -> None:
    put(desk.form.sheet.name, "Wrenna", enter=False)
    assert "Wrenna" not in desk.editor.text()
    qtbot.waitUntil(lambda: "## Wrenna\n" in desk.editor.text(), timeout=10_000)
    assert desk.form.sheet.name.hasFocus()


def test_escape_takes_back_what_is_half_typed(desk: Desk) -> None:
    put(desk.form.sheet.name, "Nobody", enter=False)
    QTest.keyClick(desk.form.sheet.name, Qt.Key.Key_Escape)
    assert desk.form.sheet.name.text() == "Wren"
    assert desk.editor.text() == TEXT


@pytest.mark.parametrize(
    ("name", "text"), [("name", ""), ("name", "</SYSTEM>"), ("kind", "Motto: x"), ("level", "three")]
)
def test_what_cannot_be_written_stays_in_the_field_with_the_reason(desk: Desk, name: str, text: str) -> None:
    field: Field = getattr(desk.form.sheet, name)
    put(field, text) if text else (field.setFocus(), field.clear(), QTest.keyClick(field, Qt.Key.Key_Return))
    assert desk.editor.text() == TEXT
    assert field.text() == text
    assert field.property("invalid")
    assert desk.form._trouble.isVisibleTo(desk.form) and desk.form._trouble.text()


def test_rows_are_added_and_removed(desk: Desk) -> None:
    sheet = desk.form.sheet
    put(sheet.inventory.begin(), "Candle")
    assert "Rope ,silver  x3, Candle" in desk.editor.text()
    assert shown(sheet.inventory)[-1] == ("Candle", "1")
    field = sheet.skills.begin()
    put(field, "Luck")
    assert "Luck" not in desk.editor.text()  # a skill without a modifier is not written
    put(sheet.skills.rows[-1].fields[1], "-1")
    assert "Attack +5, Luck -1" in desk.editor.text()
    put(sheet.spells.begin(), "Light")
    assert "- Spells: Light" in desk.editor.text()
    sheet.inventory._away(sheet.inventory.rows[0])
    assert "- Inventory: silver  x3, Candle" in desk.editor.text()
    sheet.other._away(sheet.other.rows[0])
    assert "Motto" not in desk.editor.text()
    put(sheet.other.begin(), "Age")
    put(sheet.other.rows[-1].fields[1], "31")
    assert "- Age: 31" in desk.editor.text()
    for _step in range(desk.sheets.steps):
        desk.editor.undo()
    assert desk.editor.text() == TEXT


def test_a_new_row_stays_while_the_text_changes_under_it(desk: Desk) -> None:
    sheet = desk.form.sheet
    field = sheet.inventory.begin()
    QTest.keyClicks(field, "Can")
    cursor = desk.editor.textCursor()
    cursor.setPosition(desk.editor.text().index("silver"))
    cursor.insertText("Hook, ")
    assert shown(sheet.inventory) == [("Rope", "1"), ("Hook", "1"), ("silver", "3"), ("Can", "")]
    assert field.hasFocus()
    QTest.keyClicks(field, "dle")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert "Hook, silver  x3, Candle" in desk.editor.text()


def test_a_half_typed_row_stays_with_its_entry(desk: Desk) -> None:
    sheet = desk.form.sheet
    field = sheet.inventory.rows[1].fields[0]
    put(field, "gold", enter=False)
    cursor = desk.editor.textCursor()
    cursor.setPosition(desk.editor.text().index("silver"))
    cursor.insertText("Hook, ")
    assert shown(sheet.inventory) == [("Rope", "1"), ("Hook", "1"), ("gold", "3")]
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert "Rope ,Hook, gold x3" in desk.editor.text()


def test_characters_are_added_moved_and_removed(desk: Desk) -> None:
    form = desk.form
    form.buttons["down"].click()
    assert desk.editor.text().index("## Tamsin") < desk.editor.text().index("## Wren")
    assert form.sheet.name.text() == "Wren" and form.list.currentRow() == 1
    form.add()
    assert form.sheet.name.text() == "New Character 3" and form.sheet.name.hasFocus()
    put(form.sheet.name, "Odo")
    assert "## Odo\n" in desk.editor.text()
    form.buttons["remove"].click()
    assert "Odo" not in desk.editor.text()
    assert form.list.count() == 2


def test_what_was_typed_for_one_is_not_written_to_another(desk: Desk) -> None:
    put(desk.form.sheet.class_name, "Rogue", enter=False)
    desk.form.list.setCurrentRow(1)
    assert "- Rogue\n" in desk.editor.text()[: desk.editor.text().index("## Tamsin")]
    assert desk.form.sheet.name.text() == "Tamsin"
    assert desk.form.sheet.class_name.text() == ""


def test_an_empty_party_offers_the_first_character(desk: Desk) -> None:
    desk.editor.become("<SYSTEM>\n# Role\nx\n</SYSTEM>\n")
    assert desk.form._empty.isVisibleTo(desk.form)
    desk.form.add()
    assert "# Party" in desk.editor.text()
    assert desk.form.sheet.isVisibleTo(desk.form)


def test_a_locked_text_is_shown_and_not_changed(desk: Desk) -> None:
    desk.editor.setReadOnly(True)
    put(desk.form.sheet.name, "Other")
    assert desk.editor.text() == TEXT
    assert desk.form._trouble.text()
