"""Owns the left side: the suites that there are, the way to one's own, and what was measured over time."""

from typing import Any

from PySide6.QtCore import QRect, Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.evaluate.board import Board, PastRow, SuiteRow
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SIZE_BODY, SIZE_SMALL, SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import Index, RowPainter, TableRows, label, push_button


class _Rows(TableRows[Any]):
    """Rows of one column, drawn by a painter."""

    columns = ("",)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The row under UserRole; words for screen readers and on hover."""
        told = self.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return told
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(told)
        return " · ".join(_words(told)) if role == Qt.ItemDataRole.DisplayRole else None


def _tip(told: SuiteRow | PastRow) -> str:
    if isinstance(told, PastRow):
        return told.tip
    return str(told.trouble) if told.trouble is not None else told.title


def _words(told: SuiteRow | PastRow) -> tuple[str, str, str]:
    """Name, what stands at the right, and the line below."""
    if isinstance(told, PastRow):
        return told.name, told.figure.value, f"{told.when} · {told.suite}"
    return told.name, "", f"{told.about} · {told.title}"


class _TwoLines(RowPainter):
    """A name with a figure at the right, a line below."""

    height = 46

    def draw(self, painter: QPainter, box: QRect, index: Index) -> None:
        """Draws one row."""
        theme, told = self._theme, index.data(Qt.ItemDataRole.UserRole)
        name, figure, below = _words(told)
        failed = isinstance(told, SuiteRow) and told.trouble is not None
        line, pad = theme.px(19), theme.px(SPACE_12)
        place = QRect(box.left() + pad, box.top() + (box.height() - 2 * line) // 2, box.width() - 2 * pad, line)
        font = theme.text_font(SIZE_BODY, QFont.Weight.DemiBold)
        painter.setFont(font)
        right = QFontMetrics(font).horizontalAdvance(figure)
        painter.setPen(theme.colour("text"))
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, figure)
        beside = place.adjusted(0, 0, -right - (pad if figure else 0), 0)
        self._line(painter, beside, name, theme.text_font(SIZE_BODY), Qt.TextElideMode.ElideMiddle)
        painter.setPen(theme.colour("error" if failed else "muted"))
        self._line(painter, place.translated(0, line), below, theme.text_font(SIZE_SMALL))

    @staticmethod
    def _line(
        painter: QPainter, box: QRect, text: str, font: QFont, where: Qt.TextElideMode = Qt.TextElideMode.ElideRight
    ) -> None:
        painter.setFont(font)
        cut = QFontMetrics(font).elidedText(text, where, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, cut)


class HistoryView(QWidget):
    """Suites above, history below; `make_wanted` asks for a suite of what is held out."""

    make_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setMinimumWidth(theme.px(220))
        self.suites, self.past = _Rows(), _Rows()
        self._painter = _TwoLines(theme)
        self._suites = self._list(self.suites, _("Suites"))
        self.list = self._list(self.past, _("Results over time"))
        self.make = push_button(
            _("Make one of what is held out"), self.make_wanted.emit,
            why=_("Writes a suite of all scenarios that are tagged held-out now; they are left out of training."),
        )  # fmt: skip
        self._none = _indented(label(_("What is measured is kept and listed here."), "muted", wrap=True))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE_16, 0, SPACE_8)
        column.setSpacing(SPACE_8)
        for widget, stretch in (
            (_indented(label(_("Suites"), "title")), 0), (self._suites, 0), (_indented(self.make), 0),
            (_indented(label(_("Results over time"), "title")), 0), (self._none, 0), (self.list, 1),
        ):  # fmt: skip
            column.addWidget(widget, stretch)
        column.addStretch(0)
        theme.changed.connect(self._restyle)

    def _list(self, rows: _Rows, name: str) -> QListView:
        made = QListView()
        made.setModel(rows)
        made.setItemDelegate(self._painter)
        made.setAccessibleName(name)
        made.setMouseTracking(True)
        made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return made

    def show_board(self, board: Board) -> None:
        """Shows what there is."""
        if list(board.suites) != list(self.suites.rows):
            self.suites.show_rows(board.suites)
        if list(board.history) != list(self.past.rows):
            self.past.show_rows(board.history)
        self._none.setVisible(not board.history)
        self.list.setVisible(bool(board.history))
        self._restyle()

    @Slot()
    def _restyle(self) -> None:
        self._suites.setFixedHeight(self._theme.px(_TwoLines.height) * max(1, min(5, len(self.suites.rows))))


def _indented(widget: QWidget) -> QWidget:
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(SPACE_12, SPACE_8, SPACE_12, 0)
    column.addWidget(widget)
    return box
