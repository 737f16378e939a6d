"""Owns the column of the chat: shows a transcript's entries, stays at its end while it grows."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.cards.bubble import Bubble
from studio.ui.cards.content import Said, Throw
from studio.ui.cards.dice import DiceCard
from studio.ui.play.remarks import RemarkLine, TroubleCard
from studio.ui.play.transcript import Entry, Remark, Transcript
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_12, SPACE_16
from studio.ui.widgets import label

_FRAME_MS = 33
"""A bubble that is being written is drawn at most this often."""


class ChatView(QScrollArea):
    """The entries of one transcript, `head` above them."""

    def __init__(self, theme: Theme, transcript: Transcript, act: Callable[[], object], head: QWidget) -> None:
        super().__init__()
        self._theme = theme
        self._transcript = transcript
        self._act = act
        self._views: list[QWidget] = []
        self._stale: set[int] = set()
        self._at_end = True
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(_("The play"))
        self._column = QVBoxLayout(self._inside())
        self._column.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        self._column.setSpacing(SPACE_12)
        self._column.addWidget(head)
        self._pending = label("", "caption")
        self._pending.hide()
        self._column.addWidget(self._pending)
        self._column.addStretch(1)
        self._clock = QTimer(self, interval=_FRAME_MS, singleShot=True)
        self._clock.timeout.connect(self._draw_stale)
        self.verticalScrollBar().rangeChanged.connect(self._range_changed)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        transcript.added = self._added
        transcript.changed = self._changed
        self.show_all()

    def _inside(self) -> QWidget:
        inside = QWidget()
        inside.setProperty("kind", "base")
        inside.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWidget(inside)
        return inside

    def show_all(self) -> None:
        """Draws the transcript anew."""
        for view in self._views:
            self._column.removeWidget(view)
            view.deleteLater()
        self._views.clear()
        self._stale.clear()
        for number in range(len(self._transcript.entries)):
            self._added(number)

    def _added(self, number: int) -> None:
        self._settle_trouble()
        self._pending.hide()
        view = self._view(self._transcript.entries[number])
        self._views.append(view)
        self._column.insertWidget(self._column.indexOf(self._pending), view)

    def show_pending(self, text: str) -> None:
        """A dim line at the end while nothing is written yet; an empty one goes."""
        self._pending.setText(text)
        self._pending.setVisible(bool(text))

    def _settle_trouble(self) -> None:
        """What went wrong before is past once something follows it: its button goes."""
        last = self._views[-1] if self._views else None
        if isinstance(last, TroubleCard) and last.button is not None:
            last.button.hide()

    def _view(self, entry: Entry) -> QWidget:
        if isinstance(entry, Said):
            return Bubble(self._theme, entry)
        if isinstance(entry, Throw):
            return DiceCard(self._theme, entry)
        if isinstance(entry, Remark):
            return RemarkLine(self._theme, entry)
        return TroubleCard(self._theme, entry, self._act)

    def _changed(self, number: int) -> None:
        self._stale.add(number)
        if not self._clock.isActive():
            self._clock.start()

    @Slot()
    def _draw_stale(self) -> None:
        for number in self._stale:
            view = self._views[number] if number < len(self._views) else None
            if isinstance(view, Bubble | RemarkLine):
                view.refresh()
        self._stale.clear()

    @Slot(int, int)
    def _range_changed(self, _least: int, most: int) -> None:
        if self._at_end:
            self.verticalScrollBar().setValue(most)

    @Slot(int)
    def _scrolled(self, value: int) -> None:
        self._at_end = value >= self.verticalScrollBar().maximum() - 4
