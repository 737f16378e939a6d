"""Blocks that are folded: what is hidden, what opens them, how the caret goes past."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from pytestqt.qtbot import QtBot

from studio.lint import Diagnostic, Edit, Severity
from studio.scenario import Span
from studio.ui.write.editor import Editor
from tests.ui.write.editing import TALE, Make, marks, put


def hidden(editor: Editor) -> list[str]:
    block, found = editor.document().firstBlock(), []
    while block.isValid():
        if not block.isVisible():
            found.append(block.text())
        block = block.next()
    return found


def fold(editor: Editor, words: str) -> None:
    editor.folds.fold(editor.document().find(words).block())


def test_a_block_folds_below_its_first_line_and_opens_again(edit: Make) -> None:
    editor = edit(TALE)
    fold(editor, "<SYSTEM>")
    assert hidden(editor) == ["# Party", "", "## Wren", "- Level 3", "</SYSTEM>"]
    assert editor.folds.hidden_lines(editor.document().firstBlock()) == 5
    editor.folds.toggle(editor.document().firstBlock())
    assert hidden(editor) == []


def test_folds_survive_edits_elsewhere_and_an_edit_by_code_inside(edit: Make) -> None:
    editor = edit(TALE)
    fold(editor, "<SYSTEM>")
    put(editor, "I wait 3", after=True)
    editor.textCursor().insertText(" more\nthan this")
    assert len(hidden(editor)) == 5
    place = editor.text().index("- Level 3")
    editor.apply((Edit(Span(place, place), "- Rogue\n"),))
    assert hidden(editor) == ["# Party", "", "## Wren", "- Rogue", "- Level 3", "</SYSTEM>"]


def test_a_fold_opens_where_its_first_line_goes(edit: Make) -> None:
    editor = edit(TALE)
    fold(editor, "<SYSTEM>")
    editor.apply((Edit(Span(0, 8), "SYSTEM"),))
    assert hidden(editor) == []


def test_a_fold_opens_for_a_problem_a_hit_and_the_caret(edit: Make) -> None:
    editor = edit(TALE)
    place = TALE.index("Level 3")
    for go in (
        lambda: editor.next_problem(1),
        lambda: editor.find("Level 3"),
        lambda: editor.select(place, place + 3),
        lambda: editor.show_line(5),
    ):
        editor.folds.fold_all()
        assert len(hidden(editor)) == 5 + 60 * 2
        assert editor.textCursor().block().isVisible()
        editor.show_marks(marks((Diagnostic("P001", Severity.HINT, Span(place, place + 5), "x"),)))
        editor.moveCursor(QTextCursor.MoveOperation.Start)
        go()
        assert editor.textCursor().block().isVisible()
        assert "- Level 3" not in hidden(editor)
        editor.folds.unfold_all()
        assert hidden(editor) == []


def test_the_caret_goes_past_a_fold_line_by_line(qtbot: QtBot, edit: Make) -> None:
    editor = edit(TALE)
    fold(editor, "<SYSTEM>")
    editor.moveCursor(QTextCursor.MoveOperation.Start)
    qtbot.keyClick(editor, Qt.Key.Key_Down)
    qtbot.keyClick(editor, Qt.Key.Key_Down)
    assert editor.textCursor().block().text() == "<User>I wait 0.</User>"
    assert len(hidden(editor)) == 5


def test_a_click_on_the_triangle_folds(qtbot: QtBot, edit: Make) -> None:
    editor = edit(TALE)
    _block, box = next(editor.lines_in_view())
    spot = box.center()
    spot.setX(editor.margin.width() - 18)
    qtbot.mouseClick(editor.margin, Qt.MouseButton.LeftButton, pos=spot)
    assert len(hidden(editor)) == 5
    assert editor.grab().toImage().width() > 0
    qtbot.mouseClick(editor.margin, Qt.MouseButton.LeftButton, pos=spot)
    assert hidden(editor) == []
