"""Owns the table of quantisations; several can be ticked, and one is picked for the device."""

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from studio.language import N_, _
from studio.ui.convert.plan import Choice
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8
from studio.ui.widgets import TableRows
from studio.ui.widgets.plain_table import PlainTable

_Index = QModelIndex | QPersistentModelIndex
_NAME, _SIZE, _BAR, _MEMORY, _ABOUT = 0, 1, 2, 5, 7
_NUMBERS = (1, 3, 4, 5, 6)
_ROW, _BAR_WIDTH = 28, 72


class ChoicesModel(TableRows[Choice]):
    """The quantisations with what they come to. `ticked` are the names of those that will be made."""

    columns = (
        N_("Quantisation"), N_("Size"), "", N_("Bits a weight"), N_("Packed wider"), N_("Memory in play"),
        N_("Loss (nats)"), N_("What to expect"),
    )  # fmt: skip

    turned = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.ticked: set[str] = set()
        self.picked: str | None = None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text for display, the tick, and the share of the largest size for the bar."""
        choice, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return _cells(choice)[column]
        if role == Qt.ItemDataRole.CheckStateRole and column == _NAME:
            return Qt.CheckState.Checked if choice.name in self.ticked else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.UserRole:
            return choice.share
        if role == Qt.ItemDataRole.ToolTipRole:
            return (choice.about if column == _ABOUT else choice.note) or None
        if role == Qt.ItemDataRole.TextAlignmentRole and column in _NUMBERS:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.FontRole and column == _NAME and choice.name == self.picked:
            font = QFont()
            font.setBold(True)
            return font
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colour(choice, column)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The columns' names, each over its numbers."""
        if role == Qt.ItemDataRole.TextAlignmentRole and section in _NUMBERS:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return super().headerData(section, orientation, role)

    def _colour(self, choice: Choice, column: int) -> Any:
        if not choice.ready:
            return self._theme.colour("muted")
        if column == _MEMORY and choice.fits is False:
            return self._theme.colour("warning")
        return self._theme.colour("muted") if column == _ABOUT else None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """The first column can be ticked."""
        usual = super().flags(index)
        return usual | Qt.ItemFlag.ItemIsUserCheckable if index.column() == _NAME else usual

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Takes a tick."""
        if role != Qt.ItemDataRole.CheckStateRole or index.column() != _NAME:
            return False
        self.turn(index.row())
        return True

    def turn(self, row: int) -> None:
        """Ticks a row that is not, and the other way round."""
        self.ticked ^= {self.rows[row].name}
        self._tell()

    def tick(self, names: Iterable[str]) -> None:
        """Ticks exactly these."""
        self.ticked = set(names)
        self._tell()

    def _tell(self) -> None:
        self.dataChanged.emit(self.index(0, 0), self.index(max(0, self.rowCount() - 1), _NAME))
        self.turned.emit()


def _cells(choice: Choice) -> tuple[str, ...]:
    return (
        choice.name, choice.size, "", choice.bits, choice.wider, choice.memory, choice.loss, choice.about,
    )  # fmt: skip


class _Bar(QStyledItemDelegate):
    """The size as a bar, the largest that is shown being full."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.largest = 1.0

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draws the row's ground, then the bar."""
        super().paint(painter, option, index)
        place = QRectF(option.rect).adjusted(SPACE_8, 0, -SPACE_8, 0)
        height = self._theme.px(6)
        share = float(index.data(Qt.ItemDataRole.UserRole) or 0) / self.largest
        bar = QRectF(place.left(), place.center().y() - height / 2, place.width() * share, height)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("accent"))
        painter.drawRoundedRect(bar, height / 2, height / 2)
        painter.restore()

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:  # Qt's name
        """Room for a bar."""
        return QSize(self._theme.px(_BAR_WIDTH), self._theme.px(_ROW))


class ChoicesView(PlainTable):
    """The table; `turned` tells that a tick changed, `looked_at` that another row has the keys."""

    turned = Signal()
    looked_at = Signal()

    def __init__(self, theme: Theme) -> None:
        self._rows = ChoicesModel(theme)
        super().__init__(theme, self._rows, _("Quantisations"))
        self._bar = _Bar(theme)
        self._all: tuple[Choice, ...] = ()
        self._every = False
        self.setItemDelegateForColumn(_BAR, self._bar)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._rows.turned.connect(self.turned)
        self.selectionModel().currentRowChanged.connect(self.looked_at)
        theme.changed.connect(self._fit)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        """As high as its rows: what is around it scrolls."""
        head = self.horizontalHeader().sizeHint().height()
        self.setFixedHeight(self._theme.px(_ROW) * max(1, self._rows.rowCount()) + head + 4)

    def show_choices(self, choices: tuple[Choice, ...], picked: str | None) -> None:
        """Shows a source's quantisations; ticks are kept as they are."""
        self._all, self._rows.picked = choices, picked
        self._show()

    def show_every(self, every: bool) -> None:
        """Shows every quantisation, or the usual ones with what is ticked or picked."""
        self._every = every
        self._show()

    def _show(self) -> None:
        row = self.looked()
        rows = [choice for choice in self._all if self._every or self._is_near(choice)]
        self._bar.largest = max((choice.share for choice in rows), default=0.0) or 1.0
        self._rows.show_rows(rows)
        self._fit()
        names = [choice.name for choice in rows]
        near = row.name if row is not None and row.name in names else self._rows.picked
        if near in names:
            self.setCurrentIndex(self._rows.index(names.index(near), _NAME))

    def _is_near(self, choice: Choice) -> bool:
        return choice.usual or choice.name in self._rows.ticked or choice.name == self._rows.picked

    def tick(self, names: Iterable[str]) -> None:
        """Ticks exactly these; they are shown also where they are none of the usual."""
        self._rows.tick(names)
        self._show()

    def ticked(self) -> list[Choice]:
        """What will be made, from the largest to the smallest."""
        return [choice for choice in self._all if choice.name in self._rows.ticked]

    def looked(self) -> Choice | None:
        """The row that has the keys."""
        row = self.currentIndex().row()
        return self._rows.rows[row] if 0 <= row < len(self._rows.rows) else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The space bar ticks the row, whichever cell the keys are in."""
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self._rows.turn(self.currentIndex().row())
            return
        super().keyPressEvent(event)
