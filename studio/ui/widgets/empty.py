"""Owns how an empty place looks: what goes there, and the one next step."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_8, SPACE_16, SPACE_24
from studio.ui.widgets.basic import label, push_button

_MOST_WIDE = 440


class EmptyPlace(QWidget):
    """An icon, a heading, a sentence and at most one button, in the middle of the place."""

    def __init__(
        self,
        theme: Theme,
        icon_name: str,
        heading: str,
        sentence: str,
        action: str = "",
        run: Callable[[], object] | None = None,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._icon_name = icon_name
        self._icon = label()
        self._heading = label(heading, "title", wrap=True)
        self._sentence = label(sentence, "muted", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_24, SPACE_24, SPACE_24, SPACE_24)
        layout.setSpacing(SPACE_8)
        layout.addStretch(2)
        for part in (self._icon, self._heading, self._sentence):
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            part.setMaximumWidth(_MOST_WIDE)
            line = QHBoxLayout()
            line.addStretch(1)
            line.addWidget(part, 100)
            line.addStretch(1)
            layout.addLayout(line)
        if run is not None:
            layout.addSpacing(SPACE_16)
            layout.addWidget(push_button(action, run, "primary"), 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        theme.changed.connect(self._redraw)
        self._redraw()

    def say(self, heading: str, sentence: str) -> None:
        """Changes the words."""
        self._heading.setText(heading)
        self._sentence.setText(sentence)

    @Slot()
    def _redraw(self) -> None:
        edge = self._theme.px(36)
        self._icon.setPixmap(self._theme.icon(self._icon_name, "line_strong").pixmap(edge, edge))
