"""Owns the list of what a data set lacks, as scenarios to write, and the two ways to write one. Knows no balance."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.language import _
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import EmptyPlace, Index, RowPainter, label, push_button, row

_MOST = 200
_SHORT = 5
_BAR = 14
"""Room for the scroll bar, whether it is there or not: else its coming would break lines anew."""


class _Lines(RowPainter):
    """A sentence on as many lines as it needs."""

    def __init__(self, theme: Theme, listed: QWidget) -> None:
        super().__init__(theme)
        self._listed = listed

    @property
    def _room(self) -> int:
        """How wide a sentence may be: measured and drawn the same, so that its lines break where they were counted."""
        return self._listed.width() - 2 * SPACE_16 - _BAR

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """As high as the sentence is in the list's width."""
        width = self._room
        metrics = QFontMetrics(self._theme.text_font())
        flags = int(Qt.TextFlag.TextWordWrap)
        return QSize(width, metrics.boundingRect(0, 0, width, 10_000, flags, str(index.data())).height() + 2 * SPACE_8)

    def draw(self, painter: QPainter, box: QRect, index: Index) -> None:
        """The sentence."""
        painter.setFont(self._theme.text_font())
        painter.setPen(self._theme.colour("text"))
        place = QRect(box.left() + SPACE_16, box.top() + SPACE_8, self._room, box.height())
        painter.drawText(place, int(Qt.TextFlag.TextWordWrap), str(index.data()))


class Missing(QWidget):
    """The list. `draft_wanted` and `write_wanted` carry the chosen one's values."""

    draft_wanted = Signal(object)
    write_wanted = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._gaps: list[Mapping[str, object]] = []
        self.list = QListWidget()
        self._lines = _Lines(theme, self.list)
        self.list.setItemDelegate(self._lines)
        self.list.setAccessibleName(_("Scenarios to write"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self._short = label("", "caption", wrap=True)
        self._short.setContentsMargins(SPACE_16, SPACE_4, SPACE_16, SPACE_8)
        self._head = label(_("Scenarios to write"), "strong")
        self._head.setContentsMargins(SPACE_16, 0, SPACE_16, 0)
        self.list.currentRowChanged.connect(self._ready)
        self.list.itemActivated.connect(lambda _item: self._write())
        self.help = push_button(
            _("Help me write"), self._draft, "primary", why=_("A model drafts it; you read it before it counts")
        )
        self.write = push_button(_("Write it"), self._write, why=_("A new scenario from a template, in Write"))
        self._note = label("", "caption", wrap=True)
        self._pages = QStackedWidget()
        self._pages.addWidget(
            EmptyPlace(theme, "success", _("Nothing is missing"), _("What is counted is there as often as wanted."))
        )
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, SPACE_4, 0, 0)
        column.setSpacing(SPACE_8)
        for part in (self._short, self._head):
            column.addWidget(part)
        column.addWidget(self.list, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(SPACE_12, 0, SPACE_12, SPACE_12)
        foot.setSpacing(SPACE_8)
        foot.addWidget(self._note)
        foot.addLayout(row(self.help, self.write, None))
        column.addLayout(foot)
        self._pages.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._pages)
        theme.changed.connect(self._redraw)
        self._ready()

    def show_gaps(self, gaps: Sequence[Mapping[str, object]], short: Sequence[str]) -> None:
        """Shows the scenarios to write, and in words what there is too little of; the worst first."""
        self._short.setText("\n".join(short[:_SHORT]))
        self._short.setToolTip("\n".join(short))
        self._short.setVisible(bool(short))
        self._gaps = list(gaps)[:_MOST]
        self._pages.setCurrentIndex(1 if self._gaps else 0)
        self._redraw()

    @Slot()
    def _redraw(self) -> None:
        chosen = max(0, self.list.currentRow())
        self.list.clear()
        for gap in self._gaps:
            self.list.addItem(QListWidgetItem(str(gap.get("sentence", ""))))
        if self._gaps:
            self.list.setCurrentRow(min(chosen, len(self._gaps) - 1))
        self._ready()

    def show_drafting(self, words: str, ready: bool) -> None:
        """Says how a draft is coming along; nothing else is drafted meanwhile."""
        self._note.setText(words)
        self._note.setVisible(bool(words))
        self.help.setEnabled(ready and self.list.currentRow() >= 0)

    def choose(self, what: str, value: str) -> bool:
        """Chooses the first scenario that adds a value; False where none does."""
        place = next((at for at, gap in enumerate(self._gaps) if _adds(gap, what, value)), -1)
        if place >= 0:
            self.list.setCurrentRow(place)
        return place >= 0

    @property
    def gap(self) -> Mapping[str, object] | None:
        """The chosen one."""
        place = self.list.currentRow()
        return self._gaps[place] if 0 <= place < len(self._gaps) else None

    @Slot()
    def _ready(self) -> None:
        for button in (self.help, self.write):
            button.setEnabled(self.gap is not None)
        self._note.setVisible(bool(self._note.text()))

    def _draft(self) -> None:
        if self.gap is not None:
            self.draft_wanted.emit(self.gap)

    def _write(self) -> None:
        if self.gap is not None:
            self.write_wanted.emit(self.gap)


def _adds(gap: Mapping[str, object], what: str, value: str) -> bool:
    """Whether a scenario to write would add a value."""
    fills = gap.get("fills")
    rows = fills if isinstance(fills, list | tuple) else ()
    return any(isinstance(one, dict) and (one.get("what"), one.get("value")) == (what, value) for one in rows)
