"""Owns how problems are listed in the drawer; knows neither the checks nor the editor."""

from PySide6.QtCore import QModelIndex, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStackedLayout,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from studio.language import _
from studio.ui.problems import Problem, Problems
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_8, SPACE_16
from studio.ui.widgets import EmptyPlace, Index, RowPainter


class _Cells(RowPainter):
    """Draws the sentence with its severity's icon, and the rest quietly."""

    ground = "base"

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """One line."""
        return QSize(self._theme.px(80), self._theme.px(28))

    def draw(self, painter: QPainter, box: QRect, index: Index) -> None:
        """Draws one cell."""
        theme, item = self._theme, index.data(Qt.ItemDataRole.UserRole)
        words = box.adjusted(SPACE_8, 0, -SPACE_8, 0)
        if index.column() == 0:
            edge = theme.px(16)
            top = box.top() + (box.height() - edge) // 2
            theme.icon(item.severity, item.severity).paint(painter, box.left() + SPACE_16, top, edge, edge)
            words = box.adjusted(SPACE_16 + edge + SPACE_8, 0, -SPACE_8, 0)
        painter.setFont(theme.mono_font(12) if index.column() == 1 else theme.text_font())
        painter.setPen(theme.colour("text" if index.column() == 0 else "muted"))
        text = painter.fontMetrics().elidedText(str(index.data() or ""), Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


class ProblemsPanel(QWidget):
    """The problems as a table; a click or Enter goes there."""

    chosen = Signal(object)

    def __init__(self, theme: Theme, problems: Problems) -> None:
        super().__init__()
        self._theme = theme
        self._problems = problems
        self.table = self._make_table()
        self._empty = EmptyPlace(
            theme, "success", _("No problems"), _("Mistakes in scenarios are listed here while you type.")
        )
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.table)
        problems.modelReset.connect(self._refresh)
        theme.changed.connect(self._restyle)
        self._restyle()
        self._refresh()

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self._problems)
        table.setItemDelegate(_Cells(self._theme))
        table.setProperty("kind", "base")
        table.setAccessibleName(_("Problems"))
        table.setShowGrid(False)
        table.setMouseTracking(True)
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.horizontalHeader().setHighlightSections(False)
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        table.clicked.connect(self._choose)
        table.activated.connect(self._choose)
        return table

    @Slot()
    def _restyle(self) -> None:
        self.table.verticalHeader().setDefaultSectionSize(self._theme.px(28))
        for column, width in ((1, 72), (2, 220), (3, 64)):
            self.table.setColumnWidth(column, self._theme.px(width))

    @Slot()
    def _refresh(self) -> None:
        self._stack.setCurrentIndex(1 if self._problems.rows else 0)

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        item = index.data(Qt.ItemDataRole.UserRole)
        if isinstance(item, Problem):
            self.chosen.emit(item)
