"""Owns how the rows of the table of examples are drawn: quickly, for a scroll draws a page of them at every step.

The style's own painter asks for eight roles a cell and lays each text out twice; this one asks for a row's words once,
and remembers how they were cut to the columns' widths.
"""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Slot
from PySide6.QtGui import QColor, QFont, QFontMetrics, QFontMetricsF, QPainter, QPixmap

from studio.ui.data.examples_model import NUMBERS, Cell, ExamplesModel
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8

_EDGE = 14
_REMEMBERED = 400
_PLAIN = frozenset({"decision", "text"})

Column = tuple[str, int, int]
"""A column's name, where it begins, and its width."""
Drawn = tuple[QPixmap | None, int, str, int, QColor]
"""A cell's icon and where it begins, its words and where they begin, and their colour."""


class Cells:
    """Draws rows. `forget` after the rows or what is said of them changed."""

    def __init__(self, theme: Theme, model: ExamplesModel) -> None:
        self._theme = theme
        self._model = model
        self._pixmaps: dict[tuple[str, str], QPixmap] = {}
        self._drawn: dict[int, list[Drawn]] = {}
        self._ratio = 1.0
        self._widths: dict[str, float] = {}
        self._columns: Sequence[Column] = ()
        self._font, self._metrics = QFont(), QFontMetrics(QFont())
        self._colours: dict[bool, QColor] = {}
        self.grounds: dict[str, QColor] = {}
        self.restyle()
        model.modelReset.connect(self.forget)
        model.dataChanged.connect(self.forget)

    def restyle(self) -> None:
        """Takes in another look."""
        theme = self._theme
        self._pixmaps.clear()
        self._font = theme.text_font()
        self._font.setKerning(False)
        self._font.setStyleStrategy(QFont.StyleStrategy.PreferNoShaping)  # scripts that need it are shaped all the same
        self._widths.clear()
        self._metrics, self._exact = QFontMetrics(self._font), QFontMetricsF(self._font)
        self._colours = {plain: theme.colour("text" if plain else "secondary") for plain in (True, False)}
        self.grounds = {
            "": theme.colour("base"),
            "selected": theme.tint("accent", 0.2, "base"),
            "hovered": theme.tint("text", 0.05, "base"),
        }
        self._pad, self._edge = theme.px(SPACE_8), theme.px(_EDGE)
        self.forget()

    @Slot()
    def forget(self) -> None:
        """The next rows are read anew."""
        self._drawn.clear()

    def begin(self, painter: QPainter, columns: Sequence[Column]) -> None:
        """Before the first row of a page."""
        ratio = painter.device().devicePixelRatioF()
        if columns != self._columns or ratio != self._ratio:
            self._columns, self._ratio = columns, ratio
            self._pixmaps.clear()
            self.forget()
        painter.setFont(self._font)

    def draw(self, painter: QPainter, row: int, top: int, height: int) -> None:
        """One row; its ground is there already."""
        drawn = self._drawn.get(row)
        if drawn is None:
            if len(self._drawn) >= _REMEMBERED:
                self.forget()
            cells = zip(self._model.cells(row), self._columns, strict=True)
            drawn = self._drawn[row] = [self._fitted(cell, column) for cell, column in cells]
        baseline = top + (height + self._metrics.ascent() - self._metrics.descent()) // 2
        icon_top = top + (height - self._edge) // 2
        for icon, begin, words, left, colour in drawn:
            if icon is not None:
                painter.drawPixmap(begin, icon_top, icon)
            if words:
                painter.setPen(colour)
                painter.drawText(left, baseline, words)

    def _fitted(self, cell: Cell, column: Column) -> Drawn:
        """A cell's icon, its words as far as they fit, and where both begin."""
        (words, icon_name), (name, begin, width) = cell, column
        begin, room = begin + self._pad, width - 2 * self._pad
        left, icon, colour = begin, None, self._colours[name in _PLAIN]
        if icon_name is not None:
            icon = self._pixmap(*icon_name)
            left, room = left + self._edge + self._pad - 1, room - self._edge - self._pad + 1
        if room < self._edge or not words:
            return icon, begin, "", left, colour
        shown, taken = self._cut(words, room)
        return icon, begin, shown, left + int(room - taken) if name in NUMBERS else left, colour

    def _cut(self, words: str, room: int) -> tuple[str, float]:
        """A text as far as it fits, and its width; each sign's width is measured once."""
        widths, whole, fits = self._widths, 0.0, 0
        most = room - self._width("…")
        for place, sign in enumerate(words):
            width = widths.get(sign)
            whole += width if width is not None else self._width(sign)
            if whole <= most:
                fits = place + 1
            elif whole > room:
                return f"{words[:fits]}…", room
        return words, whole

    def _width(self, sign: str) -> float:
        width = self._widths[sign] = self._exact.horizontalAdvance(sign)
        return width

    def _pixmap(self, name: str, colour: str) -> QPixmap:
        known = self._pixmaps.get((name, colour))
        if known is None:
            known = self._theme.icon(name, colour).pixmap(QSize(self._edge, self._edge), self._ratio)
            self._pixmaps[name, colour] = known
        return known
