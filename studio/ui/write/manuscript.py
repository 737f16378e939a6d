"""Owns the text of an editor: filling it in slices, following edits by hand, making edits by code, undo.

Knows nothing of colours, problems and keys. There is one stack of undo steps for typing and for edits by code.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from studio.scenario import Edit
from studio.scenario.characters import holdable
from studio.ui.write.edits import between, minimal
from studio.ui.write.mirror import Change, Mirror
from studio.ui.write.staying import Stay, settle, stay_of

_SLICE = 40_000
_ORDER_MARKS = ("\ufeff", "\ufffe")


@dataclass(frozen=True, slots=True)
class Tie:
    """What is done elsewhere when a step of a text is taken back, and when it is made again."""

    undone: Callable[[], object]
    redone: Callable[[], object]


class Manuscript(QPlainTextEdit):
    """A text that people and code edit.

    `edited` is emitted when the text changed, `changed` with it and the list of `Change`, `filled` when a text is all
    there.
    """

    edited = Signal()
    changed = Signal(object)
    filled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._rest = ""  # what of a text on its way is not there yet
        self._locked = False
        self._changes: list[Change] = []
        self._exact: list[tuple[int, int, str]] | None = None
        self._stays: dict[int, Stay] = {}
        self._ties: dict[int, Tie] = {}
        self._undoing = False
        self.mirror = Mirror()
        self.document().contentsChange.connect(self._changed)  # before the colours, which ask the mirror
        self.document().contentsChanged.connect(self._tell)
        self._filler = QTimer(self)
        self._filler.setInterval(0)
        self._filler.timeout.connect(self._fill)

    def follow(self, at: int, cut: int, put: int) -> None:
        """Called with each edit, in the document's positions, before it is laid out."""

    def heard(self, changes: list[Change]) -> None:
        """Called with the edits once they are laid out, before anyone else is told."""

    def fill(self, text: str, *, locked: bool = False) -> None:
        """Shows a text, in slices where it is long; nothing can be typed until it is all there."""
        self._filler.stop()
        self._locked = locked
        self._stays.clear()
        self._ties.clear()
        self.setReadOnly(True)
        self.document().setUndoRedoEnabled(False)
        self.mirror = Mirror(text)
        self._rest = text or " "
        self.clear()
        self._rest = text
        self._fill()

    @property
    def filling(self) -> bool:
        """Whether a text is still on its way."""
        return bool(self._rest)

    @property
    def locked(self) -> bool:
        """Whether the text is for reading only."""
        return self._locked

    def text(self) -> str:
        """The text, exactly as it was given and edited; also while it is on its way."""
        return self.mirror.text

    def _raw(self) -> str:
        return self.document().toRawText().replace("\u2029", "\n")

    @Slot()
    def _fill(self) -> None:
        part, rest = self._rest[:_SLICE], self._rest[_SLICE:]
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        _insert(cursor, part)
        self._rest = rest
        if self._rest:
            self._filler.start()
            return
        self._filler.stop()
        if self._raw() != self.mirror.text:
            self.mirror = Mirror(self._raw())
        self._changes.clear()
        self.document().setUndoRedoEnabled(True)
        self.document().setModified(False)
        self.setReadOnly(self._locked)
        self.setTextCursor(QTextCursor(self.document()))  # at the start: the filling took it along
        self.filled.emit()

    @Slot(int, int, int)
    def _changed(self, position: int, removed: int, added: int) -> None:
        """Follows the document: edits by code as they were asked for, others by what Qt says.

        Qt may count the end of the text as a character; the lengths say what is true.
        """
        if self._rest or not (removed or added):
            return
        length = self.document().characterCount() - 1
        changes = [self.mirror.edit(*step) for step in self._exact or ()]
        if self.mirror.qt_length != length or not self._exact:
            changes.append(self._read(position, added, length))
        for change in changes:
            if change is not None:
                self._changes.append(change)
                self.follow(change.at, change.cut, change.put)
        if (self._stays or self._ties) and not self._undoing and self._exact is None:
            self._forget_from(self.document().availableUndoSteps())

    def _forget_from(self, steps: int) -> None:
        """Forgets what belonged to steps that another edit has taken the place of."""
        self._stays = {step: stay for step, stay in self._stays.items() if step < steps}
        self._ties = {step: tie for step, tie in self._ties.items() if step < steps}

    def _read(self, position: int, added: int, length: int) -> Change | None:
        """Takes what changed from the document, all of it where what Qt says cannot be."""
        added = min(added, length - position)
        removed = added - (length - self.mirror.qt_length)
        if removed < 0 or position + removed > self.mirror.qt_length:
            position, removed, added = 0, self.mirror.qt_length, length
        cursor = QTextCursor(self.document())
        cursor.setPosition(position)
        cursor.setPosition(position + added, QTextCursor.MoveMode.KeepAnchor)
        return self.mirror.edit(position, removed, cursor.selectedText().replace("\u2029", "\n"))

    @Slot()
    def _tell(self) -> None:
        """Tells of edits once the document has laid them out."""
        if not self._changes:
            return
        changes, self._changes = self._changes, []
        self.heard(changes)
        self.changed.emit(changes)
        self.edited.emit()

    # -- edits by code ------------------------------------------------------------------------------

    def apply(self, edits: Sequence[Edit]) -> bool:
        """Makes edits (code points, not overlapping) as one step that can be undone; False where nothing changed.

        The one way in which code changes the text: caret, selection and view stay where they were in the text, and
        what an edit leaves as it was is not touched. What a document cannot hold comes as it can.
        """
        held = [Edit(edit.span, holdable(edit.text)) for edit in edits]
        steps = () if self.isReadOnly() or self.filling else minimal(self.text(), held)
        if not steps:
            return False
        stay, at = stay_of(self), self.mirror.to_qt
        spans = [(at(edit.span.start), at(edit.span.end), edit.text) for edit in reversed(steps)]
        self._exact = [(start, end - start, text) for start, end, text in spans]
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        for start, end, text in spans:
            cursor.setPosition(start)
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            _insert(cursor, text)
        try:
            cursor.endEditBlock()
        finally:
            self._exact = None
        settle(self, stay.after(steps))
        self._forget_from(self.document().availableUndoSteps())
        self._stays[self.document().availableUndoSteps()] = stay
        return True

    def tie(self, tie: Tie) -> None:
        """Ties what was done elsewhere to the last step, so that taking it back takes that back too."""
        self._ties[self.document().availableUndoSteps()] = tie

    def become(self, text: str) -> bool:
        """Makes the text another one by the lines that differ, as one step that can be undone."""
        return self.apply(between(self.text(), text))

    @Slot()
    def undo(self) -> None:
        """Takes the last step back; after an edit by code the caret is where it was before."""
        step = self.document().availableUndoSteps()
        stay, tie = self._stays.pop(step, None), self._ties.get(step)
        self._undoing = True
        super().undo()
        self._undoing = False
        if stay is not None:
            settle(self, stay)
        if tie is not None and self.document().availableUndoSteps() < step:
            tie.undone()

    @Slot()
    def redo(self) -> None:
        """Makes the last step again."""
        before = self.document().availableUndoSteps()
        self._undoing = True
        super().redo()
        self._undoing = False
        step = self.document().availableUndoSteps()
        tie = self._ties.get(step)
        if tie is not None and step > before:
            tie.redone()

    def caret(self) -> int:
        """Where the caret stands, in code points."""
        return self.mirror.from_qt(self.textCursor().position())

    def put_caret(self, anchor: int, caret: int) -> None:
        """Puts the caret somewhere, with what lies between it and `anchor` selected; scrolls only where it must."""
        cursor, last = self.textCursor(), self.mirror.qt_length
        cursor.setPosition(min(last, self.mirror.to_qt(anchor)))
        cursor.setPosition(min(last, self.mirror.to_qt(caret)), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)

    def show_line(self, number: int) -> None:
        """Puts the caret at the start of a line, counted from 1, in the middle of the view."""
        block = self.document().findBlockByNumber(number - 1)
        if block.isValid():
            cursor = self.textCursor()
            cursor.setPosition(block.position())
            self.setTextCursor(cursor)
            self.centerCursor()

    def select(self, start: int, end: int) -> None:
        """Puts the cursor on a stretch, in code points, and shows it in the middle."""
        cursor, last = QTextCursor(self.document()), self.document().characterCount() - 1
        cursor.setPosition(min(last, self.mirror.to_qt(end)))
        cursor.setPosition(min(last, self.mirror.to_qt(start)), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        self.centerCursor()


def _insert(cursor: QTextCursor, text: str) -> None:
    """Puts a text in the place of what is selected.

    On its way to Qt a string that begins with a byte order mark loses it, or all its bytes change places: such a one
    goes in behind a letter that is taken out again.
    """
    if not text.startswith(_ORDER_MARKS):
        cursor.insertText(text)
        return
    start = cursor.selectionStart()
    cursor.insertText(f"x{text}")
    end = cursor.position()
    cursor.setPosition(start)
    cursor.deleteChar()
    cursor.setPosition(end - 1)
