"""Owns the strip that says from where a text is played on, with its two ways back; knows no text and no model."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from studio.language import _, plural
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import label, push_button


class PlayedFrom(QFrame):
    """Where the play began. `keep_wanted` asks for the turns to be put into the text, `back_wanted` for the text."""

    keep_wanted = Signal()
    back_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("kind", "notice")
        self._picture = label()
        self.words = label("")
        self._count = label("", "muted")
        self.keep = push_button(
            _("Keep"), self.keep_wanted.emit, "primary", why=_("Put what was played into the text, behind that turn")
        )
        self.back = push_button(_("Back to writing"), self.back_wanted.emit, why=_("Show the text again (Shift+F5)"))
        line = QHBoxLayout(self)
        line.setContentsMargins(SPACE_16, SPACE_8, SPACE_12, SPACE_8)
        line.setSpacing(SPACE_8)
        for part in (self._picture, self.words, self._count):
            line.addWidget(part)
        line.addStretch(1)
        line.addWidget(self.keep)
        line.addWidget(self.back)
        theme.changed.connect(self._redraw)
        self._redraw()
        self.hide()

    def _redraw(self) -> None:
        edge = self._theme.px(16)
        self._picture.setPixmap(self._theme.icon("write", "accent").pixmap(edge, edge))

    def show_place(self, title: str, turns: int) -> None:
        """Says which text it is, and after how many of its turns the play began."""
        place = _("turn {n}").format(n=turns) if turns else _("its beginning")
        self.words.setText(_("Played from {title}, {place}").format(title=title, place=place))
        self.show()

    def show_count(self, turns: int, *, done: bool) -> None:
        """Says how many turns were played; they can be kept once none is being written."""
        self._count.setText("· " + plural("{count} turn played", "{count} turns played", turns) if turns else "")
        self.keep.setEnabled(bool(turns) and done)
