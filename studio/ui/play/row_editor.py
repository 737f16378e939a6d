"""Owns the field in which a turn is written in its place; knows neither row nor session."""

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QVBoxLayout

from studio.language import _
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8, SPACE_12
from studio.ui.widgets import label, push_button, row, segment

_MOST_LINES = 14


class _Field(QPlainTextEdit):
    """Ctrl+Enter keeps, Esc leaves."""

    kept = Signal()
    left = Signal()

    def event(self, event: QEvent) -> bool:  # Qt's name
        """Esc is the field's while it is open, whatever else the window does with it."""
        overriding = event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if overriding and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """The two keys of our own."""
        if (
            event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            self.kept.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class RowEditor(QFrame):
    """`kept` carries the text (and, of a turn that is new, its kind); `left` says that nothing is to be changed."""

    kept = Signal(str, str)
    left = Signal()
    grown = Signal()

    def __init__(self, theme: Theme, title: str, text: str, keep: str, kinds: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("kind", "card-raised")
        self.field = _Field()
        self.field.setProperty("kind", "field")
        self.field.setAccessibleName(title)
        self.field.setPlainText(text)
        self.field.setTabChangesFocus(True)
        self.field.moveCursor(self.field.textCursor().MoveOperation.End)
        self._kinds = [(kind, segment(word)) for kind, word in kinds]
        if self._kinds:
            self._kinds[0][1].setChecked(True)
        keep_button = push_button(keep, self._keep, "primary", why=_("Keep it (Ctrl+Enter)"))
        leave = push_button(_("Cancel"), self.left.emit, why=_("Leave it as it was (Esc)"))
        self._trouble = label("", "error", wrap=True)
        self._trouble.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_12, SPACE_8, SPACE_12, SPACE_8)
        column.setSpacing(SPACE_8)
        column.addLayout(row(label(title, "strong"), *(part for _kind, part in self._kinds), None))
        column.addWidget(self.field, 1)
        column.addWidget(self._trouble)
        column.addLayout(row(None, leave, keep_button))
        self.field.kept.connect(self._keep)
        self.field.left.connect(self.left)
        self.field.textChanged.connect(self._grow)
        self._lines = 0
        self._grow()

    def wanted_height(self) -> int:
        """What it needs for its text, up to a number of lines."""
        lines = min(_MOST_LINES, max(2, int(self.field.document().size().height()) + 1))
        return self.field.fontMetrics().lineSpacing() * lines + self._theme.px(16 + 34 + 34) + 4 * SPACE_8

    @Slot()
    def _grow(self) -> None:
        lines = int(self.field.document().size().height())
        if lines != self._lines:
            self._lines = lines
            self.grown.emit()

    def _keep(self) -> None:
        kind = next((kind for kind, part in self._kinds if part.isChecked()), "")
        self.kept.emit(self.field.toPlainText(), kind)

    def refuse(self, sentence: str) -> None:
        """Says why the text is not taken; the field stays."""
        self._trouble.setText(sentence)
        self._trouble.show()
