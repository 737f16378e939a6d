"""Owns what stands between the bubbles: remarks, and cards of trouble. Knows no session."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from studio.ui.play.transcript import Remark, Trouble
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import RADIUS_10, SPACE_8, SPACE_12
from studio.ui.widgets import label, push_button


class RemarkLine(QWidget):
    """A small line in the middle: what changed, or why something stayed text."""

    def __init__(self, theme: Theme, remark: Remark) -> None:
        super().__init__()
        self._theme = theme
        self._remark = remark
        self._icon = QLabel()
        self._text = label("", "caption", wrap=True, selectable=True)
        line = QHBoxLayout(self)
        line.setContentsMargins(SPACE_12, 0, SPACE_12, 0)
        line.setSpacing(SPACE_8)
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self._text, 1)
        theme.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Draws the line as it is now."""
        kind, times = self._remark.kind, self._remark.times
        self._text.setText(self._remark.text + (f"  ×{times}" if times > 1 else ""))
        colour = {"warning": "warning", "success": "dm", "health": "error"}.get(kind, "muted")
        edge = self._theme.px(15)
        self._icon.setPixmap(self._theme.icon(kind, colour).pixmap(edge, edge))


class TroubleCard(QFrame):
    """What went wrong, and the one way on."""

    def __init__(self, theme: Theme, trouble: Trouble, act: Callable[[], object]) -> None:
        super().__init__()
        self._theme = theme
        self._trouble = trouble
        self.setObjectName("trouble")
        self._icon = QLabel()
        text = label(trouble.text, "", wrap=True, selectable=True)
        line = QHBoxLayout(self)
        line.setContentsMargins(SPACE_12, SPACE_12, SPACE_12, SPACE_12)
        line.setSpacing(SPACE_12)
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(text, 1)
        self.button = push_button(trouble.action, act) if trouble.action else None
        if self.button is not None:
            line.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        theme.changed.connect(self._redraw)
        self._redraw()

    @Slot()
    def _redraw(self) -> None:
        edge = self._theme.px(18)
        self._icon.setPixmap(self._theme.icon("warning", "warning").pixmap(edge, edge))
        ground, line = (
            self._theme.tint("warning", 0.10, "panel").name(),
            self._theme.tint("warning", 0.35, "panel").name(),
        )
        radius = self._theme.px(RADIUS_10)
        self.setStyleSheet(
            f"QFrame#trouble {{ background: {ground}; border: 1px solid {line}; border-radius: {radius}px; }}"
        )
