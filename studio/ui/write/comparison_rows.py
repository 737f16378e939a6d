"""Owns the rows of a comparison on the screen: their model, and how one is drawn; knows not what is compared."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from studio.language import plural
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SIZE_SMALL, SPACE_8, SPACE_12
from studio.workspace.differences import Kind
from studio.workspace.rows import Row, Side

ROW = Qt.ItemDataRole.UserRole
SIGNS = {"old": "−", "new": "+"}
COLOURS = {"old": "error", "new": "dm"}


class ComparisonRows(QAbstractListModel):
    """The rows of a comparison; for one column a changed pair becomes two rows."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.beside = True

    def show(self, rows: Sequence[Row], beside: bool) -> None:
        self.beginResetModel()
        self.beside = beside
        self.rows = list(rows) if beside else _below(rows)
        self.endResetModel()

    def unfold(self, place: int) -> None:
        folded = list(self.rows[place].folded)
        if not folded:
            return
        left = self.rows[place].left_out
        self.beginResetModel()
        self.rows[place : place + 1] = folded + ([Row(Kind.SAME, left_out=left)] if left else [])
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        """How many rows there are."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A row, or what a screen reader says of it."""
        found = self.rows[index.row()]
        if role == ROW:
            return found
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return _spoken(found)
        return None


def _below(rows: Sequence[Row]) -> list[Row]:
    """The rows in one column: of neighbouring changes first all that goes, then all that comes."""
    made: list[Row] = []
    come: list[Row] = []
    for found in rows:
        if found.kind is Kind.SAME:
            made += [*come, found]
            come = []
            continue
        if found.old is not None:
            made.append(Row(Kind.GONE, old=found.old))
        if found.new is not None:
            come.append(Row(Kind.NEW, new=found.new))
    return made + come


def _spoken(found: Row) -> str:
    if found.old is None and found.new is None:
        return _folded_words(found)
    if found.kind is Kind.SAME:
        return found.new.text if found.new is not None else ""
    sides = ((SIGNS["old"], found.old), (SIGNS["new"], found.new))
    return "\n".join(f"{sign} {side.text}" for sign, side in sides if side is not None)


def _folded_words(found: Row) -> str:
    if found.folded:
        return plural("{count} line the same", "{count} lines the same", len(found.folded) + found.left_out)
    return plural("{count} more line", "{count} more lines", found.left_out)


class DrawnRows(QStyledItemDelegate):
    """Draws a row: numbers, signs, wrapped text, and a tint under what differs."""

    def __init__(self, theme: Theme, model: ComparisonRows) -> None:
        super().__init__()
        self._theme = theme
        self._model = model
        self.width = 800

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """As high as the higher of the two wrapped lines."""
        found = index.data(ROW)
        if found.old is None and found.new is None:
            return QSize(self.width, self._theme.px(28))
        sides = (found.old, found.new) if self._model.beside else (found.new or found.old,)
        heights = [self._layout(side, "old")[1] for side in sides if side is not None]
        return QSize(self.width, round(max(heights)) + 2)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draws one row."""
        found: Row = index.data(ROW)
        box: QRect = option.rect
        if found.old is None and found.new is None:
            self._draw_fold(painter, box, found)
        elif not self._model.beside:
            self._draw_side(painter, box, found, "new" if found.new is not None else "old")
        else:
            half = box.width() // 2
            self._draw_side(painter, QRect(box.left(), box.top(), half, box.height()), found, "old")
            self._draw_side(
                painter, QRect(box.left() + half, box.top(), box.width() - half, box.height()), found, "new"
            )
            painter.fillRect(box.left() + half, box.top(), 1, box.height(), self._theme.colour("line"))

    def _draw_fold(self, painter: QPainter, box: QRect, found: Row) -> None:
        theme = self._theme
        painter.fillRect(box, theme.colour("panel"))
        painter.setFont(theme.text_font(SIZE_SMALL))
        painter.setPen(theme.colour("muted"))
        edge = theme.px(14)
        if found.folded:
            top = box.center().y() - edge // 2
            theme.icon("right", "muted").paint(painter, box.left() + SPACE_12, top, edge, edge)
        words = box.adjusted(SPACE_12 + edge + SPACE_8, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, _folded_words(found))

    def _draw_side(self, painter: QPainter, box: QRect, found: Row, which: str) -> None:
        theme = self._theme
        side = found.old if which == "old" else found.new
        differs = found.kind is not Kind.SAME
        if side is None:
            painter.fillRect(box, theme.tint("text", 0.03))
            return
        if differs:
            painter.fillRect(box, theme.tint(COLOURS[which], 0.10))
        painter.setFont(theme.mono_font(SIZE_SMALL))
        painter.setPen(theme.colour(COLOURS[which] if differs else "muted"))
        gutter = self._gutter()
        number = QRect(box.left(), box.top() + 1, gutter - theme.px(22), theme.px(20))
        painter.drawText(number, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(side.number))
        if differs:
            sign = QRect(box.left() + gutter - theme.px(20), box.top() + 1, theme.px(14), theme.px(20))
            painter.drawText(sign, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, SIGNS[which])
        painter.setPen(theme.colour("text" if differs else "secondary"))
        self._layout(side, which)[0].draw(painter, QPoint(box.left() + gutter, box.top() + 1))

    def _gutter(self) -> int:
        return self._theme.px(68)

    def _layout(self, side: Side, which: str) -> tuple[QTextLayout, float]:
        """A line laid out in the width of its column, and how high it is."""
        theme = self._theme
        layout = QTextLayout(side.text, theme.mono_font())
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.setFormats([_marked(side.text, span, theme.tint(COLOURS[which], 0.34)) for span in side.spans])
        column = self.width // 2 if self._model.beside else self.width
        width = max(theme.px(80), column - self._gutter() - SPACE_8)
        layout.beginLayout()
        height = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPoint(0, round(height)))
            height += line.height()
        layout.endLayout()
        return layout, max(height, float(theme.px(18)))


def _marked(text: str, span: tuple[int, int], colour: QColor) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start = len(text[: span[0]].encode("utf-16-le")) // 2
    made.length = len(text[span[0] : span[1]].encode("utf-16-le")) // 2
    form = QTextCharFormat()
    form.setBackground(colour)
    made.format = form
    return made
