"""Owns the player's line: a field that grows, Enter to say it, arrows for what was said before, Esc to stop."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QSizePolicy, QWidget

from studio.language import _
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import Choice, IconButton, push_button

_MOST_LINES = 5


class LineField(QPlainTextEdit):
    """The field itself. `said` carries the text; `stop_wanted` is the Esc key."""

    said = Signal(str)
    stop_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._before: list[str] = []
        self._at = 0
        self.setProperty("kind", "field")
        self.setAccessibleName(_("What you do"))
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.textChanged.connect(self._grow)
        theme.changed.connect(self._grow)
        self._grow()

    @Slot()
    def _grow(self) -> None:
        lines = min(_MOST_LINES, max(1, int(self.document().size().height())))
        self.setFixedHeight(self.fontMetrics().lineSpacing() * lines + self._theme.px(22))

    def canInsertFromMimeData(self, source: QMimeData) -> bool:  # Qt's name
        """Text; what is dropped as a file is the window's to open."""
        return not source.hasUrls() and super().canInsertFromMimeData(source)

    def sizeHint(self) -> QSize:  # Qt's name
        """One line."""
        return QSize(self._theme.px(240), self._theme.px(38))

    def event(self, event: QEvent) -> bool:  # Qt's name
        """Where there is nothing of its own to take back, the key is the session's."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            document = self.document()
            undo, redo = event.matches(QKeySequence.StandardKey.Undo), event.matches(QKeySequence.StandardKey.Redo)
            if (undo and not document.isUndoAvailable()) or (redo and not document.isRedoAvailable()):
                event.ignore()
                return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Enter says, Shift+Enter breaks the line, the arrows bring back what was said."""
        key, shifted = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not shifted:
            self.say()
        elif key == Qt.Key.Key_Escape:
            self.stop_wanted.emit()
        elif key == Qt.Key.Key_Up and not self.textCursor().blockNumber() and self._before:
            self._recall(-1)
        elif key == Qt.Key.Key_Down and self._at < len(self._before):
            self._recall(1)
        else:
            super().keyPressEvent(event)

    def say(self) -> None:
        """Sends the text off; the field empties when it was taken (`taken`)."""
        if self.toPlainText().strip():
            self.said.emit(self.toPlainText().strip())

    def taken(self, text: str) -> None:
        """The line was said."""
        self._before.append(text)
        self._at = len(self._before)
        self.clear()

    def _recall(self, way: int) -> None:
        self._at = max(0, min(len(self._before), self._at + way))
        self.setPlainText(self._before[self._at] if self._at < len(self._before) else "")
        self.moveCursor(self.textCursor().MoveOperation.End)


class InputBar(QWidget):
    """The field with its button; while a model writes the button stops it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "header")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.field = LineField(theme)
        self.send = push_button(_("Say"), self.field.say, "primary", why=_("Say it (Enter)"))
        self.stop = push_button(_("Stop"), self.field.stop_wanted.emit, why=_("Stop the answer (Esc)"))
        self.hint = IconButton(theme, "hint", _("Put the scenario's first line in"), text="", colour="accent")
        self.speaker = Choice()
        self.speaker.setAccessibleName(_("Who says it"))
        self.speaker.setToolTip(_("Whose line it is: yours, or that of somebody else in the party"))
        self.speaker.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToContents)
        self.speaker.hide()
        line = QHBoxLayout(self)
        line.setContentsMargins(SPACE_16, SPACE_12, SPACE_16, SPACE_12)
        line.setSpacing(SPACE_8)
        line.addWidget(self.hint)
        line.addWidget(self.speaker)
        line.addWidget(self.field, 1)
        line.addWidget(self.send)
        line.addWidget(self.stop)
        self.show_state(ready=False, busy=False, why="")

    def show_state(self, *, ready: bool, busy: bool, why: str) -> None:
        """Which button counts now, and why there is none."""
        self.stop.setVisible(busy)
        self.send.setVisible(not busy)
        self.send.setEnabled(ready)
        self.field.setPlaceholderText(_("What do you do?") if ready or busy else why)

    def suggest(self, text: str) -> None:
        """Offers a line; an empty one hides the offer."""
        self.hint.setVisible(bool(text))
        self.hint.setToolTip(_("Put in the scenario's first line: “{text}”").format(text=text))

    def show_party(self, player: str | None, names: Sequence[str]) -> None:
        """Who can speak: the player first, then the others at the table."""
        others = [name for name in names if name != player]
        wanted = [(player or _("You"), ""), *((name, name) for name in others)]
        if wanted != [(self.speaker.itemText(n), self.speaker.itemData(n)) for n in range(self.speaker.count())]:
            chosen = self.speaker.currentData()
            self.speaker.clear()
            for word, name in wanted:
                self.speaker.addItem(word, name)
            self.speaker.setCurrentIndex(max(0, self.speaker.findData(chosen)))
        self.speaker.setVisible(bool(others))

    def who(self) -> str:
        """Who says the next line; empty for the player."""
        return str(self.speaker.currentData() or "")
