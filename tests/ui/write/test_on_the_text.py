"""What lies on the text: matching marks, squiggles in view, the card under the pointer, pastes."""

from PySide6.QtCore import QMimeData
from pytestqt.qtbot import QtBot

from studio.lint import Diagnostic, Edit, Fix, Severity, check
from studio.scenario import Span, parse
from tests.ui.write.editing import Make, marks, press, put


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
