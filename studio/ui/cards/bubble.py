"""Owns how one turn looks in a chat; knows neither scenario nor session."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFont, QTextDocument
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.language import _
from studio.rules import Outcome
from studio.ui.cards.chip import Chip
from studio.ui.cards.content import Said, Voice
from studio.ui.cards.prose import rich
from studio.ui.theme import Theme
from studio.ui.theme.tokens import RADIUS_10, SIZE_SMALL, SPACE_4, SPACE_8, SPACE_12
from studio.ui.widgets import label

_SHARES = (6, 1)
"""Of a bubble's row: for the bubble at most, and left free beside it."""
_WIDEST = 720
_LEAST_WIDE = 24


class Bubble(QWidget):
    """What the player or the narrator says, as wide as its text needs. `refresh` follows what is said."""

    def __init__(self, theme: Theme, said: Said) -> None:
        super().__init__()
        self._theme = theme
        self._said = said
        self._frame = QFrame()
        self._frame.setObjectName("bubble")
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setMinimumWidth(_LEAST_WIDE)
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._who = label(said.name)
        self._outcome: Chip | None = None
        self._chips: list[Chip] = []
        self._head = QHBoxLayout()
        self._head.setSpacing(SPACE_8)
        self._head.addWidget(self._who)
        self._head.addStretch(1)
        self._inside = QVBoxLayout(self._frame)
        self._inside.setContentsMargins(SPACE_12, SPACE_8, SPACE_12, SPACE_8)
        self._inside.setSpacing(SPACE_4)
        self._inside.addLayout(self._head)
        self._inside.addWidget(self._text)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self._frame, _SHARES[0])
        line.insertStretch(0 if said.voice is Voice.PLAYER else 1, _SHARES[1])
        theme.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Draws what is said as it is now."""
        theme, said = self._theme, self._said
        unnamed = _("You") if said.voice is Voice.PLAYER else _("Narrator")
        self.setAccessibleName(f"{said.name or unnamed}: {said.text}")
        style = f"color: {theme.colours.toolcall}; font-family: '{theme.mono_font().family()}'; font-weight: 600"
        text = rich(said.prose + (" ▍" if said.open else ""), style)
        self._text.setText(text or "…")
        self._text.setVisible(bool(text or not said.calls))
        self._frame.setStyleSheet(self._sheet())
        self._show_who()
        self._show_outcome()
        self._show_calls()
        self._fit()

    def _sheet(self) -> str:
        theme, said = self._theme, self._said
        if said.voice is Voice.PLAYER:
            ground, edge = theme.tint("user", 0.18, "panel").name(), theme.tint("user", 0.30, "panel").name()
        else:
            ground, edge = theme.colours.panel, theme.colours.line
        dash = "dashed" if said.broken else "solid"
        radius = theme.px(RADIUS_10)
        return f"QFrame#bubble {{ background: {ground}; border: 1px {dash} {edge}; border-radius: {radius}px; }}"

    def _show_who(self) -> None:
        self._who.setVisible(bool(self._said.name))
        self._who.setFont(self._theme.text_font(SIZE_SMALL, QFont.Weight.DemiBold))
        palette = self._who.palette()
        token = "user" if self._said.voice is Voice.PLAYER else "dm"
        palette.setColor(self._who.foregroundRole(), self._theme.colour(token))
        self._who.setPalette(palette)

    def _show_outcome(self) -> None:
        if self._outcome is None and self._said.outcome is not None:
            won = self._said.outcome is Outcome.SUCCESS
            self._outcome = Chip(self._theme, _("Success") if won else _("Failed"), "dm" if won else "error")
            self._head.insertWidget(1, self._outcome)

    def _show_calls(self) -> None:
        for call in self._said.calls[len(self._chips) :]:
            chip = Chip(self._theme, call.strip("[]"), "toolcall", mono=True)
            self._chips.append(chip)
            self._inside.addWidget(chip, 0, Qt.AlignmentFlag.AlignLeft)

    def _fit(self) -> None:
        """Lets the bubble become as wide as what stands in it needs, and no wider."""
        around = 2 * SPACE_12 + 2
        most = self._theme.px(_WIDEST) - around
        document = QTextDocument()
        document.setDefaultFont(self._text.font())
        document.setDocumentMargin(0)
        document.setHtml(self._text.text())
        document.setTextWidth(most)
        needed = [_LEAST_WIDE, int(document.idealWidth()) + 2, self._head.sizeHint().width()]
        needed += [chip.sizeHint().width() for chip in self._chips]
        self._frame.setMaximumWidth(min(most, max(needed)) + around)
