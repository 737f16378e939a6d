from collections.abc import Callable, Iterable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from pytestqt.qtbot import QtBot

from studio.lint import Diagnostic, Edit, Fix, Severity, check
from studio.lint.marks import Mark
from studio.scenario import Span, ToolTable, parse
from studio.scenario.completion import Names
from studio.ui.theme import Theme
from studio.ui.write.editor import Editor
from studio.ui.write.highlighter import band_of
from studio.ui.write.line_states import Inside

Make = Callable[[str], Editor]


@pytest.fixture
def edit(qtbot: QtBot, theme: Theme) -> Make:
    def made(text: str) -> Editor:
        editor = Editor(theme, ToolTable.shipped())
        qtbot.addWidget(editor)
        editor.resize(700, 500)
        editor.show()
        with qtbot.waitSignal(editor.filled, timeout=20_000):
            editor.fill(text)
        return editor

    return made


@pytest.mark.parametrize(
    "text",
    ["", "a", "a\n", "\n\n", "tab\there", "nb\u00a0sp", "line\u2028sep", "die \U0001f3b2 and 漢字\n", "\u200b\ufeff"],
)
def test_the_text_comes_back_as_it_was_given(edit: Make, text: str) -> None:
    assert edit(text).text() == text


def test_a_long_text_comes_in_slices_and_whole(qtbot: QtBot, edit: Make) -> None:
    text = "<DM>the dice fall</DM>\n\n" * 2500
    editor = edit(text)
    assert editor.text() == text
    assert not editor.document().isModified()
    assert not editor.document().isUndoAvailable()
    qtbot.waitUntil(lambda: not editor.highlighter.behind, timeout=20_000)
    assert band_of(editor.document().findBlockByNumber(4998).userState()) is Inside.DM


def diagnostics(text: str) -> tuple[Diagnostic, ...]:
    return tuple(check(parse(text)))


def test_a_fix_is_one_step_that_can_be_undone(edit: Make) -> None:
    text = "\U0001f3b2 one two three"
    editor = edit(text)
    fix = Fix("swap", (Edit(Span(2, 5), "1"), Edit(Span(10, 15), "3")))
    editor.apply(fix.edits)
    assert editor.text() == "\U0001f3b2 1 two 3"
    editor.undo()
    assert editor.text() == text


def marks(items: Iterable[Diagnostic]) -> list[Mark]:
    return [Mark(number, item) for number, item in enumerate(items)]


def test_squiggles_stay_on_their_words_while_text_is_typed_before_them(edit: Make) -> None:
    editor = edit("one two three")
    editor.show_marks(marks((Diagnostic("T001", Severity.ERROR, Span(4, 7), "no such word"),)))
    cursor = editor.textCursor()
    cursor.insertText("zero ")
    assert [item.code for item in editor.problems_at(10)] == ["T001"]
    assert editor.problems_at(2) == ()
    assert editor.squiggles.gravest(0, 20) == "error"


def test_f8_goes_round_the_problems(edit: Make) -> None:
    editor = edit("one two three")
    editor.show_marks(
        marks(tuple(Diagnostic("T001", Severity.HINT, Span(start, start + 2), "x") for start in (8, 0, 4)))
    )
    places = []
    for _round in range(4):
        assert editor.next_problem(1) is not None
        places.append(editor.textCursor().position())
    assert places == [4, 8, 0, 4]
    assert editor.next_problem(-1) is not None
    assert editor.textCursor().position() == 0
    editor.show_marks(marks(()))
    assert editor.next_problem(1) is None


def test_a_problem_at_the_very_end_is_shown(edit: Make) -> None:
    editor = edit("<DM>")
    editor.show_marks(marks(diagnostics("<DM>")))
    assert len(editor.squiggles)


def test_typing_offers_tools_and_skills_and_enter_takes(qtbot: QtBot, edit: Make) -> None:
    editor = edit("<DM></DM>")
    editor.popup.names = Names(("Wren",), ())
    cursor = editor.textCursor()
    cursor.setPosition(4)
    editor.setTextCursor(cursor)
    qtbot.keyClicks(editor, "[ro")
    assert editor.popup.shown == ("roll: ",)
    qtbot.keyClick(editor, Qt.Key.Key_Tab)
    assert "stealth" in editor.popup.shown, "after the tool its first argument is offered at once"
    qtbot.keyClicks(editor, "slei")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert editor.text() == "<DM>[roll: sleight_of_hand</DM>"
    qtbot.keyClicks(editor, " ")
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    assert editor.popup.shown == ()


def test_prose_brings_no_list(qtbot: QtBot, edit: Make) -> None:
    editor = edit("<User></User>")
    cursor = editor.textCursor()
    cursor.setPosition(6)
    editor.setTextCursor(cursor)
    qtbot.keyClicks(editor, "I pull the rope, then wait.")
    assert editor.popup.shown == ()
    assert editor.text() == "<User>I pull the rope, then wait.</User>"


def test_a_new_block_is_closed_and_the_cursor_stands_inside(qtbot: QtBot, edit: Make) -> None:
    editor = edit("")
    qtbot.keyClicks(editor, "<Us")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.keyClicks(editor, "hello")
    assert editor.text() == "<User>hello</User>"


def test_a_locked_text_cannot_be_typed_into(qtbot: QtBot, theme: Theme) -> None:
    editor = Editor(theme, ToolTable.shipped())
    qtbot.addWidget(editor)
    editor.fill("as it is", locked=True)
    qtbot.keyClicks(editor, "x")
    assert editor.text() == "as it is"


def test_colours_follow_the_theme(edit: Make, theme: Theme) -> None:
    editor = edit("<DM>x</DM>")

    def tag_colour() -> str:
        ranges = editor.document().firstBlock().layout().formats()
        form = ranges[0].format
        return form.foreground().color().name()

    assert tag_colour() == theme.colours.dm
    theme.toggle()
    assert tag_colour() == theme.colours.dm


def test_only_the_text_column_is_as_wide_as_prose_wants(edit: Make) -> None:
    editor = edit("word " * 400)
    editor.resize(2400, 600)
    columns = editor.viewport().width() / editor.fontMetrics().horizontalAdvance("n")
    assert 100 < columns < 125


def test_select_counts_in_code_points(edit: Make) -> None:
    editor = edit("\U0001f3b2\U0001f3b2 here")
    editor.select(3, 7)
    assert editor.textCursor().selectedText() == "here"
    editor.select(0, 10_000)
    assert editor.textCursor().selectionEnd() == editor.document().characterCount() - 1
    assert isinstance(editor.textCursor(), QTextCursor)
