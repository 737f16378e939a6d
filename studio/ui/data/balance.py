"""Owns how the balance of a data set is shown: a bar a value, against what is wanted. Counts nothing.

It is one list, so that arrows go through all bars and a screen reader tells each with its figures.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.language import _
from studio.ui.data.words import counted_word, value_word
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SIZE_SMALL, SPACE_4, SPACE_8, SPACE_16

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_ROLE = Qt.ItemDataRole
_ORDER = ("type", "tool", "skill", "outcome", "dc", "class", "level", "length", "turns", "game")
_MOST = 24
_HEAD, _BAR = 38, 32


@dataclass(frozen=True, slots=True)
class Bar:
    """One line: a head (no value), or a value with how often it is there and is wanted, as shares of the longest."""

    what: str
    value: str = ""
    have: int = 0
    want: int = 0
    share: float = 0.0
    wanted_share: float = 0.0

    @property
    def words(self) -> str:
        """The line for a screen reader."""
        if not self.value:
            return counted_word(self.what)
        told = f"{counted_word(self.what)} {value_word(self.value)}: {self.have}"
        return _("{told}, {want} wanted").format(told=told, want=self.want) if self.want else told


def bars_of(counts: Mapping[str, Mapping[str, int]], targets: Mapping[str, Mapping[str, int]]) -> list[Bar]:
    """The lines: a head each, then its values, the most frequent first and what is missing wholly last."""
    lines: list[Bar] = []
    known = [*_ORDER, *(what for what in counts if what not in _ORDER)]
    for what in known:
        have, want = counts.get(what, {}), targets.get(what, {})
        pairs = {**dict.fromkeys(want, 0), **have}
        if not pairs:
            continue
        values = list(pairs.items()) if what in ("length", "turns") else sorted(pairs.items(), key=lambda one: -one[1])
        most = max(max(pairs.values()), max(want.values(), default=0), 1)
        lines.append(Bar(what))
        lines += [
            Bar(what, value, count, want.get(value, 0), count / most, want.get(value, 0) / most)
            for value, count in values[:_MOST]
        ]
    return lines


class _Bars(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.bars: list[Bar] = []

    def show_bars(self, bars: list[Bar]) -> None:
        self.beginResetModel()
        self.bars = bars
        self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:  # Qt's name
        return 0 if parent.isValid() else len(self.bars)

    def data(self, index: _Index, role: int = _ROLE.DisplayRole) -> Any:
        bar = self.bars[index.row()]
        if role in (_ROLE.DisplayRole, _ROLE.AccessibleTextRole):
            return bar.words
        if role == _ROLE.ToolTipRole and bar.value:
            return _("{bar}. Click to see these examples.").format(bar=bar.words)
        return bar if role == _ROLE.UserRole else None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        head = not self.bars[index.row()].value
        return Qt.ItemFlag.ItemIsEnabled if head else Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class _Drawn(QStyledItemDelegate):
    """A head as a word; a bar as value, count and a line below them, with a mark where it is wanted to end."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, index: _Index) -> QSize:  # Qt's name
        bar = index.data(_ROLE.UserRole)
        return QSize(120, self._theme.px(_BAR if bar.value else _HEAD))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        bar, theme = index.data(_ROLE.UserRole), self._theme
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if bar.value:
            option.widget.style().drawPrimitive(
                QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget
            )
        box = QRectF(option.rect).adjusted(theme.px(SPACE_16), 0, -theme.px(SPACE_16), 0)
        if not bar.value:
            painter.setFont(theme.text_font(weight=QFont.Weight.DemiBold))
            painter.setPen(theme.colour("text"))
            painter.drawText(box.adjusted(0, theme.px(SPACE_8), 0, 0), Qt.AlignmentFlag.AlignVCenter, bar.words)
        else:
            self._draw_bar(painter, box, bar)
        painter.restore()

    def _draw_bar(self, painter: QPainter, box: QRectF, bar: Bar) -> None:
        theme = self._theme
        painter.setFont(theme.text_font(SIZE_SMALL))
        figures = f"{bar.have} / {bar.want}" if bar.want else str(bar.have)
        short = bar.want and bar.have < bar.want
        room = painter.fontMetrics().horizontalAdvance(figures) + theme.px(SPACE_8)
        line = QRectF(box.left(), box.top() + theme.px(SPACE_4), box.width(), box.height() * 0.5)
        words = painter.fontMetrics().elidedText(
            value_word(bar.value), Qt.TextElideMode.ElideRight, int(line.width() - room)
        )
        painter.setPen(theme.colour("secondary"))
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)
        painter.setPen(theme.colour("warning" if short else "muted"))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, figures)
        height = theme.px(4)
        groove = QRectF(box.left(), line.bottom() + theme.px(3), box.width(), height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("raised"))
        painter.drawRoundedRect(groove, height / 2, height / 2)
        if bar.share:
            painter.setBrush(theme.colour("warning" if short else "accent"))
            width = max(float(height), groove.width() * bar.share)
            painter.drawRoundedRect(QRectF(groove.left(), groove.top(), width, height), height / 2, height / 2)
        if bar.want:
            painter.setBrush(theme.colour("text"))
            at = groove.left() + groove.width() * bar.wanted_share
            painter.drawRect(QRectF(min(at, groove.right()) - 1, groove.top() - 2, 2, height + 4))


class Balance(QListView):
    """The bars. `chosen` carries what is counted and its value."""

    chosen = Signal(str, str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._model = _Bars()
        self._drawn = _Drawn(theme)
        self.setModel(self._model)
        self.setItemDelegate(self._drawn)
        self.setAccessibleName(_("Balance"))
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)
        theme.changed.connect(self._restyle)

    def show_counts(self, counts: Mapping[str, Mapping[str, int]], targets: Mapping[str, Mapping[str, int]]) -> None:
        """Shows what is there and what is wanted."""
        self._model.show_bars(bars_of(counts, targets))

    @property
    def bars(self) -> list[Bar]:
        """What is shown."""
        return self._model.bars

    def choose(self, what: str, value: str) -> None:
        """Puts the keys on a bar, where there is one."""
        place = next((at for at, bar in enumerate(self.bars) if (bar.what, bar.value) == (what, value)), -1)
        if place >= 0:
            self.setCurrentIndex(self._model.index(place))

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        bar = self._model.bars[index.row()]
        if bar.value:
            self.chosen.emit(bar.what, bar.value)

    @Slot()
    def _restyle(self) -> None:
        self.scheduleDelayedItemsLayout()
        self.viewport().update()
