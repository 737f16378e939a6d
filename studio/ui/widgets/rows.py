"""Owns how the rows of our lists are grounded: chosen, under the pointer, or plain; knows not what stands in a row."""

from typing import ClassVar

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.ui.theme import Theme
from studio.ui.theme.tokens import RADIUS_6

Index = QModelIndex | QPersistentModelIndex


class RowPainter(QStyledItemDelegate):
    """Draws rows of one height; `draw` draws what stands in one, on the ground that is there already.

    `rounded` is for lists that the keys move through: only what is chosen has a ground, with round corners, `inset`
    from the edges.
    """

    height: ClassVar[int] = 28
    ground: ClassVar[str] = "panel"
    rounded: ClassVar[bool] = False
    inset: ClassVar[tuple[int, int]] = (0, 0)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """One row, as wide as it is given."""
        return QSize(0, self._theme.px(self.height))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draws the ground of a row and what stands in it."""
        across, down = self.inset
        box: QRect = option.rect.adjusted(across, down, -across, -down)
        painter.save()
        self._draw_ground(painter, box, option, index)
        self.draw(painter, box, index)
        painter.restore()

    def _draw_ground(self, painter: QPainter, box: QRect, option: QStyleOptionViewItem, index: Index) -> None:
        theme, state = self._theme, option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if self.rounded:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if chosen:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.tint("accent", 0.2, self.ground))
                painter.drawRoundedRect(box, RADIUS_6, RADIUS_6)
        elif self.is_goal(index):
            painter.fillRect(box, theme.tint("accent", 0.35, self.ground))
        elif chosen:
            painter.fillRect(box, theme.tint("accent", 0.2, self.ground))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, theme.tint("text", 0.05, self.ground))

    def is_goal(self, index: Index) -> bool:
        """Whether something that is dragged would be dropped on a row."""
        return False

    def draw(self, painter: QPainter, box: QRect, index: Index) -> None:
        """Draws what stands in a row."""
        raise NotImplementedError
