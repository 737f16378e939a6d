"""Owns a list of rows that are as high as they are: laid out as they come into sight, at its end as it grows.

A list of Qt's own, so that keys and screen readers find their way; where the rows lie is ours. Knows no turn.
"""

import time

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint, QRect, Qt, QTimer, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView

from studio.ui.play.chat_model import ChatModel, Index
from studio.ui.play.layout import Layout
from studio.ui.play.rows import Row
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import RADIUS_10, SPACE_4, SPACE_8, SPACE_16

_WIDEST = 1100
"""The column of a chat is never wider, or the eye loses the line."""
_BETWEEN_MS = 8
"""How long rows in sight wait that there was no time for, so that the window is drawn between."""
_REST_MS = 40
"""How long the chat must be at rest before rows out of sight are measured; scrolling and drawing begin it anew."""
_IN_SIGHT_SECONDS, _AHEAD_SECONDS = 0.005, 0.004
"""What one call may spend on laying out what is in sight, and what is not."""


class RowList(QListView):
    """The rows of a layout. Whoever inherits places what stands over them (`place_parts`)."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.items = ChatModel()
        self.lay = Layout(theme)
        self.at_end = True
        self.chosen: tuple[Row, int, int] | None = None
        self.hidden: Row | None = None
        self._settling = False
        self._later = QTimer(self, interval=0, singleShot=True)
        self._later.timeout.connect(self._go_on)
        self.setProperty("kind", "base")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAutoScroll(False)
        self.setModel(self.items)
        theme.changed.connect(self._restyle)

    def place_parts(self) -> None:
        """Places what stands over the rows, after they moved."""

    @Slot()
    def _restyle(self) -> None:
        self.lay.forget()
        self.settle()

    def take(self, rows: list[Row]) -> None:
        """Shows other rows, at the same place as far as they are the same."""
        kept = self.anchor()
        self.lay.resize(self._room())
        self.lay.take(rows)
        self.items.show(rows)
        self.settle(kept)

    def add(self, row: Row) -> None:
        """Adds a row at the end."""
        self.lay.add(row)
        self.items.add(row)
        self.settle()

    def remove(self, number: int) -> None:
        """Takes a row out."""
        self.lay.remove(number)
        self.items.remove(number)
        self.settle()

    def widen(self, row: Row | None, height: int = 0, *, beneath: bool = False) -> None:
        """Gives a row's place, or room beneath it, to something that high; None takes it back."""
        kept = self.anchor()
        self.lay.widen(row, height, beneath)
        self.hidden = None if beneath else row
        self.settle(kept)

    # Where everything lies

    def _room(self) -> int:
        return max(80, min(self.viewport().width() - 2 * SPACE_16, self.theme.px(_WIDEST)))

    @property
    def left(self) -> int:
        """Where the column begins; in a wide window it stands in the middle."""
        return max(SPACE_16, (self.viewport().width() - self.lay.width) // 2)

    def anchor(self) -> tuple[Row, int] | None:
        """A row that is laid out and in sight, and where: it stays there while others find their height."""
        if self.at_end:
            return None
        heights, top = self.lay.heights, self.verticalScrollBar().value()
        seen = heights.within(top, top + self.viewport().height())
        laid = [number for number in seen if self.lay.picture(number) is not None]
        for number in laid or seen:
            return self.lay.rows[number], heights.top(number) - top
        return None

    def _keep(self, anchor: tuple[Row, int] | None) -> None:
        heights, bar = self.lay.heights, self.verticalScrollBar()
        view = self.viewport().height()
        self._settling = True
        bar.setPageStep(view)
        bar.setSingleStep(self.theme.px(20))
        bar.setRange(0, max(0, heights.whole - view))
        if anchor is None:
            if self.at_end:
                bar.setValue(bar.maximum())
        elif anchor[0] in self.lay.rows:
            bar.setValue(heights.top(self.lay.rows.index(anchor[0])) - anchor[1])
        self._settling = False

    def settle(self, anchor: tuple[Row, int] | None = None) -> None:
        """Lays out what is in sight and keeps the place; what takes too long now is done right after."""
        anchor = anchor or self.anchor()
        self._keep(anchor)
        self._lay_in_sight(anchor)
        self.place_parts()
        self.viewport().update()

    def _lay_in_sight(self, anchor: tuple[Row, int] | None) -> bool:
        """Lays out what is in sight, for some time; whether anything lies elsewhere than was thought."""
        until, moved = time.perf_counter() + _IN_SIGHT_SECONDS, False
        for number in self._missing():
            if self.lay.lay(number):
                moved = True
                self._keep(anchor)
            if time.perf_counter() >= until:
                break
        self._later.start(_BETWEEN_MS if self._missing() else _REST_MS)
        return moved

    def _missing(self) -> list[int]:
        heights, top = self.lay.heights, self.verticalScrollBar().value()
        seen = heights.within(top, top + self.viewport().height())
        missing = [number for number in seen if self.lay.picture(number) is None]
        return missing[::-1] if self.at_end else missing

    @Slot()
    def _go_on(self) -> None:
        """Lays out what there was no time for, first what is in sight."""
        if self._missing():
            self.settle()
            return
        heights, top = self.lay.heights, self.verticalScrollBar().value()
        anchor = self.anchor()
        more = self.lay.measure(max(0, heights.at(top)), _AHEAD_SECONDS)
        self._keep(anchor)
        self.place_parts()
        if more:
            self._later.start(4)

    def scrollContentsBy(self, across: int, down: int) -> None:  # Qt's name
        """Moves what is drawn, and lays out what comes into sight."""
        if self._settling:
            return
        bar = self.verticalScrollBar()
        self.at_end = bar.value() >= bar.maximum() - 4
        self.viewport().scroll(0, down)  # only what comes into sight is drawn anew
        if self._lay_in_sight(self.anchor()):
            self.viewport().update()
        self.place_parts()

    def updateGeometries(self) -> None:  # Qt's name
        """The scroll bar is ours."""

    def doItemsLayout(self) -> None:  # Qt's name
        """So is where the rows lie."""

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Everything is laid out for the new width."""
        kept = self.anchor()
        self.lay.resize(self._room())
        self.settle(kept)

    def verticalOffset(self) -> int:  # Qt's name
        """How far down it is."""
        return self.verticalScrollBar().value()

    def horizontalOffset(self) -> int:  # Qt's name
        """Never to the side."""
        return 0

    def visualRect(self, index: Index) -> QRect:  # Qt's name
        """Where a row is in the viewport."""
        if not index.isValid() or index.row() >= len(self.lay.rows):
            return QRect()
        heights = self.lay.heights
        top = heights.top(index.row()) - self.verticalOffset()
        return QRect(self.left, top, self.lay.width, heights.height(index.row()))

    def indexAt(self, place: QPoint) -> QModelIndex:  # Qt's name
        """The row at a point; none where only ground is."""
        number = self.lay.heights.at(place.y() + self.verticalOffset())
        index = self.items.index(number) if number >= 0 else QModelIndex()
        return (
            index
            if index.isValid() and self.visualRect(index).contains(QPoint(self.left, place.y()))
            else QModelIndex()
        )

    def scrollTo(self, index: Index, hint: object = None) -> None:  # Qt's name
        """Brings a row into sight."""
        place = self.visualRect(index)
        bar, view = self.verticalScrollBar(), self.viewport().height()
        if place.top() < SPACE_8 or place.height() > view:
            bar.setValue(bar.value() + place.top() - SPACE_8)
        elif place.bottom() > view - SPACE_8:
            bar.setValue(bar.value() + place.bottom() - view + SPACE_16)

    def moveCursor(self, action: QAbstractItemView.CursorAction, keys: Qt.KeyboardModifier) -> QModelIndex:  # Qt's
        """Up and down go from row to row, pages by what is in sight."""
        count, at = len(self.lay.rows), self.currentIndex().row()
        at = at if at >= 0 else count
        view, heights = self.viewport().height(), self.lay.heights
        step = QAbstractItemView.CursorAction
        goals = {step.MoveUp: at - 1, step.MoveDown: at + 1, step.MoveHome: 0, step.MoveEnd: count - 1}
        if action in (step.MovePageUp, step.MovePageDown) and count:
            way = -view if action == step.MovePageUp else view
            goals[action] = heights.at(heights.top(min(at, count - 1)) + way)
        return self.items.index(max(0, min(count - 1, goals.get(action, at))))

    def setSelection(self, place: QRect, flags: QItemSelectionModel.SelectionFlag) -> None:  # Qt's name
        """Chooses the rows that a rectangle touches."""
        heights, down, place = self.lay.heights, self.verticalOffset(), place.normalized()
        rows = heights.within(place.top() + down, place.bottom() + down + 1)
        found = (
            QItemSelection(self.items.index(rows.start), self.items.index(rows.stop - 1)) if rows else QItemSelection()
        )
        self.selectionModel().select(found, flags)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:  # Qt's name
        """Where chosen rows are."""
        region = QRegion()
        for index in selection.indexes():
            region = region.united(self.visualRect(index))
        return region

    def isIndexHidden(self, index: Index) -> bool:  # Qt's name
        """No row ever is."""
        return False

    # Drawing

    def paintEvent(self, event: QPaintEvent) -> None:  # Qt's name
        """Draws the rows in sight."""
        heights, down = self.lay.heights, self.verticalOffset()
        place = event.rect()
        several = len(self.selectedIndexes()) > 1
        with QPainter(self.viewport()) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for number in heights.within(place.top() + down, place.bottom() + down + 1):
                self._paint_row(painter, number, heights.top(number) - down, several)

    def _paint_row(self, painter: QPainter, number: int, top: int, several: bool) -> None:
        row, picture = self.lay.rows[number], self.lay.picture(number)
        if several and self.selectionModel().isRowSelected(number):
            wide, high = self.viewport().width(), self.lay.heights.height(number) + SPACE_8
            painter.fillRect(QRect(0, top - SPACE_4, wide, high), self.theme.tint("accent", 0.12))
        if picture is None or self.hidden is row:
            return
        painter.save()
        painter.translate(self.left, top)
        if row.unseen:
            painter.setOpacity(0.5)
        chosen = self.chosen[1:] if self.chosen is not None and self.chosen[0] is row else (0, 0)
        picture.paint(painter, chosen)
        painter.setOpacity(1.0)
        if self.hasFocus() and number == self.currentIndex().row():
            self._frame(painter, picture.body)
        painter.restore()

    def _frame(self, painter: QPainter, body: QRect) -> None:
        """Shows which row the keys are for."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self.theme.colour("accent"), 1.5))
        radius = self.theme.px(RADIUS_10)
        painter.drawRoundedRect(body.adjusted(-2, -2, 1, 1), radius, radius)
