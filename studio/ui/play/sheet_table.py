"""Owns where the sheets of a party lie: below each other, or in as many columns as there is room for."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_12, SPACE_16
from studio.ui.widgets import Column

_WIDTH, _WIDEST = 300, 460


class SheetTable(QWidget):
    """Sheets; `many` says whether they may lie beside each other."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._many = False
        self._sheets: list[QWidget] = []
        self._columns: list[Column] = []

    @property
    def many(self) -> bool:
        """Whether sheets may lie beside each other."""
        return self._many

    @many.setter
    def many(self, on: bool) -> None:
        self._many = on
        self._place()

    def show_sheets(self, sheets: Sequence[QWidget]) -> None:
        """Shows these sheets in their order."""
        if list(sheets) != self._sheets:
            self._sheets = list(sheets)
            self._place(anew=True)

    def _place(self, *, anew: bool = False) -> None:
        margin = SPACE_16 if self._many else 0
        room = self.width() - 2 * margin + SPACE_12
        wanted = max(1, min(len(self._sheets), room // self._theme.px(_WIDTH))) if self._many else 1
        if anew or wanted != len(self._columns):
            self._deal(wanted)
        width = (room // wanted) - SPACE_12
        width = min(width, self._theme.px(_WIDEST)) if self._many else width
        for number, column in enumerate(self._columns):
            left = margin + number * (width + SPACE_12)
            column.setGeometry(left, margin, width, column.minimumHeight())
        self.setMinimumHeight(max((column.minimumHeight() for column in self._columns), default=0) + 2 * margin)

    def _deal(self, wanted: int) -> None:
        """Gives every column its share of the sheets."""
        columns = [Column(0, SPACE_12, still=False) for _number in range(wanted)]
        for column in columns:
            column.setParent(self)
        for place, sheet in enumerate(self._sheets):
            columns[place % wanted].put(place // wanted, sheet)
        for column in self._columns:
            column.deleteLater()
        self._columns = columns
        for column in columns:
            column.show()

    def event(self, event: QEvent) -> bool:
        """Follows the columns as they grow."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._place()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Deals the sheets anew where more or fewer columns fit."""
        super().resizeEvent(event)
        self._place()
