"""Owns keeping caret, selection and scroll where they are while code edits the text; knows not who edits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.scenario import Edit
from studio.ui.write.edits import carried

if TYPE_CHECKING:
    from studio.ui.write.manuscript import Manuscript


@dataclass(frozen=True, slots=True)
class Stay:
    """What is looked at, in code points: the caret, the other end of the selection, the line at the top of the view."""

    caret: int
    anchor: int
    top: int
    row: int
    aside: int
    caret_seen: bool

    def after(self, edits: Sequence[Edit]) -> "Stay":
        """The same place in the text as it is after edits."""
        caret, anchor, top = (carried(offset, edits) for offset in (self.caret, self.anchor, self.top))
        return Stay(caret, anchor, top, self.row, self.aside, self.caret_seen)


def stay_of(editor: "Manuscript") -> Stay:
    """Where an editor's caret and view are."""
    cursor, mirror, first = editor.textCursor(), editor.mirror, editor.firstVisibleBlock()
    upright = editor.verticalScrollBar()
    return Stay(
        mirror.from_qt(cursor.position()),
        mirror.from_qt(cursor.anchor()),
        mirror.from_qt(first.position()),
        max(0, upright.value() - first.firstLineNumber()),
        editor.horizontalScrollBar().value(),
        editor.viewport().rect().intersects(editor.cursorRect()),
    )


def settle(editor: "Manuscript", stay: Stay) -> None:
    """Brings caret and view to a place."""
    cursor, mirror = editor.textCursor(), editor.mirror
    last = mirror.qt_length
    cursor.setPosition(min(last, mirror.to_qt(stay.anchor)))
    cursor.setPosition(min(last, mirror.to_qt(stay.caret)), cursor.MoveMode.KeepAnchor)
    if (cursor.position(), cursor.anchor()) != (editor.textCursor().position(), editor.textCursor().anchor()):
        editor.setTextCursor(cursor)
    top = editor.document().findBlock(min(last, mirror.to_qt(stay.top)))
    editor.verticalScrollBar().setValue(top.firstLineNumber() + min(stay.row, max(0, top.lineCount() - 1)))
    editor.horizontalScrollBar().setValue(stay.aside)
    if stay.caret_seen and not editor.viewport().rect().intersects(editor.cursorRect()):
        editor.ensureCursorVisible()
