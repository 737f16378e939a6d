"""Owns a long column of widgets, one below the other, in which a change costs what it changes; knows none of them.

A layout of Qt asks every one of its widgets anew how high it is when one changes, which for hundreds of wrapped texts
takes longer than a frame. Here each is asked once for a width; who is another one is put in as a new widget. A short
column of widgets that change in place is made with `still=False`.
"""

from PySide6.QtCore import QCoreApplication, QEvent, QRect
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget


class Column(QWidget):
    """Widgets at places from 0; as high as they are together. Hidden ones take no room."""

    def __init__(self, margin: int, spacing: int, *, still: bool = True) -> None:
        super().__init__()
        self._margin, self._spacing, self._still = margin, spacing, still
        self._widgets: list[QWidget] = []
        self._heights: dict[QWidget, int] = {}
        self._measured = -1  # the width for which the heights are

    def put(self, place: int, widget: QWidget) -> None:
        """Puts a widget at a place; those from there on go one further."""
        widget.setParent(self)
        self._widgets.insert(place, widget)
        widget.show()
        self._lay_soon()

    def take(self, widget: QWidget) -> None:
        """Takes a widget out; it is hidden."""
        self._widgets.remove(widget)
        self._heights.pop(widget, None)
        widget.hide()
        self._lay_soon()

    def place_of(self, widget: QWidget) -> int:
        """Where a widget stands; raises ValueError where it does not."""
        return self._widgets.index(widget)

    def measure_anew(self) -> None:
        """Asks all how high they are, as after another font."""
        self._heights.clear()
        self._lay_soon()

    def _lay_soon(self) -> None:
        QCoreApplication.postEvent(self, QEvent(QEvent.Type.LayoutRequest))  # several become one

    def _lay(self) -> None:
        width, top = self.width() - 2 * self._margin, self._margin
        if width != self._measured:
            self._heights.clear()
            self._measured = width
        for widget in self._widgets:
            if widget.isHidden():
                continue
            height = self._heights.get(widget)
            if height is None:
                height = self._heights[widget] = _height(widget, width)
            place = QRect(self._margin, top, width, height)
            if widget.geometry() != place:
                widget.setGeometry(place)
            top += height + self._spacing
        self.setMinimumHeight(top - self._spacing + self._margin if top > self._margin else 0)

    def event(self, event: QEvent) -> bool:
        """Lays the widgets out where that is due."""
        if event.type() == QEvent.Type.LayoutRequest:
            if not self._still:
                self._heights.clear()
            self._lay()
            return True
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        """Asks all anew where they may be of another height."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.measure_anew()

    def showEvent(self, event: QShowEvent) -> None:
        """Asks all anew: what was never shown has no style yet."""
        super().showEvent(event)
        self.measure_anew()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lays out anew for another width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._lay()


def _height(widget: QWidget, width: int) -> int:
    """How high a widget wants to be, within its limits."""
    wanted = widget.heightForWidth(width) if widget.hasHeightForWidth() else -1
    wanted = wanted if wanted >= 0 else widget.sizeHint().height()
    return max(widget.minimumHeight(), min(widget.maximumHeight(), wanted))
