"""Owns the small bar of buttons beside a row of the chat; knows neither row nor session."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from studio.language import _
from studio.ui.play.row_deeds import DEEDS, Deed
from studio.ui.theme.theme import Theme
from studio.ui.widgets import IconButton, label


class RowBar(QFrame):
    """Buttons for what can be done. `wanted` carries a deed's name, `more` asks for all that can be done."""

    wanted = Signal(str)
    more = Signal()

    def __init__(self, theme: Theme, *, framed: bool) -> None:
        super().__init__()
        self.setProperty("kind", "popup" if framed else "")
        self.setAccessibleName(_("What can be done with this turn"))
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._theme = theme
        self._offered: tuple[tuple[Deed, ...], tuple[int, int], str] | None = None
        line = QHBoxLayout(self)
        line.setContentsMargins(2, 1, 2, 1)
        line.setSpacing(0)
        self.buttons = {deed.name: self._button(deed) for deed in DEEDS if deed.on_bar}
        self._count = label("", "caption")
        for name, button in self.buttons.items():
            line.addWidget(button)
            if name == "older":
                line.addWidget(self._count)
        self._more = IconButton(theme, "more", _("More…"), size=15)
        self._more.clicked.connect(self.more)
        line.addWidget(self._more)
        self.hide()

    def _button(self, deed: Deed) -> IconButton:
        keys = f" ({deed.keys[0]})" if deed.keys else ""
        made = IconButton(self._theme, deed.icon_name, _(deed.title) + keys, size=15)
        made.setCheckable(deed.name in ("good", "bad"))
        made.clicked.connect(lambda _on=False, name=deed.name: self.wanted.emit(name))
        return made

    def offer(self, deeds: Sequence[Deed], *, version: tuple[int, int], mark: str) -> None:
        """Shows the buttons for what can be done now."""
        offered = (tuple(deeds), version, mark)
        if offered == self._offered:
            return
        self._offered = offered
        names = {deed.name for deed in deeds}
        several = version[1] > 1
        for name, button in self.buttons.items():
            turning = name in ("older", "newer")
            button.setVisible(several if turning else name in names)
            button.setEnabled(name in names)
            if button.isCheckable():
                button.setChecked(mark == name)
        self._count.setVisible(several)
        self._count.setText(f"{version[0]}/{version[1]}")
        self._count.setAccessibleName(_("version {n} of {of}").format(n=version[0], of=version[1]))
        self.adjustSize()
