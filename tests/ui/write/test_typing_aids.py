"""What typing brings with it: blocks proposed and closed, lists that go on, snippets."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.scenario import parse
from tests.ui.write.editing import Make, put


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
