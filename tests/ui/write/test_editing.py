"""Editing by code and by hand in one text: nothing jumps, everything is undone step by step."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QTextCursor
from pytestqt.qtbot import QtBot

from studio.lint import Edit
from studio.scenario import Span, ToolTable
from studio.scenario.characters import UNHELD, holdable
from studio.scenario.edits import applied
from studio.ui.theme import Theme
from studio.ui.write.editor import Editor
from studio.ui.write.edits import between, carried, minimal
from studio.ui.write.line_edits import double_lines, move_lines
from tests.ui.write.editing import TALE, Make, put, top

# -- edits by code ---------------------------------------------------------------------------------------


def test_an_edit_above_leaves_caret_and_view_where_they_were_in_the_text(edit: Make) -> None:
    editor = edit(TALE)
    editor.show_line(120)
    put(editor, "Nothing 29", after=True)
    before, line, where = top(editor), editor.textCursor().block().text(), editor.cursorRect()
    assert editor.verticalScrollBar().value() > 0
    editor.apply((Edit(Span(0, 0), "---\ntitle: x\n---\n"), Edit(Span(9, 16), "# The\n# Party")))
    assert (top(editor), editor.textCursor().block().text(), editor.cursorRect()) == (before, line, where)
    editor.undo()
    assert editor.text() == TALE
    assert (top(editor), editor.textCursor().block().text(), editor.cursorRect()) == (before, line, where)


def test_the_twin_that_edits_without_staying_does_jump(edit: Make) -> None:
    editor = edit(TALE)
    editor.show_line(120)
    before = top(editor)
    cursor = QTextCursor(editor.document())
    cursor.insertText("---\ntitle: x\n---\n")
    assert top(editor) != before


def test_a_selection_stays_on_its_words(edit: Make) -> None:
    editor = edit("one \U0001f409 two three")
    editor.put_caret(6, 9)
    editor.apply((Edit(Span(0, 3), "number 1"), Edit(Span(10, 15), "3")))
    assert editor.textCursor().selectedText() == "two"
    assert editor.text() == "number 1 \U0001f409 two 3"


def test_what_is_put_in_at_the_caret_goes_behind_it(qtbot: QtBot, edit: Make) -> None:
    editor = edit("<DM>The door opens")
    put(editor, "opens", after=True)
    end = len(editor.text())
    editor.apply((Edit(Span(end, end), "</DM>"),))
    qtbot.keyClicks(editor, ".")
    assert editor.text() == "<DM>The door opens.</DM>"


def test_one_stack_undoes_typing_a_fix_and_a_form_in_turn(qtbot: QtBot, edit: Make) -> None:
    editor = edit("one two")
    editor.put_caret(7, 7)
    texts = [editor.text()]
    qtbot.keyClicks(editor, " x")
    texts.append(editor.text())
    editor.apply((Edit(Span(0, 3), "1"),))
    texts.append(editor.text())
    qtbot.keyClicks(editor, " y")
    texts.append(editor.text())
    editor.apply((Edit(Span(0, 1), "first"), Edit(Span(2, 5), "second")))
    texts.append(editor.text())
    assert texts == ["one two", "one two x", "1 two x", "1 two x y", "first second x y"]
    for wanted in reversed(texts[:-1]):
        qtbot.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert editor.text() == wanted
    for wanted in texts[1:]:
        editor.redo()
        assert editor.text() == wanted


def test_a_locked_text_is_not_edited_by_code(qtbot: QtBot, theme: Theme) -> None:
    editor = Editor(theme, ToolTable.shipped())
    qtbot.addWidget(editor)
    editor.fill("as it is", locked=True)
    assert not editor.apply((Edit(Span(0, 2), "so"),))
    assert editor.text() == "as it is"


TEXT = st.text(alphabet=st.sampled_from("ab \n\U0001f3b2"), max_size=24)
ODD = st.text(alphabet=st.sampled_from("a \n\r\u2028\ufeff\ufffe\U0001f3b2\ud83d\udfb2" + UNHELD), max_size=24)


@given(TEXT, st.lists(st.tuples(st.integers(0, 24), st.integers(0, 6), TEXT), max_size=5), st.integers(0, 24))
def test_small_edits_do_the_same_and_carry_places_along(
    text: str, asked: list[tuple[int, int, str]], place: int
) -> None:
    edits, floor = [], 0
    for start, long, words in sorted(asked):
        start = min(max(start, floor), len(text))
        floor = min(start + long, len(text)) + 1
        if start <= len(text):
            edits.append(Edit(Span(start, min(start + long, len(text))), words))
    small = minimal(text, edits)
    after = applied(text, edits)
    assert applied(text, small) == after
    assert 0 <= carried(min(place, len(text)), small) <= len(after)


@given(TEXT, TEXT)
def test_the_edits_between_two_texts_make_one_of_the_other(old: str, new: str) -> None:
    assert applied(old, between(old, new)) == new


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 40), st.integers(0, 9), ODD), max_size=14))
def test_the_text_beside_is_the_document_whatever_is_done(theme: Theme, steps: list[tuple[int, int, int, str]]) -> None:
    editor = Editor(theme, ToolTable.shipped())
    editor.fill("<DM>\U0001f3b2 one</DM>\n\n<User>two</User>")
    for kind, place, long, words in steps:
        length = len(editor.text())
        start = min(place, length)
        if kind == 0:
            editor.put_caret(start, min(start + long, length))
            editor.textCursor().insertText("".join(letter for letter in words if letter in "a \n\U0001f3b2"))
        elif kind == 1:
            editor.apply((Edit(Span(start, min(start + long, length)), words),))
        elif kind == 2:
            editor.undo()
        elif kind == 4:
            pasted = QMimeData()
            pasted.setText(words)
            editor.insertFromMimeData(pasted)
        else:
            editor.redo()
        assert editor.text() == editor.document().toRawText().replace("\u2029", "\n")
        assert editor.mirror.qt_length == editor.document().characterCount() - 1
        assert not {*UNHELD, "\r"} & set(editor.text()), "it can be saved and opened again"
        assert editor.text().encode("utf-8")
    editor.deleteLater()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(ODD)
def test_code_puts_in_what_a_document_can_hold_and_nothing_else_is_lost(theme: Theme, words: str) -> None:
    editor = Editor(theme, ToolTable.shipped())
    editor.fill("<DM>one</DM>")
    editor.apply((Edit(Span(4, 7), words),))
    assert editor.text() == f"<DM>{holdable(words)}</DM>" == editor.document().toRawText().replace("\u2029", "\n")
    editor.undo()
    assert editor.text() == "<DM>one</DM>"
    editor.deleteLater()


@pytest.mark.parametrize("mark", ["\ufeff", "\ufffe"])
def test_a_byte_order_mark_where_a_slice_of_a_long_text_begins_is_not_lost(edit: Make, mark: str) -> None:
    text = "a" * 39_999 + "\n" + mark + "bc\n" + mark
    editor = edit(text)
    assert editor.text() == text == editor.document().toRawText().replace("\u2029", "\n")


@pytest.mark.parametrize("mark", ["\ufeff", "\ufffe"])
def test_the_twin_that_hands_the_string_to_qt_as_it_is_loses_it(edit: Make, mark: str) -> None:
    editor = edit("")
    editor.textCursor().insertText(f"{mark}bc")
    assert editor.text() != f"{mark}bc"


# -- lines -------------------------------------------------------------------------------------------------


def test_lines_move_with_caret_and_selection_and_are_doubled(edit: Make) -> None:
    editor = edit("a\nbb\nccc\ndd")
    editor.put_caret(3, 6)
    assert move_lines(editor, -1)
    assert (editor.text(), editor.textCursor().selectedText()) == ("bb\nccc\na\ndd", "b\u2029c")
    assert not move_lines(editor, -1)
    assert move_lines(editor, 1) and move_lines(editor, 1) and not move_lines(editor, 1)
    assert editor.text() == "a\ndd\nbb\nccc"
    editor.put_caret(1, 1)
    assert double_lines(editor)
    assert (editor.text(), editor.caret()) == ("a\na\ndd\nbb\nccc", 3)
    editor.undo()
    assert editor.text() == "a\ndd\nbb\nccc"
