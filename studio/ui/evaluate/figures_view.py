"""Owns the view of one model's figures beside its rivals': in columns where there is room, else in two lines."""

from typing import Any

from PySide6.QtCore import QRect, QSize, Qt, Slot
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyleOptionViewItem, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.evaluate.detail import Detail, FigureRow
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SIZE_BODY, SIZE_SMALL, SPACE_8, SPACE_12
from studio.ui.widgets import Index, RowPainter, TableRows

_ROOMY = 560
"""From this width on a figure has one line."""
_OWN, _RIVAL = 130, 80


class FiguresModel(TableRows[FigureRow]):
    """The figures; `heads` name the rivals."""

    columns = ("",)

    def __init__(self) -> None:
        super().__init__()
        self.heads: tuple[str, ...] = ()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The figure under UserRole; words for screen readers and on hover."""
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role == Qt.ItemDataRole.ToolTipRole and not row.head:
            return _("{title}, counted over {of}").format(title=row.title, of=row.of)
        if role == Qt.ItemDataRole.DisplayRole:
            beside = [f"{head} {value}" for head, value in zip(self.heads, row.rivals, strict=False)]
            return row.head or ", ".join([f"{row.title} {row.own} {row.interval}", *beside])
        return None


class _FigurePainter(RowPainter):
    """A figure, its interval, and the rivals'."""

    height = 30

    def __init__(self, theme: Theme, rows: FiguresModel) -> None:
        super().__init__(theme)
        self._rows = rows
        self.roomy = False

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Two lines where there is no room for one."""
        head = bool(index.data(Qt.ItemDataRole.UserRole).head)
        return QSize(0, self._theme.px(34 if head else self.height if self.roomy else 46))

    def draw(self, painter: QPainter, box: QRect, index: Index) -> None:
        """Draws one figure, or the head of a group."""
        theme, row = self._theme, index.data(Qt.ItemDataRole.UserRole)
        if row.head:
            self._text(
                painter, box.adjusted(0, theme.px(SPACE_8), 0, 0), row.head, "muted", theme.text_font(SIZE_SMALL)
            )
        elif self.roomy:
            self._in_columns(painter, box, row)
        else:
            self._in_lines(painter, box, row)
        painter.setPen(theme.colour("line"))
        painter.drawLine(box.bottomLeft(), box.bottomRight())

    def _in_columns(self, painter: QPainter, box: QRect, row: FigureRow) -> None:
        theme, plain = self._theme, self._theme.text_font(SIZE_BODY)
        rivals = theme.px(_RIVAL)
        right = box.right() + 1 - rivals * len(row.rivals)
        for number, value in enumerate(row.rivals):
            self._text(painter, QRect(right + number * rivals, box.top(), rivals, box.height()), value, "muted", plain)
        own = QRect(right - theme.px(_OWN), box.top(), theme.px(_OWN), box.height())
        self._own(painter, own, row)
        self._text(
            painter, QRect(box.left(), box.top(), own.left() - box.left(), box.height()), row.title, "text", plain
        )

    def _in_lines(self, painter: QPainter, box: QRect, row: FigureRow) -> None:
        theme, line = self._theme, self._theme.px(20)
        top = box.top() + (box.height() - 2 * line) // 2
        title = QRect(box.left(), top, box.width(), line)
        self._text(painter, title, row.title, "text", theme.text_font(SIZE_BODY))
        below = title.translated(0, line)
        left = self._own(painter, below, row) + theme.px(SPACE_12)
        beside = "    ".join(f"{head} {value}" for head, value in zip(self._rows.heads, row.rivals, strict=False))
        self._text(painter, below.adjusted(left, 0, 0, 0), beside, "muted", theme.text_font(SIZE_SMALL))

    def _own(self, painter: QPainter, box: QRect, row: FigureRow) -> int:
        """The model's own figure and interval; returns how wide both are."""
        theme = self._theme
        strong, small = theme.text_font(SIZE_BODY, QFont.Weight.DemiBold), theme.text_font(SIZE_SMALL)
        wide = max(theme.px(44), QFontMetrics(strong).horizontalAdvance(row.own) + theme.px(SPACE_8))
        self._text(painter, box, row.own, "text", strong)
        self._text(painter, box.adjusted(wide, 0, 0, 0), row.interval, "muted", small)
        return wide + max(theme.px(52), QFontMetrics(small).horizontalAdvance(row.interval))

    def _text(self, painter: QPainter, box: QRect, text: str, colour: str, font: QFont) -> None:
        painter.setPen(self._theme.colour(colour))
        painter.setFont(font)
        cut = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, cut)


class FiguresView(QWidget):
    """Every figure, those by tool, skill and type below."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.rows = FiguresModel()
        self._painter = _FigurePainter(theme, self.rows)
        self.list = QListView()
        self.list.setModel(self.rows)
        self.list.setItemDelegate(self._painter)
        self.list.setAccessibleName(_("Figures"))
        self.list.setMouseTracking(True)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.list)
        theme.changed.connect(self._lay)

    def show_detail(self, detail: Detail) -> None:
        """Shows a model's figures; the rivals' names stand above their columns."""
        self.rows.heads = detail.heads
        names = FigureRow(title=_("Figure"), own=_("model"), rivals=detail.heads)
        self.rows.show_rows((names, *detail.figures) if self._painter.roomy else detail.figures)
        self._detail = detail

    _detail: Detail | None = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Changes between one line and two."""
        super().resizeEvent(event)
        self._lay()

    @Slot()
    def _lay(self) -> None:
        roomy = self.width() >= self._theme.px(_ROOMY)
        if roomy != self._painter.roomy:
            self._painter.roomy = roomy
            if self._detail is not None:
                self.show_detail(self._detail)
        self.list.doItemsLayout()
