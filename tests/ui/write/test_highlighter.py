"""Colours follow what is typed, and however much one key changes, the key itself stays cheap."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.scenario import ToolTable
from studio.ui.theme import Theme
from studio.ui.write import highlighter
from studio.ui.write.editor import Editor
from studio.ui.write.highlighter import inside_of
from studio.ui.write.line_states import Inside

Make = Callable[[str], Editor]
LONG = 30_000
LINES = 3000
TALE = "\n\n<User>I wait.</User>\n\n<DM>\nNothing comes.\n</DM>" * (LINES // 6)


@pytest.fixture
def edit(qtbot: QtBot, theme: Theme) -> Make:
    def made(text: str) -> Editor:
        editor = Editor(theme, ToolTable.shipped())
        qtbot.addWidget(editor)
        editor.resize(700, 420)
        editor.show()
        with qtbot.waitSignal(editor.filled, timeout=LONG):
            editor.fill(text)
        qtbot.waitUntil(lambda: not editor.highlighter.behind, timeout=LONG)
        return editor

    return made


def states(editor: Editor) -> list[Inside]:
    block, found = editor.document().firstBlock(), []
    while block.isValid():
        found.append(inside_of(block.userState()))
        block = block.next()
    return found


def coloured_by_one_key(qtbot: QtBot, editor: Editor) -> int:
    """Opens a comment that ends with the text; how many lines the key itself went through."""
    before = states(editor)
    cursor = editor.textCursor()
    cursor.insertText("<!--")
    after = states(editor)
    return sum(1 for old, new in zip(before, after, strict=True) if old is not new)


def test_one_key_that_changes_every_line_colours_only_some_at_once(qtbot: QtBot, edit: Make) -> None:
    editor = edit(f"{TALE}\n-->")
    at_once = coloured_by_one_key(qtbot, editor)
    assert 0 < at_once < 200 and editor.highlighter.behind
    qtbot.waitUntil(lambda: not editor.highlighter.behind, timeout=LONG)
    assert set(states(editor)[:-1]) == {Inside.COMMENT}
    editor.undo()
    qtbot.waitUntil(lambda: not editor.highlighter.behind, timeout=LONG)
    assert Inside.COMMENT not in states(editor)


def test_the_twin_without_a_bound_colours_all_with_the_key(
    qtbot: QtBot, edit: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(highlighter, "_AT_ONCE", 10**9)
    editor = edit(f"{TALE}\n-->")
    assert coloured_by_one_key(qtbot, editor) > LINES * 0.9


def test_a_comment_without_an_end_is_as_long_as_its_line(qtbot: QtBot, edit: Make) -> None:
    editor = edit(f"<!-- to do\n{TALE}")
    assert Inside.COMMENT not in states(editor)
    end = len(editor.text())
    editor.put_caret(end, end)
    qtbot.keyClicks(editor, "-->")
    qtbot.waitUntil(lambda: not editor.highlighter.behind, timeout=LONG)
    assert set(states(editor)[:-1]) == {Inside.COMMENT}
    qtbot.keyClick(editor, Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: not editor.highlighter.behind, timeout=LONG)
    assert Inside.COMMENT not in states(editor)


def test_front_matter_without_an_end_stops_at_the_first_tag(qtbot: QtBot, edit: Make) -> None:
    editor = edit("\ntitle: x\n<DM>\nyes\n</DM>")
    qtbot.keyClicks(editor, "---")
    assert states(editor) == [Inside.FRONT, Inside.FRONT, Inside.DM, Inside.DM, Inside.NOTHING]
