"""Owns a small window that opens beneath a button and goes when something else is clicked. Knows not what is in it."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_12, SPACE_16
from studio.ui.widgets import label


class Popover(QFrame):
    """A heading and what the heir puts into `column`."""

    def __init__(self, theme: Theme, parent: QWidget, heading: str) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.theme = theme
        self.setProperty("kind", "popup")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(heading)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        self.column.setSpacing(SPACE_12)
        self.column.addWidget(label(heading, "title"))

    def open_by(self, button: QWidget) -> None:
        """Opens beneath a button, inside its window."""
        self.adjustSize()
        window = button.window()
        at = button.mapTo(window, QPoint(0, button.height() + 4))
        left = max(8, min(at.x(), window.width() - self.width() - 8))
        top = at.y() if at.y() + self.height() <= window.height() - 8 else max(8, window.height() - self.height() - 8)
        self.move(window.mapToGlobal(QPoint(left, top)))
        self.show()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)
