"""Owns the pictures of curves over the steps: the loss of one run, and any lines that are given. Reads no run."""

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.language import _
from studio.ui.theme.theme import Theme
from studio.ui.train.lines import Line
from studio.ui.train.progress import Curve, Progress

_DOT = 7
_STYLES = {"solid": Qt.PenStyle.SolidLine, "dash": Qt.PenStyle.DashLine, "dot": Qt.PenStyle.DotLine}


class StepPlot(pg.PlotWidget):
    """Axes in the theme's colours; nobody drags or zooms them. `small` leaves out their titles."""

    def __init__(self, theme: Theme, name: str, *, small: bool = False, parent: QWidget | None = None) -> None:
        self._theme = theme
        self._small = small
        super().__init__(parent)
        self._prepare(name)

    def _prepare(self, name: str) -> None:
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(self.Shape.NoFrame)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseEnabled(x=False, y=False)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.getPlotItem().showGrid(y=True, alpha=0.12)
        self.getPlotItem().layout.setContentsMargins(0, 8, 12, 0)
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setStyle(tickLength=0, tickTextOffset=8)
            axis.enableAutoSIPrefix(False)

    def sizeHint(self) -> QSize:  # Qt's name
        """Low, so that what stands below it is seen; it grows where there is room."""
        return QSize(self._theme.px(320), self._theme.px(120 if self._small else 170))

    def _restyle_axes(self) -> None:
        theme = self._theme
        self.setBackground(theme.colour("panel"))
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(pg.mkPen(theme.colour("line")))
            axis.setTextPen(pg.mkPen(theme.colour("muted")))
            axis.setTickFont(theme.text_font(11))
            axis.label.setFont(theme.text_font(11))


class LinesPlot(StepPlot):
    """Lines with their own names; `show_lines` says what the axes count."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, name, parent=parent)
        self._lines: tuple[Line, ...] = ()
        self._curves: list[pg.PlotDataItem] = []
        theme.changed.connect(self._restyle)
        self._restyle()

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is drawn."""
        return self._lines

    def show_lines(
        self, lines: Sequence[Line], *, across: str, up: str, right: float, most: float | None = None
    ) -> None:
        """Draws lines from 0 to `right`; the height fits them, or goes from 0 to `most`."""
        self._lines = tuple(lines)
        self.setLabel("bottom", across)
        self.setLabel("left", up)
        while len(self._curves) > len(lines):
            self.removeItem(self._curves.pop())
        while len(self._curves) < len(lines):
            self._curves.append(self.plot([], [], antialias=True))
        for curve, line in zip(self._curves, lines, strict=True):
            _set(curve, line.points)
        self.setXRange(0, max(right, 1e-9), padding=0.01)
        if most is not None:
            self.setYRange(0, most, padding=0.02)
        else:
            self.enableAutoRange(axis="y")
        self._restyle()

    @Slot()
    def _restyle(self) -> None:
        self._restyle_axes()
        theme = self._theme
        for curve, line in zip(self._curves, self._lines, strict=True):
            colour = theme.colour(line.colour)
            if line.faint:
                colour.setAlpha(80)
            curve.setPen(pg.mkPen(colour, width=1 if line.faint else 2, style=_STYLES[line.style]))
            curve.setSymbol("o" if line.dots else None)
            curve.setSymbolSize(_DOT)
            curve.setSymbolBrush(colour)
            curve.setSymbolPen(pg.mkPen(theme.colour("panel"), width=1.5))


class LossPlot(StepPlot):
    """The curves of one run; `small` leaves out the axes' titles, for a picture at the side."""

    def __init__(self, theme: Theme, *, small: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(theme, _("Loss over the steps"), small=small, parent=parent)
        self._raw = self.plot([], [], antialias=True)
        self._smooth = self.plot([], [], antialias=True)
        self._validation = self.plot([], [], antialias=True, symbol="o", symbolSize=_DOT)
        if not small:
            self.setLabel("bottom", _("step"))
            self.setLabel("left", _("loss"))
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_progress(self, progress: Progress | None) -> None:
        """Draws a run's curves, or none."""
        _set(self._raw, progress.train if progress else ())
        _set(self._smooth, progress.smooth if progress else ())
        _set(self._validation, progress.validation if progress else ())
        self.setXRange(0, progress.last_step if progress else 100, padding=0.01)
        if progress is None or not progress.train:
            self.setYRange(0, 4, padding=0.02)
        else:
            self.enableAutoRange(axis="y")

    @Slot()
    def _restyle(self) -> None:
        theme = self._theme
        self._restyle_axes()
        faint = theme.colour("accent")
        faint.setAlpha(80)
        self._raw.setPen(pg.mkPen(faint, width=1))
        self._smooth.setPen(pg.mkPen(theme.colour("accent"), width=2.5))
        self._validation.setPen(pg.mkPen(theme.colour("user"), width=2))
        self._validation.setSymbolBrush(theme.colour("user"))
        self._validation.setSymbolPen(pg.mkPen(theme.colour("panel"), width=1.5))


def _set(curve: pg.PlotDataItem, points: Curve | Sequence[tuple[float, float]]) -> None:
    curve.setData([float(across) for across, _up in points], [up for _across, up in points])
