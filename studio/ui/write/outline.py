"""Owns the outline of a scenario: its turns in order; knows no text."""

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QListView, QVBoxLayout, QWidget

from studio.language import _
from studio.scenario import Scenario, SystemContext, Turn
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SIZE_SMALL, SPACE_8, SPACE_12
from studio.ui.widgets import Index, RowPainter

_SPAN = Qt.ItemDataRole.UserRole
_BLOCK = Qt.ItemDataRole.UserRole + 1
_LONGEST, _READ = 160, 1000
_NOWHERE = QModelIndex()
_COLOURS = {"SYSTEM": "system", "User": "user", "DM": "dm", "TOOLCALL": "toolcall"}


class _Rows(RowPainter):
    """Draws who speaks in the block's colour, and how the turn begins."""

    def draw(self, painter: QPainter, box: QRect, index: Index) -> None:
        """Draws one row."""
        theme = self._theme
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


class _Turns(QAbstractListModel):
    """The blocks of a scenario; a row's words are put together when it is drawn, so that a long text waits for none."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._system: SystemContext | None = None
        self._turns: tuple[Turn, ...] = ()
        self._count = 0

    def show(self, scenario: Scenario | None) -> None:
        """Lists a scenario; rows come and go at the end. Who shows them draws them anew: told of a change, a list
        would lay out all of its rows again.
        """
        system, turns = (scenario.system, scenario.turns) if scenario is not None else (None, ())
        count = len(turns) + (system is not None)
        before, nowhere = self._count, QModelIndex()
        if count > before:
            self.beginInsertRows(nowhere, before, count - 1)
        elif count < before:
            self.beginRemoveRows(nowhere, count, before - 1)
        self._system, self._turns, self._count = system, turns, count
        if count > before:
            self.endInsertRows()
        elif count < before:
            self.endRemoveRows()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NOWHERE) -> int:
        """How many blocks there are."""
        return 0 if parent.isValid() else self._count

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """How a block begins, where it stands, and which it is."""
        system, row = self._system, index.row()
        if system is not None and row == 0:
            words = _("World, place and party") if role == Qt.ItemDataRole.DisplayRole else None
            return system.span if role == _SPAN else "SYSTEM" if role == _BLOCK else words
        turn = self._turns[row - (system is not None)]
        if role == Qt.ItemDataRole.DisplayRole:
            return " ".join(turn.content[:_READ].split())[:_LONGEST]
        return turn.span if role == _SPAN else turn.speaker.value if role == _BLOCK else None


class Outline(QWidget):
    """The turns as a list; `chosen` carries the span of one."""

    chosen = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._model = _Turns(self)
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
        """Lists the turns of a scenario."""
        self._model.show(scenario)
        self.view.viewport().update()

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(index.data(_SPAN))
