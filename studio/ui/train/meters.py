"""Owns the view of the machine's meters: a bar, a figure and a short curve each."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SIZE_SMALL, SPACE_4, SPACE_8, SPACE_16
from studio.ui.train.machine import HISTORY, Machine, Meter


class MachineMeters(QWidget):
    """CPU, memory and cards; without a card a sentence says so."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._meters: dict[str, MeterView] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(SPACE_16)
        self._no_gpu = QLabel()
        self._no_gpu.setWordWrap(True)
        self._no_gpu.setProperty("kind", "muted")
        self._no_gpu.setAccessibleName(_("Graphics card"))
        self._layout.addWidget(self._no_gpu)
        self._no_gpu.hide()

    def show_machine(self, machine: Machine) -> None:
        """Shows the newest sample."""
        for meter in machine.meters:
            view = self._meters.get(meter.key)
            if view is None:
                view = self._meters[meter.key] = MeterView(self._theme)
                self._layout.insertWidget(self._layout.count() - 1, view)
            view.show_meter(meter)
        self._no_gpu.setVisible(machine.no_gpu is not None)
        self._no_gpu.setText(machine.no_gpu or "")


class MeterView(QWidget):
    """One resource: name and figure above, its last minute as an area below."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._meter: Meter | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._restyle)

    def sizeHint(self) -> QSize:  # Qt's name
        """Room for a line of text and the area."""
        return QSize(self._theme.px(160), self._theme.px(66))

    def show_meter(self, meter: Meter) -> None:
        """Shows a newer value."""
        self._meter = meter
        self.setAccessibleName(f"{meter.name}: {meter.value}")
        self.setToolTip(_("{name}: {value}, the last minute").format(name=meter.name, value=meter.value))
        self.update()

    @Slot()
    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # Qt's name
        """Draws text, frame and area."""
        if self._meter is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text = self._theme.px(SIZE_SMALL + SPACE_8)
        self._write(painter, QRectF(0, 0, self.width(), text), self._meter)
        area = QRectF(0.5, text + SPACE_4, self.width() - 1, self.height() - text - SPACE_4 - 1)
        self._draw(painter, area, self._meter)

    def _write(self, painter: QPainter, place: QRectF, meter: Meter) -> None:
        painter.setFont(self._theme.text_font(SIZE_SMALL))
        painter.setPen(self._theme.colour("muted"))
        room = painter.fontMetrics().horizontalAdvance(meter.value) + SPACE_8
        name = painter.fontMetrics().elidedText(meter.name, Qt.TextElideMode.ElideRight, int(place.width() - room))
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.setPen(self._theme.colour("text"))
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, meter.value)

    def _draw(self, painter: QPainter, area: QRectF, meter: Meter) -> None:
        frame = QPainterPath()
        frame.addRoundedRect(area, 4, 4)
        painter.fillPath(frame, self._theme.colour("base"))
        painter.save()
        painter.setClipPath(frame)
        colour = self._theme.colour("accent" if meter.key.startswith(("cpu", "gpu")) else "user")
        _course(painter, area, meter.history, colour)
        painter.restore()
        painter.setPen(QPen(self._theme.colour("line"), 1))
        painter.drawPath(frame)


def _course(painter: QPainter, area: QRectF, history: tuple[float, ...], colour: QColor) -> None:
    if not history:
        return
    step = area.width() / (HISTORY - 1)
    start = area.right() - step * (len(history) - 1)
    points = [QPointF(start + step * i, area.bottom() - share * area.height()) for i, share in enumerate(history)]
    line = QPainterPath(points[0])
    for point in points[1:]:
        line.lineTo(point)
    below = QPainterPath(line)
    below.lineTo(area.bottomRight())
    below.lineTo(QPointF(start, area.bottom()))
    fill = QColor(colour)
    fill.setAlpha(50)
    painter.fillPath(below, fill)
    painter.setPen(QPen(colour, 1.5))
    painter.drawPath(line)
