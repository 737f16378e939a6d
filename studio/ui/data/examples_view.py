"""Owns how the table of examples is shown, and its keys: open one, keep, flag or bin what is selected."""

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from studio.dataset.verdicts import Decision
from studio.language import _
from studio.ui.data.cells import Cells
from studio.ui.data.examples_model import COLUMNS, ExamplesModel
from studio.ui.theme.theme import Theme

ROW_HEIGHT = 30
KEYS = {Qt.Key.Key_K: Decision.KEEP, Qt.Key.Key_F: Decision.FLAG, Qt.Key.Key_B: Decision.BIN}
_WIDTHS = {"decision": 84, "source": 100, "kind": 108, "turns": 58, "calls": 54, "length": 62}
_NARROW = 860
_NARROW_WIDTHS = {"decision": 70, "source": 76, "kind": 50, "turns": 50, "calls": 50, "length": 54}


class ExamplesView(QTableView):
    """The table. `opened` carries a shown row; `decided` the rows and a decision; `ordered` a column and a direction.

    Rows have one height and columns no measured width, so that nothing is read but what is drawn.
    """

    opened = Signal(int)
    decided = Signal(object, object)
    ordered = Signal(str, bool)

    def __init__(self, theme: Theme, model: ExamplesModel) -> None:
        super().__init__()
        self._theme = theme
        self._model = model
        self._cells = Cells(theme, model)
        self.setModel(model)
        self.setAccessibleName(_("Examples"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setShowGrid(False)
        self.viewport().setMouseTracking(True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setProperty("kind", "base")
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._lay_out_head()
        self.activated.connect(self._open)
        theme.changed.connect(self._restyle)
        self._hovered = -1
        self._restyle()

    def _lay_out_head(self) -> None:
        head = self.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for name in ("text", "why"):
            head.setSectionResizeMode(COLUMNS.index(name), QHeaderView.ResizeMode.Stretch)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setHighlightSections(False)
        head.setSectionsClickable(True)
        head.setSortIndicatorClearable(True)
        head.setSortIndicatorShown(True)
        head.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        head.sortIndicatorChanged.connect(self._order)

    @Slot()
    def _restyle(self) -> None:
        px = self._theme.px
        self._cells.restyle()
        self.verticalHeader().setDefaultSectionSize(px(ROW_HEIGHT))
        self.verticalHeader().setMinimumSectionSize(px(ROW_HEIGHT))
        self.horizontalHeader().setMinimumSectionSize(px(min(_NARROW_WIDTHS.values())))
        self._fit()
        self.viewport().update()

    def _fit(self) -> None:
        """In a narrow window a row's kind is its icon alone, and what is short stands closer."""
        widths = _NARROW_WIDTHS if self.width() < self._theme.px(_NARROW) else _WIDTHS
        for column, name in enumerate(COLUMNS):
            if name in widths:
                self.setColumnWidth(column, self._theme.px(widths[name]))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Gives the columns their widths for the new size."""
        super().resizeEvent(event)
        if (event.size().width() < self._theme.px(_NARROW)) != (event.oldSize().width() < self._theme.px(_NARROW)):
            self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the rows that came into sight, each with one look at the model."""
        head, selected = self.horizontalHeader(), self.selectionModel()
        columns = tuple(
            (name, self.columnViewportPosition(number), head.sectionSize(number)) for number, name in enumerate(COLUMNS)
        )
        height, box = self.verticalHeader().defaultSectionSize(), event.rect()
        above = self.verticalScrollBar().value()
        first = max(0, (above + box.top()) // height)
        last = min(self._model.rowCount() - 1, (above + box.bottom()) // height)
        with QPainter(self.viewport()) as painter:
            painter.fillRect(box, self._cells.grounds[""])
            self._cells.begin(painter, columns)
            for row in range(first, last + 1):
                top = row * height - above
                state = "selected" if selected.isRowSelected(row) else "hovered" if row == self._hovered else ""
                if state:
                    painter.fillRect(box.left(), top, box.width(), height, self._cells.grounds[state])
                self._cells.draw(painter, row, top, height)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Grounds the row under the pointer."""
        super().mouseMoveEvent(event)
        self._hover(self.rowAt(int(event.position().y())))

    def leaveEvent(self, event: QEvent) -> None:
        """No row is under the pointer any more."""
        super().leaveEvent(event)
        self._hover(-1)

    def _hover(self, row: int) -> None:
        height = self.verticalHeader().defaultSectionSize()
        before, self._hovered = self._hovered, row
        for one in {before, row} - {-1} if before != row else ():
            self.viewport().update(0, one * height - self.verticalScrollBar().value(), self.viewport().width(), height)

    @property
    def chosen(self) -> list[int]:
        """The selected rows, from top to bottom."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def go_to(self, shown: int) -> None:
        """Selects a row and brings it into sight."""
        if 0 <= shown < self._model.rowCount():
            self.selectRow(shown)
            self.scrollTo(self._model.index(shown, 0))

    @Slot(int, Qt.SortOrder)
    def _order(self, column: int, direction: Qt.SortOrder) -> None:
        name = COLUMNS[column] if 0 <= column < len(COLUMNS) else ""
        self.ordered.emit(name, direction is Qt.SortOrder.DescendingOrder)

    @Slot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(index.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """K, F and B say what becomes of the selected rows; letters do not search."""
        decision = KEYS.get(Qt.Key(event.key()))
        if decision is not None and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            if self.chosen:
                self.decided.emit(self.chosen, decision)
            return
        super().keyPressEvent(event)

    def keyboardSearch(self, search: str) -> None:  # Qt's name
        """Nothing: a search by letters would read every row on this thread."""
