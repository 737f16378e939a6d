"""Owns the table: a model a row, a suite a column, what came of it in between. Measures nothing."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from studio.language import _
from studio.ui.evaluate.board import Board, Cell, Line, Pair
from studio.ui.evaluate.models import KINDS, ModelRow
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SIZE_BODY, SIZE_SMALL, SIZE_TITLE, SPACE_4, SPACE_8
from studio.ui.widgets import Index

_ROOT = QModelIndex()
_STATES = {"failed": ("error", "error"), "running": ("start", "accent"), "waiting": ("clock", "muted")}
_WHOLE = ("done", "alone")
_LINE, _NOTE, _PAD = 24, 18, 14
_NAME, _SUITE = 210, 170
_NAMES_SHARE, _NAMES_MOST = 0.22, 340
"""The models' names take this share of the width, and at most so much."""


class MatrixModel(QAbstractTableModel):
    """Models down, suites across; the first column is the model's own."""

    def __init__(self, cell: Callable[[Pair], Cell]) -> None:
        super().__init__()
        self.cell = cell
        self.board = Board()

    def show_board(self, board: Board) -> None:
        """Takes in what there is; the choice stays where models and suites are the same."""
        same = [row.word for row in board.models] == [row.word for row in self.board.models]
        same = same and [row.name for row in board.suites] == [row.name for row in self.board.suites]
        if same:
            self.board = board
            self.refresh()
            return
        self.beginResetModel()
        self.board = board
        self.endResetModel()

    def refresh(self) -> None:
        """Has all cells drawn again."""
        if self.board.models:
            last = self.index(len(self.board.models) - 1, len(self.board.suites))
            self.dataChanged.emit(self.index(0, 0), last)

    def pair(self, index: Index) -> Pair | None:
        """Model and suite of a cell; None in the first column."""
        if not index.isValid() or index.column() == 0:
            return None
        return self.board.models[index.row()].word, self.board.suites[index.column() - 1].name

    def rowCount(self, parent: Index = _ROOT) -> int:
        """A row a model."""
        return 0 if parent.isValid() else len(self.board.models)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """The models' names, then a column a suite."""
        return 0 if parent.isValid() else 1 + len(self.board.suites)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The row or cell under UserRole; words for screen readers and on hover."""
        pair = self.pair(index)
        if pair is None:
            model = self.board.models[index.row()]
            if role == Qt.ItemDataRole.UserRole:
                return model
            if role == Qt.ItemDataRole.ToolTipRole:
                return model.word
            return model.name if role in _WORDS else None
        if role == Qt.ItemDataRole.UserRole:
            return self.cell(pair)
        if role in _WORDS or role == Qt.ItemDataRole.ToolTipRole:
            cell = self.cell(pair)
            told = "; ".join(f"{line.title} {line.value} ({line.interval})" for line in cell.lines)
            return " · ".join(word for word in (told, cell.note) if word)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The suites' names; what they are on hover."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if section == 0:
            return _("Model") if role == Qt.ItemDataRole.DisplayRole else None
        suite = self.board.suites[section - 1]
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{suite.name}\n{suite.about}"
        return suite.title if role == Qt.ItemDataRole.ToolTipRole else None


_WORDS = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)


class CellPainter(QStyledItemDelegate):
    """Draws a model's name, or a cell's figures with their intervals."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draws ground, figures, and what is to be said of them."""
        theme, box = self._theme, QRect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, theme.tint("accent", 0.18, "base"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, theme.tint("text", 0.04, "base"))
        painter.setPen(theme.colour("line"))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(theme.colour("accent"))
            painter.drawRect(box.adjusted(0, 0, -1, -2))
        inner = box.adjusted(theme.px(SPACE_8), theme.px(SPACE_8), -theme.px(SPACE_8), -theme.px(SPACE_8))
        told = index.data(Qt.ItemDataRole.UserRole)
        if isinstance(told, ModelRow):
            self._draw_model(painter, inner, told)
        elif isinstance(told, Cell):
            self._draw_cell(painter, inner, told)
        painter.restore()

    def _draw_model(self, painter: QPainter, box: QRect, model: ModelRow) -> None:
        theme, edge = self._theme, self._theme.px(16)
        word, icon = KINDS[model.kind]
        height = theme.px(20)
        top = box.top() + (box.height() - 2 * height) // 2
        theme.icon(icon, "secondary").paint(painter, box.left(), top + (height - edge) // 2, edge, edge)
        left = edge + theme.px(SPACE_8)
        name = QRect(box.left() + left, top, box.width() - left, height)
        strong = theme.text_font(SIZE_BODY, QFont.Weight.DemiBold)
        cut = QFontMetrics(strong).elidedText(model.name, Qt.TextElideMode.ElideMiddle, name.width())
        self._text(painter, name, cut, "text", strong)
        self._text(
            painter, name.translated(0, height), f"{_(word)} · {model.about}", "muted", theme.text_font(SIZE_SMALL)
        )

    def _draw_cell(self, painter: QPainter, box: QRect, cell: Cell) -> None:
        theme = self._theme
        note = cell.note and theme.px(_NOTE)
        height = theme.px(_LINE) * len(cell.lines) + (note or 0)
        top = box.top() + (box.height() - height) // 2
        for line in cell.lines:
            self._draw_line(painter, QRect(box.left(), top, box.width(), theme.px(_LINE)), line, cell)
            top += theme.px(_LINE)
        if cell.note:
            self._draw_note(painter, QRect(box.left(), top, box.width(), theme.px(_NOTE)), cell)

    def _draw_line(self, painter: QPainter, box: QRect, line: Line, cell: Cell) -> None:
        """The figure, its interval as a bar where there is room, and in words."""
        theme = self._theme
        strong = theme.text_font(SIZE_TITLE, QFont.Weight.DemiBold)
        colour = "text" if cell.state in _WHOLE else "muted"
        wide = max(theme.px(52), QFontMetrics(strong).horizontalAdvance(line.value) + theme.px(SPACE_8))
        self._text(painter, QRect(box.left(), box.top(), wide, box.height()), line.value, colour, strong)
        words = theme.text_font(SIZE_SMALL)
        beside = QFontMetrics(words).horizontalAdvance("000 – 000") + theme.px(SPACE_4)
        rest = box.adjusted(wide, 0, 0, 0)
        bar = rest.adjusted(0, 0, -beside, 0)
        if len(cell.lines) > 1:  # then a figure needs its name; the interval stands at the right where there is room
            room = rest.width() > theme.px(150)
            name = rest.adjusted(0, 0, -beside, 0) if room else rest
            self._text(painter, name, line.title, "muted", words)
            right = rest.adjusted(rest.width() - beside, 0, 0, 0)
            self._text(painter, right, line.interval if room else "", "muted", words)
            return
        if line.at is not None and bar.width() > theme.px(70):
            self._draw_bar(painter, QRectF(bar).adjusted(0, 0, -theme.px(SPACE_8), 0), line, cell)
            rest = QRect(rest.right() - beside + 1, rest.top(), beside, rest.height())
        self._text(painter, rest, line.interval, "muted", words)

    def _draw_bar(self, painter: QPainter, box: QRectF, line: Line, cell: Cell) -> None:
        theme, middle = self._theme, box.center().y()
        assert line.at is not None and line.low is not None and line.high is not None
        painter.setPen(Qt.PenStyle.NoPen)
        rail = QRectF(box.left(), middle - theme.px(1), box.width(), theme.px(2))
        painter.setBrush(theme.colour("line"))
        painter.drawRect(rail)
        span = QRectF(box.left() + line.low * box.width(), middle - theme.px(3),
                      max(2.0, (line.high - line.low) * box.width()), theme.px(6))  # fmt: skip
        painter.setBrush(theme.tint("accent" if cell.state in _WHOLE else "muted", 0.45, "base"))
        painter.drawRoundedRect(span, theme.px(3), theme.px(3))
        painter.setBrush(theme.colour("accent" if cell.state in _WHOLE else "muted"))
        painter.drawEllipse(QRectF(box.left() + line.at * box.width() - theme.px(5), middle - theme.px(5),
                                   theme.px(10), theme.px(10)))  # fmt: skip

    def _draw_note(self, painter: QPainter, box: QRect, cell: Cell) -> None:
        theme = self._theme
        if cell.state == "running" and cell.share is not None:
            rail = QRectF(box.left(), box.bottom() + theme.px(2), box.width(), theme.px(3))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("line"))
            painter.drawRect(rail)
            painter.setBrush(theme.colour("accent"))
            painter.drawRect(QRectF(rail.left(), rail.top(), rail.width() * cell.share, rail.height()))
        if cell.state in _STATES:
            icon, colour = _STATES[cell.state]
            edge = theme.px(13)
            theme.icon(icon, colour).paint(painter, box.left(), box.center().y() - edge // 2, edge, edge)
            box = box.adjusted(edge + theme.px(SPACE_4) + 2, 0, 0, 0)
        colour = "error" if cell.state == "failed" else "warning" if cell.state in ("part", *_WHOLE) else "muted"
        self._text(painter, box, cell.note, colour, theme.text_font(SIZE_SMALL))

    def _text(self, painter: QPainter, box: QRect, text: str, colour: str, font: QFont) -> None:
        painter.setPen(self._theme.colour(colour))
        painter.setFont(font)
        cut = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, cut)

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:  # Qt's name
        """Room for a name or a figure."""
        return QSize(self._theme.px(200), self._theme.px(56))


class Matrix(QTableView):
    """The table; `chosen` tells that other cells were chosen."""

    chosen = Signal()

    def __init__(self, theme: Theme, cell: Callable[[Pair], Cell]) -> None:
        super().__init__()
        self._theme = theme
        self.rows = MatrixModel(cell)
        self._painter = CellPainter(theme)
        self.setModel(self.rows)
        self.setItemDelegate(self._painter)
        self.setProperty("kind", "base")
        self.setAccessibleName(_("Models and suites"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        head = self.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setHighlightSections(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.selectionModel().selectionChanged.connect(self.chosen)
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_board(self, board: Board) -> None:
        """Shows what there is."""
        self.rows.show_board(board)
        self._restyle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shares the width out."""
        super().resizeEvent(event)
        self._restyle()

    @Slot()
    def _restyle(self) -> None:
        theme, board, head = self._theme, self.rows.board, self.horizontalHeader()
        heights = self.verticalHeader()
        for number, model in enumerate(board.models):
            lines = max((len(self.rows.cell((model.word, suite.name)).lines) for suite in board.suites), default=1)
            heights.resizeSection(number, theme.px(_LINE * max(1, lines) + _NOTE + _PAD + SPACE_8))
        if board.models:
            whole = self.viewport().width()
            first = max(theme.px(_NAME), min(theme.px(_NAMES_MOST), round(whole * _NAMES_SHARE)))
            rest = whole - first
            head.resizeSection(0, first)
            for column in range(1, 1 + len(board.suites)):
                head.resizeSection(column, max(theme.px(_SUITE), rest // len(board.suites)))
        self.viewport().update()

    def pairs(self) -> list[Pair]:
        """The chosen cells; of a model that is chosen by its name, all of its row."""
        found: list[Pair] = []
        for index in self.selectionModel().selectedIndexes():
            pair = self.rows.pair(index)
            if pair is not None:
                found.append(pair)
            else:
                word = self.rows.board.models[index.row()].word
                found += [(word, suite.name) for suite in self.rows.board.suites]
        return list(dict.fromkeys(found))

    def current(self) -> Pair | None:
        """The cell that is open; of a chosen model the first of its row."""
        index = self.currentIndex()
        if not index.isValid() or not self.rows.board.suites or index.row() >= len(self.rows.board.models):
            return None
        return self.rows.pair(index) or self.rows.pair(index.siblingAtColumn(1))

    def choose(self, pairs: Sequence[Pair]) -> None:
        """Chooses cells, the first being open."""
        board = self.rows.board
        models, suites = [row.word for row in board.models], [row.name for row in board.suites]
        self.clearSelection()
        places = [
            (models.index(word), suites.index(suite)) for word, suite in pairs if word in models and suite in suites
        ]
        for place in reversed(places):
            index = self.rows.index(place[0], place[1] + 1)
            self.selectionModel().setCurrentIndex(index, self.selectionModel().SelectionFlag.Select)
