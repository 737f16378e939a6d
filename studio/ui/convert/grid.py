"""Owns a small table of words that can be copied; knows not what they say."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from studio.ui.theme.tokens import SPACE_8, SPACE_24
from studio.ui.widgets import label
from studio.ui.widgets.hover import explain


class Grid(QWidget):
    """Rows of labels; the first `words` columns stand left, the others, which hold `figures`, right."""

    def __init__(self, words: int, *, figures: bool = True) -> None:
        super().__init__()
        self._words, self._figures = words, figures
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE_24)
        self._grid.setVerticalSpacing(SPACE_8)
        self._texts: list[tuple[str, ...]] = []
        self._dress: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    @property
    def texts(self) -> list[tuple[str, ...]]:
        """What is shown, the head first."""
        return self._texts

    def show_rows(
        self, head: Sequence[str], rows: Sequence[Sequence[str]], kinds: Sequence[str] = (), hints: Sequence[str] = ()
    ) -> None:
        """Shows a head and rows; `kinds` are those of the rows' labels, `hints` what stands on hover over a row."""
        texts, dress = [tuple(head), *(tuple(cells) for cells in rows)], (tuple(kinds), tuple(hints))
        if (texts, dress) == (self._texts, self._dress):
            return  # labels cost the window milliseconds each time they are made
        self._texts, self._dress = texts, dress
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for number, cells in enumerate(self._texts):
            kind = "caption" if number == 0 else kinds[number - 1] if kinds else ""
            hint = hints[number - 1] if number and hints else ""
            for column, text in enumerate(cells):
                self._put(number, column, text, kind, hint)
        self._grid.setColumnStretch(0 if self._figures else self._words - 1, 1)

    def _put(self, number: int, column: int, text: str, kind: str, hint: str) -> None:
        wide = column == (0 if self._figures else self._words - 1)  # takes what is free, and breaks its lines
        cell = label(text, kind, wrap=wide and number > 0, selectable=number > 0)
        if number == 0:
            explain(cell, text)
        elif hint:
            cell.setToolTip(hint)
        side = Qt.AlignmentFlag.AlignLeft if column < self._words else Qt.AlignmentFlag.AlignRight
        middle = Qt.AlignmentFlag.AlignVCenter if self._figures else Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(cell, number, column, middle if wide else side | middle)
