"""Owns the outline of a scenario: its turns in order; knows no text."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QVBoxLayout, QWidget

from studio.language import _
from studio.scenario import Scenario, Span
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SIZE_SMALL, SPACE_8, SPACE_12

_SPAN = Qt.ItemDataRole.UserRole
_BLOCK = Qt.ItemDataRole.UserRole + 1
_COLOURS = {"SYSTEM": "system", "User": "user", "DM": "dm", "TOOLCALL": "toolcall"}


class _Rows(QStyledItemDelegate):
    """Draws who speaks in the block's colour, and how the turn begins."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """One line."""
        return QSize(0, self._theme.px(28))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draws one row."""
        theme = self._theme
        box: QRect = option.rect
        state = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, theme.tint("accent", 0.2, "panel"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, theme.tint("text", 0.05, "panel"))
        block = str(index.data(_BLOCK))
        colour = theme.colour(_COLOURS[block])
        painter.fillRect(QRect(box.left() + SPACE_12, box.top() + 6, 3, box.height() - 12), colour)
        who = box.adjusted(SPACE_12 + SPACE_12, 0, 0, 0)
        painter.setPen(colour)
        painter.setFont(theme.text_font(SIZE_SMALL, QFont.Weight.DemiBold))
        painter.drawText(who, Qt.AlignmentFlag.AlignVCenter, "Roll" if block == "TOOLCALL" else block)
        words = who.adjusted(theme.px(64), 0, -SPACE_8, 0)
        painter.setPen(theme.colour("secondary"))
        painter.setFont(theme.text_font())
        text = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, text)


class Outline(QWidget):
    """The turns as a list; `chosen` carries the span of one."""

    chosen = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._shown: tuple[tuple[str, str, Span], ...] = ()
        self._model = QStandardItemModel(self)
        self.view = QListView()
        self.view.setModel(self._model)
        self.view.setItemDelegate(_Rows(theme))
        self.view.setAccessibleName(_("Outline"))
        self.view.setMouseTracking(True)
        self.view.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.view.setUniformItemSizes(True)
        self.view.clicked.connect(self._choose)
        self.view.activated.connect(self._choose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)

    def show_scenario(self, scenario: Scenario | None) -> None:
        """Lists the turns of a scenario; rows that stay are not touched."""
        rows: list[tuple[str, str, Span]] = []
        if scenario is not None and scenario.system is not None:
            rows.append(("SYSTEM", _("World, place and party"), scenario.system.span))
        if scenario is not None:
            rows += [(turn.speaker.value, " ".join(turn.content.split())[:160], turn.span) for turn in scenario.turns]
        for place, (block, words, span) in enumerate(rows):
            if place >= self._model.rowCount():
                self._model.appendRow(QStandardItem())
            item = self._model.item(place)
            if place >= len(self._shown) or self._shown[place] != rows[place]:
                item.setText(words)
                item.setData(span, _SPAN)
                item.setData(block, _BLOCK)
        self._model.setRowCount(len(rows))
        self._shown = tuple(rows)

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(index.data(_SPAN))
