"""Owns lists whose rows are an icon, a title and a line about it; knows not what is chosen."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12

_ICON = Qt.ItemDataRole.UserRole + 1
_ABOUT = Qt.ItemDataRole.UserRole + 2
_EDGE = 20


class _Rows(QStyledItemDelegate):
    """Draws icon, title and the line below it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Two lines high."""
        return QSize(0, 2 * option.fontMetrics.height() + 2 * SPACE_8 + SPACE_4)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """The row, on the list's own ground."""
        theme = self._theme
        box: QRect = option.rect
        style = option.widget.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)
        edge = theme.px(_EDGE)
        theme.icon(str(index.data(_ICON)), "accent").paint(
            painter, box.left() + SPACE_12, box.center().y() - edge // 2, edge, edge
        )
        words = box.adjusted(SPACE_12 + edge + SPACE_12, SPACE_8, -SPACE_12, -SPACE_8)
        half = (words.height() - SPACE_4) // 2
        top = QRect(words.left(), words.top(), words.width(), half)
        for place, role, colour, weight in (
            (top, Qt.ItemDataRole.DisplayRole, "text", QFont.Weight.DemiBold),
            (top.translated(0, half + SPACE_4), _ABOUT, "muted", QFont.Weight.Normal),
        ):
            painter.setFont(theme.text_font(weight=weight))
            painter.setPen(theme.colour(colour))
            said = painter.fontMetrics().elidedText(str(index.data(role)), Qt.TextElideMode.ElideRight, place.width())
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, said)


class ChoiceRows(QListWidget):
    """A list of such rows; each carries a value."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._rows = _Rows(theme)
        self.setItemDelegate(self._rows)
        self.setAccessibleName(name)
        self.setUniformItemSizes(True)
        self.setProperty("kind", "base")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)

    def put(self, icon_name: str, title: str, about: str, value: object) -> None:
        """Adds a row."""
        item = QListWidgetItem(title, self)
        item.setData(_ICON, icon_name)
        item.setData(_ABOUT, about)
        item.setData(Qt.ItemDataRole.UserRole, value)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{title}. {about}")
        item.setToolTip(about)

    @property
    def value(self) -> object:
        """The value of the row in front, or None."""
        item = self.currentItem()
        return item.data(Qt.ItemDataRole.UserRole) if item is not None else None
