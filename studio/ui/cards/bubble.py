"""Owns how one turn looks in a chat; knows neither scenario nor session."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.cards.markdown import to_html
from studio.ui.theme import Theme
from studio.ui.theme.tokens import RADIUS_10, SIZE_SMALL, SPACE_4, SPACE_8, SPACE_12
from studio.ui.widgets import label

_MOST_WIDE = 620


class Chip(QLabel):
    """A word in a tinted box, for a tool call or an outcome."""

    def __init__(self, theme: Theme, text: str, colour: str, *, mono: bool = False) -> None:
        super().__init__(text)
        self._theme = theme
        self._colour = colour
        self._mono = mono
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setContentsMargins(SPACE_8, 3, SPACE_8, 3)
        theme.changed.connect(self._restyle)
        self._restyle()

    @Slot()
    def _restyle(self) -> None:
        small = self._theme.mono_font(SIZE_SMALL - 1) if self._mono else self._theme.text_font(SIZE_SMALL - 1)
        self.setFont(small)
        palette = self.palette()
        palette.setColor(self.foregroundRole(), self._theme.colour(self._colour))
        self.setPalette(palette)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the box below the word."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.tint(self._colour, 0.14, "panel"))
            painter.drawRoundedRect(self.rect(), 5, 5)
            painter.setPen(self._theme.colour(self._colour))
            painter.setFont(self.font())
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())


class Bubble(QWidget):
    """One turn: who speaks, what is said, and the calls that it makes.

    `speaker` is User or DM; `outcome` is True or False where the turn opens with one; `calls` are shown as chips.
    """

    def __init__(
        self,
        theme: Theme,
        speaker: str,
        text: str,
        *,
        name: str = "",
        calls: tuple[str, ...] = (),
        outcome: bool | None = None,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._colour = "user" if speaker == "User" else "dm"
        self._mine = speaker == "User"
        who = name or (_("Player") if self._mine else _("Narrator"))
        self.text = QLabel(to_html(text))
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setAccessibleName(f"{who}: {text}")
        self._who = label(who)
        self._inner = QVBoxLayout()
        self._inner.setContentsMargins(SPACE_12, SPACE_8, SPACE_12, SPACE_8)
        self._inner.setSpacing(SPACE_4)
        self._inner.addLayout(self._head(outcome))
        if text:
            self._inner.addWidget(self.text)
        self.chips = self._add_chips(calls)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addLayout(self._inner, 1)
        self.setMaximumWidth(theme.px(_MOST_WIDE))
        theme.changed.connect(self._restyle)
        self._restyle()

    def set_text(self, text: str) -> None:
        """Changes what is said, for a reply that is still coming."""
        self.text.setText(to_html(text))

    def _head(self, outcome: bool | None) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(SPACE_8)
        head.addWidget(self._who)
        if outcome is not None:
            head.addWidget(Chip(self._theme, _("Success") if outcome else _("Failed"), "dm" if outcome else "error"))
        head.addStretch(1)
        return head

    def _add_chips(self, calls: tuple[str, ...]) -> list[Chip]:
        chips = [Chip(self._theme, call, "toolcall", mono=True) for call in calls]
        for chip in chips:
            self._inner.addWidget(chip, 0, Qt.AlignmentFlag.AlignLeft)
        return chips

    @Slot()
    def _restyle(self) -> None:
        self._who.setFont(self._theme.text_font(SIZE_SMALL, QFont.Weight.DemiBold))
        palette = self._who.palette()
        palette.setColor(self._who.foregroundRole(), self._theme.colour(self._colour))
        self._who.setPalette(palette)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the bubble; the narrator's has a bar at its left."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            share = 0.13 if self._mine else 0.05
            painter.setBrush(self._theme.tint(self._colour if self._mine else "text", share, "panel"))
            painter.drawRoundedRect(self.rect(), RADIUS_10, RADIUS_10)
            if not self._mine:
                painter.setBrush(self._theme.colour(self._colour))
                painter.drawRoundedRect(0, RADIUS_10, 3, self.height() - 2 * RADIUS_10, 1.5, 1.5)
