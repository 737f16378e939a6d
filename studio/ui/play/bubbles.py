"""Owns how an entry of the chat looks: bubbles, remarks, cards of trouble. Knows no session."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.language import _
from studio.rules import Outcome
from studio.ui.play.prose import rich
from studio.ui.play.transcript import Remark, Said, Trouble, Voice
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import RADIUS_6, RADIUS_10, SPACE_4, SPACE_8, SPACE_12
from studio.ui.widgets import label, push_button

_SHARE = 0.86
_WIDEST = 720


class Bubble(QWidget):
    """What the player or the narrator says, as wide as its text needs."""

    def __init__(self, theme: Theme, said: Said) -> None:
        super().__init__()
        self._theme = theme
        self._said = said
        self._room = 0
        self._frame = QFrame()
        self._frame.setObjectName("bubble")
        self._badge = label("", "")
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        inside = QVBoxLayout(self._frame)
        inside.setContentsMargins(SPACE_12, SPACE_8, SPACE_12, SPACE_8)
        inside.setSpacing(SPACE_4)
        inside.addWidget(self._badge, 0, Qt.AlignmentFlag.AlignLeft)
        inside.addWidget(self._text)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self._frame, 0, Qt.AlignmentFlag.AlignTop)
        line.insertStretch(0 if said.voice is Voice.PLAYER else 1, 1)
        theme.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Draws the entry as it is now."""
        theme, said = self._theme, self._said
        colours = theme.colours
        who = _("You") if said.voice is Voice.PLAYER else _("Narrator")
        self.setAccessibleName(f"{who}: {said.text}")
        style = f"color: {colours.toolcall}; font-family: '{theme.mono_font().family()}'; font-weight: 600"
        self._text.setText(rich(said.text + (" ▍" if said.open else ""), style) or "…")
        self._frame.setStyleSheet(self._sheet())
        self._show_badge()
        self.fit(self._room)

    def _sheet(self) -> str:
        theme, said = self._theme, self._said
        if said.voice is Voice.PLAYER:
            ground, edge = theme.tint("user", 0.18, "panel").name(), theme.tint("user", 0.30, "panel").name()
        else:
            ground, edge = theme.colours.panel, theme.colours.line
        dash = "dashed" if said.broken else "solid"
        radius = theme.px(RADIUS_10)
        return f"QFrame#bubble {{ background: {ground}; border: 1px {dash} {edge}; border-radius: {radius}px; }}"

    def _show_badge(self) -> None:
        outcome = self._said.outcome
        self._badge.setVisible(outcome is not None)
        if outcome is None:
            return
        won = outcome is Outcome.SUCCESS
        self._badge.setText(_("Success") if won else _("Failed"))
        self._badge.setStyleSheet(badge_sheet(self._theme, "dm" if won else "error"))

    def fit(self, room: int) -> None:
        """Makes the bubble as wide as its text needs in a column `room` wide."""
        self._room = room
        if room <= 0:
            return
        most = min(int(room * _SHARE), self._theme.px(_WIDEST)) - 2 * SPACE_12 - 2
        document = QTextDocument()
        document.setDefaultFont(self._text.font())
        document.setDocumentMargin(0)
        document.setHtml(self._text.text())
        document.setTextWidth(most)
        badge = self._badge.sizeHint().width() if self._said.outcome else 0
        self._text.setFixedWidth(max(24, badge, min(most, int(document.idealWidth()) + 2)))


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


def badge_sheet(theme: Theme, token: str) -> str:
    """The style of a small word on a tint of a token's colour."""
    ground, ink = theme.tint(token, 0.18, "panel").name(), theme.colour(token).name()
    return (
        f"QLabel {{ background: {ground}; color: {ink}; border-radius: {theme.px(RADIUS_6)}px;"
        f" padding: 1px {theme.px(SPACE_8)}px; font-size: {theme.px(11)}px; font-weight: 600; }}"
    )
