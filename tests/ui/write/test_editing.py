"""Editing by code and by hand in one text: nothing jumps, everything is undone step by step."""

from collections.abc import Callable, Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from studio.lint import Diagnostic, Edit, Fix, Severity, check
from studio.lint.marks import Mark
from studio.scenario import Span, ToolTable, parse
from studio.scenario.characters import UNHELD, holdable
from studio.scenario.edits import applied
from studio.ui.theme import Theme
from studio.ui.write.editor import Editor
from studio.ui.write.edits import between, carried, minimal
from studio.ui.write.line_edits import double_lines, move_lines

Make = Callable[[str], Editor]
TALE = "<SYSTEM>\n# Party\n\n## Wren\n- Level 3\n</SYSTEM>\n\n" + "".join(
    f"<User>I wait {number}.</User>\n\n<DM>\nNothing {number} comes.\n</DM>\n\n" for number in range(60)
)


@pytest.fixture
def edit(qtbot: QtBot, theme: Theme) -> Make:
    def made(text: str) -> Editor:
        editor = Editor(theme, ToolTable.shipped())
        qtbot.addWidget(editor)
        editor.resize(700, 420)
        editor.show()
        with qtbot.waitSignal(editor.filled, timeout=20_000):
            editor.fill(text)
        qtbot.waitUntil(lambda: not editor.highlighter.behind, timeout=20_000)
        return editor

    return made


def put(editor: Editor, words: str, *, after: bool = False) -> int:
    """Puts the caret before (or after) some words of the text."""
    place = editor.text().index(words) + (len(words) if after else 0)
    editor.put_caret(place, place)
    return place


def top(editor: Editor) -> str:
    return editor.firstVisibleBlock().text()


def press(qtbot: QtBot, editor: Editor, word: str) -> None:
    """Clicks the button of the card that has a word."""
    button = next(one for one in editor.hover.findChildren(QPushButton) if word in one.text() and one.isVisible())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def marks(items: Iterable[Diagnostic]) -> list[Mark]:
    return [Mark(number, item) for number, item in enumerate(items)]


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


# -- folds -------------------------------------------------------------------------------------------------


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


# -- what is typed -----------------------------------------------------------------------------------------


def test_enter_after_a_block_proposes_the_next(qtbot: QtBot, edit: Make) -> None:
    editor = edit("")
    qtbot.keyClicks(editor, "<U")
    assert editor.popup.shown
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.keyClicks(editor, "I look")
    qtbot.keyClick(editor, Qt.Key.Key_End)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert editor.popup.shown
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.keyClicks(editor, "You see.")
    assert editor.text() == "<User>I look</User>\n\n<DM>You see.</DM>"


def test_a_tag_typed_whole_is_closed_once(qtbot: QtBot, edit: Make) -> None:
    editor = edit("")
    qtbot.keyClicks(editor, "<DM>x")
    assert editor.text() == "<DM>x</DM>"
    editor = edit("yes</DM>")
    qtbot.keyClicks(editor, "<DM>")
    assert editor.text() == "<DM>yes</DM>"


def test_a_comment_is_closed_and_a_list_goes_on(qtbot: QtBot, edit: Make) -> None:
    editor = edit("")
    qtbot.keyClicks(editor, "<!--x")
    assert editor.text() == "<!-- x -->"
    editor = edit("<SYSTEM>\n- Level 3\n</SYSTEM>")
    put(editor, "Level 3", after=True)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    qtbot.keyClicks(editor, "Rogue")
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert editor.text() == "<SYSTEM>\n- Level 3\n- Rogue\n\n</SYSTEM>"


def test_a_snippet_is_filled_in_from_stop_to_stop(qtbot: QtBot, edit: Make) -> None:
    editor = edit("")
    qtbot.keyClicks(editor, "chec")
    assert editor.popup.shown == ("check",)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert editor.textCursor().selectedText() == "I creep along the wall."
    qtbot.keyClicks(editor, "I climb.")
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert editor.text().startswith("<User>I climb.</User>")
    editor = edit("")
    qtbot.keyClicks(editor, "chec")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.textCursor().selectedText() == "The boards are old."
    qtbot.keyClick(editor, Qt.Key.Key_Backtab)
    assert editor.textCursor().selectedText() == "I creep along the wall."
    editor.undo()
    assert editor.text() == "chec"


def test_words_of_a_stop_are_written_where_they_stand_again(qtbot: QtBot, edit: Make) -> None:
    editor = edit("<SYSTEM>\n# Party\n\n</SYSTEM>")
    editor.popup.parsed = parse(editor.text())
    editor.put_caret(17, 17)
    qtbot.keyClicks(editor, "hero")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    for _stop in range(3):
        qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.textCursor().selectedText() == "12"
    qtbot.keyClicks(editor, "20")
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert "- Health: 20/20\n" in editor.text()


# -- marks on the text -------------------------------------------------------------------------------------


def test_matching_tags_and_brackets_are_marked(edit: Make) -> None:
    editor = edit("<DM>You [roll: stealth] well</DM>\n\n<User>x</User>")

    def pairs() -> list[str]:
        text = editor.text()
        return [text[start:end] for start, end, name in editor.overlay.laid if name == "pair"]

    put(editor, "<DM>")
    assert pairs() == ["<DM>", "</DM>"]
    put(editor, "</User>", after=True)
    assert pairs() == ["</User>", "<User>"]
    put(editor, "[roll")
    assert pairs() == ["[", "]"]
    put(editor, "ell</DM>")
    assert pairs() == []


def test_only_what_is_in_view_is_laid_on(edit: Make) -> None:
    editor = edit("word\n" * 4000)
    items = [Diagnostic("W001", Severity.HINT, Span(start, start + 4), "x") for start in range(0, 20_000, 5)]
    editor.show_marks(marks(items))
    assert 5 < len(editor.overlay.laid) < 80
    shown = editor.overlay.laid
    editor.verticalScrollBar().setValue(2000)
    assert editor.overlay.laid != shown and len(editor.overlay.laid) < 80


def test_the_card_under_the_pointer_names_code_and_fix(qtbot: QtBot, edit: Make) -> None:
    editor = edit("<DM>x</DM>")
    fix = Fix("Write it so", (Edit(Span(4, 5), "y"),))
    item = Diagnostic("T001", Severity.ERROR, Span(4, 5), "No such thing.", fix)
    editor.show_marks(marks((item,)))
    place = editor.cursorRect().center()
    heard: list[object] = []
    editor.hover.explained.connect(heard.append)
    editor.hover.mended.connect(lambda one, at: heard.append((one, at)))
    editor.hover.show_at(place, editor.problems_at(4))
    assert editor.hover.shown == (item,)
    press(qtbot, editor, "T001")
    editor.hover.show_at(place, editor.problems_at(4))
    press(qtbot, editor, "Write it so")
    assert heard[0] == "T001" and heard[1][0] == item
    editor.hover.show_at(place, ())
    assert editor.hover.shown == ()


def test_pasting_is_one_step_and_told(qtbot: QtBot, edit: Make) -> None:
    editor = edit("a b")
    editor.put_caret(1, 1)
    heard: list[tuple[int, str]] = []
    editor.pasted.connect(lambda start, text: heard.append((start, text)))
    source = QMimeData()
    source.setText("\U0001f409\r\nnew\nlines")
    editor.insertFromMimeData(source)
    assert heard == [(1, "\U0001f409\nnew\nlines")]
    editor.undo()
    assert editor.text() == "a b"


def test_problems_at_a_line_that_is_checked_are_found_with_wide_characters(edit: Make) -> None:
    text = "<DM>\U0001f409\U0001f409 [rol: stealth]</DM>"
    editor = edit(text)
    editor.show_marks(marks(check(parse(text))))
    call = next(item for item in check(parse(text)) if item.code.startswith("T"))
    put(editor, "[rol", after=True)
    assert call.code in {item.code for item in editor.problems_at(editor.textCursor().position())}
