"""Owns a word in a tinted box: a tool call, an outcome, a condition; knows none of them."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel

from studio.ui.theme import Theme
from studio.ui.theme.tokens import RADIUS_6, SIZE_SMALL, SPACE_8

_LEAST_WIDE = 24


class Chip(QLabel):
    """A word in a token's colour; where it lacks room it is cut, and its tool tip has the whole."""

    def __init__(self, theme: Theme, text: str, token: str, *, mono: bool = False) -> None:
        super().__init__(text)
        self._theme = theme
        self._token = token
        self._mono = mono
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setContentsMargins(SPACE_8, 3, SPACE_8, 3)
        self.setMinimumWidth(_LEAST_WIDE)
        self.setToolTip(text)
        theme.changed.connect(self._restyle)
        self._restyle()

    @Slot()
    def _restyle(self) -> None:
        theme, size = self._theme, SIZE_SMALL - 1
        self.setFont(theme.mono_font(size) if self._mono else theme.text_font(size, QFont.Weight.DemiBold))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the box and the word."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.tint(self._token, 0.16, "panel"))
            painter.drawRoundedRect(self.rect(), RADIUS_6, RADIUS_6)
            painter.setPen(self._theme.colour(self._token))
            painter.setFont(self.font())
            place = self.contentsRect()
            word = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, place.width() + 1)
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, word)
