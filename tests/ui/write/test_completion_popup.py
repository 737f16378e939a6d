"""The list below the cursor: it knows what is due, fills it in, and Tab goes through what was filled in."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.scenario import ToolTable, parse
from studio.ui.theme import Theme
from studio.ui.write.editor import Editor

Make = Callable[[str], Editor]
HEAD = """\
---
player: Wren
---
<SYSTEM>
# Party

## Wren
- Player Character
- Health: 18/20
- Inventory: Clasp Knife (4), silver x5
- Skills: Stealth +7

## Bog Brigand
- Enemy
- Health: 9/9
</SYSTEM>

"""


@pytest.fixture
def written(qtbot: QtBot, theme: Theme) -> Make:
    """An editor with a text that was read, the cursor at its end."""

    def made(text: str) -> Editor:
        editor = Editor(theme, ToolTable.shipped())
        qtbot.addWidget(editor)
        editor.resize(760, 620)
        editor.show()
        with qtbot.waitSignal(editor.filled, timeout=20_000):
            editor.fill(text)
        editor.popup.parsed = parse(text)
        editor.put_caret(len(text), len(text))
        return editor

    return made


def type_in(qtbot: QtBot, editor: Editor, words: str) -> None:
    for word in words.split("|"):
        keys = {"TAB": Qt.Key.Key_Tab, "ENTER": Qt.Key.Key_Return, "ESC": Qt.Key.Key_Escape, "DOWN": Qt.Key.Key_Down}
        if word in keys:
            qtbot.keyClick(editor, keys[word])
        else:
            qtbot.keyClicks(editor, word)


def test_a_call_is_answered_with_its_line_and_the_die_is_typed_over(qtbot: QtBot, written: Make) -> None:
    editor = written(HEAD + "<User>I creep.</User>\n\n<DM>Mud. [roll: stealth]</DM>")
    type_in(qtbot, editor, "ENTER")
    assert editor.popup.shown[0] == "<TOOLCALL>stealth: 13 + 7(skill) = *20*</TOOLCALL>"
    type_in(qtbot, editor, "ENTER|4|TAB|11|TAB|ENTER")
    assert editor.text().endswith("<TOOLCALL>stealth: 4 + 7(skill) = *11*</TOOLCALL>\n\n")
    assert editor.popup.shown[0] == "<DM>*FAILED* </DM>"
    type_in(qtbot, editor, "ENTER|You slip.")
    assert editor.text().endswith("\n\n<DM>*FAILED* You slip.</DM>")


def test_the_order_of_tags_follows_what_was_typed_a_moment_ago(qtbot: QtBot, written: Make) -> None:
    editor = written(HEAD)
    type_in(qtbot, editor, "<|ENTER|I go.")
    editor.put_caret(len(editor.text()), len(editor.text()))
    type_in(qtbot, editor, "ENTER")
    assert editor.popup.shown[:2] == ("<DM></DM>", "<User></User>"), "although the scenario was not read again"


def test_skills_and_items_are_those_of_the_sheet(qtbot: QtBot, written: Make) -> None:
    editor = written(HEAD + "<DM>")
    type_in(qtbot, editor, "[take: W|TAB")
    assert editor.popup.shown == ("Clasp Knife (4)", "silver")
    type_in(qtbot, editor, "si|TAB|] [roll: ")
    assert editor.popup.shown[0] == "stealth"
    type_in(qtbot, editor, "ESC| [dam|TAB")
    assert editor.popup.shown == ("Bog Brigand ", "Wren ")
    type_in(qtbot, editor, "TAB")
    assert editor.popup.shown == ("4",)


def test_a_snippet_is_one_step_and_tab_goes_through_it(qtbot: QtBot, written: Make) -> None:
    editor = written(HEAD)
    type_in(qtbot, editor, "check")
    assert editor.popup.shown == ("check",)
    type_in(qtbot, editor, "TAB|I dive.|TAB|Splash.|TAB")
    text = editor.text()
    assert "<User>I dive.</User>\n\n<DM>Splash.\n\n[roll: stealth]</DM>" in text
    assert "<TOOLCALL>stealth: 13 + 7(skill) = *20*</TOOLCALL>\n\n<DM>*SUCCESS* " in text
    for _step in range(4):
        editor.undo()
    assert editor.text().startswith(HEAD) and "<TOOLCALL>" not in editor.text()


def test_prose_in_a_turn_brings_no_list(qtbot: QtBot, written: Make) -> None:
    editor = written(HEAD + "<DM>")
    type_in(qtbot, editor, "Hit or miss, he rolls on.|ENTER|Her hit misses.")
    assert editor.popup.shown == ()
