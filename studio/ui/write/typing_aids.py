"""Owns what the editor does beside the key that was typed: closing what was opened, the block after a block.

Knows nothing of completion but that it can be asked.
"""

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QTextCursor

from studio.ui.write.highlighter import inside_of
from studio.ui.write.line_states import Inside, colour_line
from studio.ui.write.pairs import block_closed

if TYPE_CHECKING:
    from studio.ui.write.editor import Editor

_LINE = 2000
_OPENED = re.compile(r"<(SYSTEM|User|DM|TOOLCALL)>\Z")
_CLOSED = re.compile(r"</(SYSTEM|User|DM|TOOLCALL)>[ \t]*\Z")
_ITEM = re.compile(r"(\s*[-*]\s)(.*)\Z", re.DOTALL)


def takes(editor: "Editor", event: QKeyEvent) -> bool:
    """Whether a key was acted on here instead of being typed."""
    if editor.isReadOnly() or event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | _PAD):
        return False
    if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not editor.textCursor().hasSelection():
        return _enter(editor)
    return event.text() == ">" and _passes_over(editor)


def after(editor: "Editor", event: QKeyEvent) -> None:
    """Closes what a typed character opened, and offers what fits."""
    text = event.text()
    if not editor.isReadOnly():
        if text == ">":
            _close_block(editor)
        elif text == "-":
            _close_comment(editor)
    if (text.isprintable() and text) or editor.popup.isVisible():
        editor.popup.offer()


def line_before(editor: "Editor") -> str:
    """The text of the line before the caret, at most so much of it as anything here looks at."""
    offset, text = editor.caret(), editor.mirror.text
    return text[max(text.rfind("\n", 0, offset) + 1, offset - _LINE) : offset]


def inside_at_caret(editor: "Editor", line: str) -> Inside:
    """What the caret stands in: the state of the line above and the tags of this one before it."""
    above = editor.textCursor().block().previous()
    before = inside_of(above.userState()) if above.isValid() else Inside.NOTHING
    return colour_line(line, before, not above.isValid(), frozenset()).after


_PAD = Qt.KeyboardModifier.KeypadModifier


def _enter(editor: "Editor") -> bool:
    line = line_before(editor)
    closed = _CLOSED.search(line)
    if closed is not None and inside_at_caret(editor, line) is Inside.NOTHING:
        _begin_next(editor)
        return True
    item = _ITEM.match(line)
    if item is None or inside_at_caret(editor, line) is not Inside.SYSTEM:
        return False
    cursor = editor.textCursor()
    if item[2].strip():
        cursor.insertText("\n" + item[1])
    else:  # an empty entry ends the list
        cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
    editor.setTextCursor(cursor)
    editor.ensureCursorVisible()
    editor.popup.offer(asked=bool(item[2].strip()))
    return True


def _begin_next(editor: "Editor") -> None:
    """A blank line after a block, and the list of what may follow it."""
    cursor = editor.textCursor()
    cursor.insertText("\n\n")
    editor.setTextCursor(cursor)
    editor.ensureCursorVisible()
    editor.popup.propose()


def _passes_over(editor: "Editor") -> bool:
    """A `>` typed before the one that is there already goes over it, where it ends a tag."""
    text, offset = editor.mirror.text, editor.caret()
    if text[offset : offset + 1] != ">" or not re.search(r"</?[A-Za-z]+\Z", text[max(0, offset - 12) : offset]):
        return False
    cursor = editor.textCursor()
    cursor.movePosition(QTextCursor.MoveOperation.Right)
    editor.setTextCursor(cursor)
    editor.popup.hide()
    return True


def _close_block(editor: "Editor") -> None:
    line = line_before(editor)
    opened = _OPENED.search(line)
    if opened is None or inside_at_caret(editor, line[: opened.start()]) is not Inside.NOTHING:
        return
    if not block_closed(editor.mirror.text, editor.caret(), opened[1]):
        _put_after(editor, f"</{opened[1]}>")


def _close_comment(editor: "Editor") -> None:
    line = line_before(editor)
    if line.endswith("<!--") and inside_at_caret(editor, line[:-4]) is Inside.NOTHING:
        rest = editor.mirror.text[editor.caret() : editor.caret() + _LINE].partition("\n")[0]
        if "-->" not in rest and not rest.strip():
            _put_after(editor, "  -->", back=4)


def _put_after(editor: "Editor", text: str, back: int | None = None) -> None:
    """Puts text in behind the caret."""
    cursor = editor.textCursor()
    cursor.beginEditBlock()
    cursor.insertText(text)
    cursor.endEditBlock()
    steps = len(text) if back is None else back
    cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.MoveAnchor, steps)
    editor.setTextCursor(cursor)
