"""Owns the page that stands in for a tab while parts of the set-up are still on their way."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.parts import Part, Parts
from studio.ui.phrases import percent, time_left
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_12, SPACE_24
from studio.ui.widgets import label, row


class WaitingPage(QWidget):
    """What a tab waits for, with progress and time left for each part."""

    def __init__(self, theme: Theme, title: str, parts: Parts, names: tuple[str, ...]) -> None:
        super().__init__()
        self._theme = theme
        self._parts = parts
        self._names = names
        self._list = QVBoxLayout()
        self._list.setSpacing(SPACE_12)
        card = QFrame()
        card.setProperty("kind", "card")
        card.setMaximumWidth(theme.px(560))
        inside = QVBoxLayout(card)
        inside.setContentsMargins(SPACE_24, SPACE_24, SPACE_24, SPACE_24)
        inside.setSpacing(SPACE_12)
        inside.addWidget(label(_("{tab} is on its way").format(tab=title), "display"))
        inside.addWidget(
            label(_("These parts are still being installed. The other tabs work meanwhile."), "muted", wrap=True)
        )
        inside.addLayout(self._list)
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        line = QHBoxLayout()  # an aligned card would not get the height that its wrapped lines need
        line.addStretch(1)
        line.addWidget(card, 100)
        line.addStretch(1)
        layout.addLayout(line)
        layout.addStretch(3)
        parts.changed.connect(self._refresh)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        while (item := self._list.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        waiting = self._parts.waiting(self._names)
        for place, part in enumerate(waiting):
            again = part.failed is not None and part.failed in [one.failed for one in waiting[place + 1 :]]
            self._list.addWidget(_part(part, why=not again))


def _part(part: Part, *, why: bool = True) -> QWidget:
    """A part, and `why` it failed where that is not said below of another as well."""
    widget = QWidget()
    widget.setAccessibleName(part.title)
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(SPACE_4)
    going = (percent(part.fraction), time_left(part.seconds_left)) if part.failed is None else ()
    figures = "  ".join(word for word in going if word)
    layout.addLayout(row(label(part.title, "strong"), None, label(figures, "muted")))
    if part.failed is not None:
        if why:
            layout.addWidget(label(part.failed, "error", wrap=True, selectable=True))
        return widget
    bar = QProgressBar()
    bar.setTextVisible(False)
    bar.setAccessibleName(_("Progress of {title}").format(title=part.title))
    bar.setRange(0, 0 if part.fraction is None else 1000)
    bar.setValue(round((part.fraction or 0) * 1000))
    layout.addWidget(bar)
    if part.detail:
        layout.addWidget(label(part.detail, "caption", wrap=True))
    return widget
