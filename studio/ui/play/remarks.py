"""Owns the card of what went wrong where it is a widget of its own. Knows no session."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from studio.ui.play.rows import Trouble
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import RADIUS_10, SPACE_12
from studio.ui.widgets import label, push_button


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
