"""Owns the picture of the loss: train and validation over the steps. Draws points that it is given."""

import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.language import _
from studio.ui.theme.theme import Theme
from studio.ui.train.progress import Curve, Progress

_DOT = 7


class LossPlot(pg.PlotWidget):
    """The curves of one run; `small` leaves out the axes' titles, for a picture at the side."""

    def __init__(self, theme: Theme, *, small: bool = False, parent: QWidget | None = None) -> None:
        self._theme = theme
        self._small = small
        super().__init__(parent)
        self._shown: Progress | None = None
        self._raw = self.plot([], [], antialias=True)
        self._smooth = self.plot([], [], antialias=True)
        self._validation = self.plot([], [], antialias=True, symbol="o", symbolSize=_DOT)
        self._prepare()
        theme.changed.connect(self._restyle)
        self._restyle()

    def _prepare(self) -> None:
        self.setAccessibleName(_("Loss over the steps"))
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
        if not self._small:
            self.setLabel("bottom", _("step"))
            self.setLabel("left", _("loss"))

    def sizeHint(self) -> QSize:  # Qt's name
        """Low, so that what stands below it is seen; it grows where there is room."""
        return QSize(self._theme.px(320), self._theme.px(120 if self._small else 170))

    def show_progress(self, progress: Progress | None) -> None:
        """Draws a run's curves, or none."""
        self._shown = progress
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
        self.setBackground(theme.colour("panel"))
        faint = theme.colour("accent")
        faint.setAlpha(80)
        self._raw.setPen(pg.mkPen(faint, width=1))
        self._smooth.setPen(pg.mkPen(theme.colour("accent"), width=2.5))
        self._validation.setPen(pg.mkPen(theme.colour("user"), width=2))
        self._validation.setSymbolBrush(theme.colour("user"))
        self._validation.setSymbolPen(pg.mkPen(theme.colour("panel"), width=1.5))
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(pg.mkPen(theme.colour("line")))
            axis.setTextPen(pg.mkPen(theme.colour("muted")))
            axis.setTickFont(theme.text_font(11))
            axis.label.setFont(theme.text_font(11))


def _set(curve: pg.PlotDataItem, points: Curve) -> None:
    curve.setData([step for step, _loss in points], [loss for _step, loss in points])
