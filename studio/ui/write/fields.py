"""Owns fields that follow a text which others change too: what is half typed stays, what is whole is handed on.

Knows no scenario. A field hands its text on a moment after the last key and when it is left; a text that is refused
stays in the field, marked, with the reason as its tool tip.
"""

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_4
from studio.ui.widgets import IconButton

_REST_MS = 600

Take = Callable[[str], str | None]
"""Takes a field's text; returns why it cannot be taken, or None."""


class Field(QLineEdit):
    """One line. `refused` carries the reason why its text was not taken, or nothing once it was.

    `undone` is emitted where the keys for undo (1) or redo (-1) are pressed and nothing is half typed here.
    """

    refused = Signal(str)
    undone = Signal(int)

    def __init__(self, name: str, take: Take, *, hint: str = "", words: Sequence[str] = ()) -> None:
        super().__init__()
        self._take = take
        self._shown = ""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self.hand_on)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self._name = name
        if hint:
            self.setPlaceholderText(hint)
        if words:
            self.offer(words)
        self.textEdited.connect(self._edited)
        self.editingFinished.connect(self.hand_on)

    def offer(self, words: Sequence[str]) -> None:
        """Completes by these words."""
        completer = QCompleter(list(words), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setCompleter(completer)

    @property
    def half_typed(self) -> bool:
        """Whether something stands here that was not taken yet."""
        return self.text() != self._shown

    def follow(self, text: str) -> None:
        """Shows what the text says now; what is half typed stays as it is, and the cursor where it stands."""
        keep = self.half_typed and self.hasFocus()
        self._shown = text
        if keep or self.text() == text:
            if self.text() == text:
                self._mark("")
            return
        place = self.cursorPosition()
        self.setText(text)
        self.setCursorPosition(min(place, len(text)) if self.hasFocus() else 0)
        self._mark("")

    @Slot()
    def hand_on(self) -> None:
        """Hands the text on where it differs from what was shown."""
        self._rest.stop()
        if not self.half_typed:
            self._mark("")
            return
        written = self.text()
        reason = self._take(written)
        if reason is None:
            self._shown = written
        self._mark(reason or "")

    @Slot()
    def _edited(self) -> None:
        self._rest.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape takes back what was not handed on; undo and redo are the text's where nothing is half typed."""
        for key, steps in ((QKeySequence.StandardKey.Undo, 1), (QKeySequence.StandardKey.Redo, -1)):
            if event.matches(key) and not self.half_typed:
                self.undone.emit(steps)
                return
        if event.key() == Qt.Key.Key_Escape and self.half_typed:
            self._rest.stop()
            self.setText(self._shown)
            self._mark("")
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hands on what stands here; a refused text is left for the eye to see, marked."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.hand_on()

    def let_go(self) -> None:
        """Forgets what is half typed: what stood behind the field is not shown any more."""
        self._rest.stop()
        self._shown = self.text()
        self._mark("")

    def _mark(self, reason: str) -> None:
        if bool(self.property("invalid")) != bool(reason):
            self.setProperty("invalid", bool(reason))
            self.style().unpolish(self)
            self.style().polish(self)
        self.setToolTip(reason or self._name)
        self.refused.emit(reason)


class Number(Field):
    """A whole number; the up and down keys change it by one."""

    def __init__(self, name: str, take: Take, *, hint: str = "", signed: bool = False, width: int = 56) -> None:
        super().__init__(name, take, hint=hint)
        self._signed = signed
        self.setFixedWidth(width)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)

    @property
    def number(self) -> int | None:
        """The number that stands here, or None."""
        return as_number(self.text(), signed=self._signed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down count."""
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if steps is None:
            super().keyPressEvent(event)
            return
        value = (self.number or 0) + steps
        if value >= 0 or self._signed:
            self.setText(f"{value:+d}" if self._signed else str(value))
            self._edited()


def as_number(text: str, *, signed: bool = False) -> int | None:
    """A whole number of at most four digits (nine where it has no sign), or None."""
    bare = text.strip().replace("−", "-").replace("–", "-")
    sign = -1 if bare.startswith("-") else 1
    digits = bare.lstrip("+-") if signed else bare
    if not (digits.isascii() and digits.isdigit()) or len(digits) > (4 if signed else 9) or len(bare) - len(digits) > 1:
        return None
    return sign * int(digits)


class Row(QWidget):
    """Fields beside each other, and a button that takes the row away."""

    def __init__(self, theme: Theme, fields: Sequence[Field], remove: Callable[[], object], what: str) -> None:
        super().__init__()
        self.fields = tuple(fields)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE_4)
        for place, field in enumerate(self.fields):
            line.addWidget(field, 1 if not isinstance(field, Number) else 0)
            if place == 0 and len(self.fields) > 1 and not isinstance(self.fields[1], Number):
                field.setMaximumWidth(theme.px(120))
        cross = IconButton(theme, "close", what, size=12)
        cross.clicked.connect(remove)
        line.addWidget(cross)

    def follow(self, texts: Sequence[str]) -> None:
        """Shows what the text says of this row now."""
        for field, text in zip(self.fields, texts, strict=True):
            field.follow(text)


Where = Callable[[], int]


class Rows(QWidget):
    """Rows that follow a list; the last may be a new one that the text does not have yet.

    `make` makes the fields of a row and is given what says where the row stands (-1: nowhere any more); `remove` takes
    the row at a place out of the text.
    """

    def __init__(
        self, theme: Theme, make: Callable[["Rows", Where], Sequence[Field]], remove: Callable[[int], object], what: str
    ) -> None:
        super().__init__()
        self._theme = theme
        self._make = make
        self._remove = remove
        self._what = what
        self._count = 0
        self._entries: list[tuple[str, ...]] = []
        self.rows: list[Row] = []
        self._list = QVBoxLayout(self)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(SPACE_4)

    def follow(self, entries: Sequence[Sequence[str]]) -> None:
        """Shows the entries; a row stays with its entry, and a new row that nothing was taken of behind them all."""
        new = [tuple(entry) for entry in entries]
        old = (self._entries + new[len(self._entries) :])[: self._count]  # a row that was just taken has its entry
        for kind, a, b, c, d in reversed(SequenceMatcher(None, old, new, autojunk=False).get_opcodes()):
            if kind != "equal":
                self._fit(a, b, d - c)
        self._entries, self._count = new, len(new)
        for row, entry in zip(self.rows, new, strict=False):
            row.follow(entry)
        self.setVisible(bool(self.rows))

    def _fit(self, start: int, end: int, wanted: int) -> None:
        """Makes the rows from `start` to `end` as many as are wanted."""
        for place in range(end - 1, start + wanted - 1, -1):
            self._drop(place)
        for place in range(end, start + wanted):
            self._add(place)

    def begin(self) -> Field:
        """An empty row at the end, with the keys in it."""
        if len(self.rows) == self._count:
            self._add(len(self.rows))
        self.show()
        field = self.rows[-1].fields[0]
        field.setFocus()
        return field

    @property
    def count(self) -> int:
        """How many rows stand in the text."""
        return self._count

    def write(self, place: int, change: Callable[[], str | None]) -> str | None:
        """Makes a change that writes the row at a place, which from then on stands in the text."""
        before, self._count = self._count, max(self._count, place + 1)
        reason = change()
        if reason is not None:
            self._count = before
        return reason

    def clear(self) -> None:
        """Takes every row away, half typed or not."""
        while self.rows:
            self._drop(-1)
        self._count, self._entries = 0, []

    def _add(self, at: int) -> None:
        made: list[Row] = []
        fields = self._make(self, lambda: next((at for at, row in enumerate(self.rows) if row in made), -1))
        row = Row(self._theme, fields, lambda: self._away(row), _("Remove {what}").format(what=self._what))
        made.append(row)
        self.rows.insert(at, row)
        self._list.insertWidget(at, row)

    def _away(self, row: Row) -> None:
        place = self.rows.index(row)
        if place >= self._count:
            self._drop(place)
            self.setVisible(bool(self.rows))
        else:
            self._remove(place)

    def _drop(self, place: int) -> None:
        row = self.rows.pop(place)
        for field in row.fields:
            field.let_go()
        self._list.removeWidget(row)
        row.hide()
        row.deleteLater()
