"""Owns the card of one roll; knows neither rules nor dice."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SIZE_TITLE, SPACE_4, SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import label


@dataclass(frozen=True, slots=True)
class Throw:
    """What a card says: the skill, the kept die, what was added and from where, the total, how it went.

    `success` is None for a roll that is not a check; `who` may be empty.
    """

    skill: str
    natural: int
    parts: tuple[tuple[int, str], ...]
    total: int
    success: bool | None = None
    who: str = ""


class Die(QWidget):
    """A twenty-sided die with the number that came up."""

    def __init__(self, theme: Theme, number: int, colour: str) -> None:
        super().__init__()
        self._theme = theme
        self._number = number
        self._colour = colour
        self.setFixedSize(self.sizeHint())
        theme.changed.connect(self._resize)

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(self._theme.px(44), self._theme.px(44))

    @Slot()
    def _resize(self) -> None:
        self.setFixedSize(self.sizeHint())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the outline, the front face and the number."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            edge = float(self.width())

            def at(*points: tuple[float, float]) -> QPolygonF:
                return QPolygonF([QPointF(x * edge, y * edge) for x, y in points])

            painter.setPen(self._theme.colour(self._colour))
            painter.setBrush(self._theme.tint(self._colour, 0.16, "panel"))
            corners = ((0.5, 0.03), (0.92, 0.27), (0.92, 0.73), (0.5, 0.97), (0.08, 0.73), (0.08, 0.27))
            painter.drawPolygon(at(*corners))
            face = ((0.5, 0.2), (0.79, 0.70), (0.21, 0.70))
            painter.setOpacity(0.55)
            for near, far in ((0, 0), (1, 1), (1, 2), (2, 4), (2, 5), (0, 5), (0, 1), (1, 3), (2, 3)):
                painter.drawPolyline(at(face[near], corners[far]))
            painter.drawPolygon(at(*face))
            painter.setOpacity(1)
            painter.setPen(self._theme.colour("text"))
            painter.setFont(self._theme.text_font(SIZE_TITLE, QFont.Weight.DemiBold))
            box = QRectF(0, edge * 0.05, edge, edge)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(self._number))


class DiceCard(QFrame):
    """A roll: the die, how the total comes about, and whether it was enough."""

    def __init__(self, theme: Theme, throw: Throw) -> None:
        super().__init__()
        colour = {None: "toolcall", True: "dm", False: "error"}[throw.success]
        self.setProperty("kind", "card")
        head = " · ".join(word for word in (throw.skill.replace("_", " ").capitalize(), throw.who) if word)
        sums = str(throw.natural) + "".join(
            f" {'+' if value >= 0 else '−'} {abs(value)} ({source})" for value, source in throw.parts
        )
        total = label(str(throw.total), "display")
        line = QHBoxLayout(self)
        line.setContentsMargins(SPACE_12, SPACE_8, SPACE_16, SPACE_8)
        line.setSpacing(SPACE_12)
        line.addWidget(Die(theme, throw.natural, colour))
        words = QVBoxLayout()
        words.setSpacing(SPACE_4)
        words.addWidget(label(head, "strong"))
        words.addWidget(label(sums, "caption"))
        line.addLayout(words)
        line.addSpacing(SPACE_12)
        line.addWidget(total)
        outcome = {None: "", True: _("Success"), False: _("Failed")}[throw.success]
        if outcome:
            line.addWidget(label(outcome, "good" if throw.success else "error"))
        line.addStretch(1)
        self.setAccessibleName(f"{head}: {sums} = {throw.total}. {outcome}")
