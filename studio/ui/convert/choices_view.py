"""Owns the table of quantisations; one row is chosen."""

from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from studio.language import N_, _
from studio.ui.convert.plan import Choice
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8, SPACE_12
from studio.ui.widgets import TableRows

_Index = QModelIndex | QPersistentModelIndex
_BAR = 2


class ChoicesModel(TableRows[Choice]):
    """The quantisations with what they come to."""

    columns = (N_("Quantisation"), N_("Size"), "", N_("Bits a weight"), N_("What to expect"))

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text for display; the share of the largest size for the bar."""
        choice = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole and index.column() != _BAR:
            return (choice.name, choice.size, "", choice.bits, choice.about)[index.column()]
        if role == Qt.ItemDataRole.UserRole:
            return choice.share
        if role == Qt.ItemDataRole.ToolTipRole:
            return choice.note or None
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() in (1, 3):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None


class _Bar(QStyledItemDelegate):
    """The size as a bar, the largest being full."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draws the row's ground, then the bar."""
        super().paint(painter, option, index)
        place = QRectF(option.rect).adjusted(SPACE_8, 0, -SPACE_8, 0)
        height = self._theme.px(6)
        share = float(index.data(Qt.ItemDataRole.UserRole) or 0)
        bar = QRectF(place.left(), place.center().y() - height / 2, place.width() * share, height)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("accent"))
        painter.drawRoundedRect(bar, height / 2, height / 2)
        painter.restore()

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:  # Qt's name
        """Room for a bar."""
        return QSize(self._theme.px(120), self._theme.px(30))


class ChoicesView(QTableView):
    """The table; `picked` tells that another row was chosen."""

    picked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._model = ChoicesModel()
        self._bar = _Bar(theme)
        self.setModel(self._model)
        self.setItemDelegateForColumn(_BAR, self._bar)
        self.setAccessibleName(_("Quantisations"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        head = self.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setStretchLastSection(True)
        head.setHighlightSections(False)
        self.selectionModel().selectionChanged.connect(self.picked)
        theme.changed.connect(self._restyle)
        self._restyle()

    @Slot()
    def _restyle(self) -> None:
        self.verticalHeader().setDefaultSectionSize(self._theme.px(30))
        pad = self._theme.px(SPACE_12)
        self.setStyleSheet(f"QTableView::item {{ padding: 0 {pad}px; border: none; }}")
        self._fit()

    def _fit(self) -> None:
        """As high as its rows: the table is short and needs no scrolling."""
        rows = max(1, self._model.rowCount())
        self.setFixedHeight(self._theme.px(30) * rows + self.horizontalHeader().sizeHint().height() + 4)

    def show_choices(self, choices: list[Choice], name: str) -> None:
        """Shows a run's quantisations with `name` chosen."""
        self._model.show_rows(choices)
        names = [choice.name for choice in choices]
        self.selectRow(names.index(name) if name in names else 0)
        self._fit()

    def chosen(self) -> Choice | None:
        """The chosen quantisation."""
        row = self.currentIndex().row()
        return self._model.rows[row] if 0 <= row < len(self._model.rows) else None
