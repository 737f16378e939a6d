"""What the tests of the editor share: a long text, the caret put somewhere, cards pressed."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from studio.lint import Diagnostic
from studio.lint.marks import Mark
from studio.ui.write.editor import Editor

Make = Callable[[str], Editor]
TALE = "<SYSTEM>\n# Party\n\n## Wren\n- Level 3\n</SYSTEM>\n\n" + "".join(
    f"<User>I wait {number}.</User>\n\n<DM>\nNothing {number} comes.\n</DM>\n\n" for number in range(60)
)


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
