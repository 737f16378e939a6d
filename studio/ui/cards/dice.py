"""Owns how a roll looks: a card with the die, the sum, the DC and the outcome, drawn by hand."""

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.rules import Outcome
from studio.ui.cards.content import Throw
from studio.ui.cards.throw_words import described, spoken, titled
from studio.ui.theme import Theme
from studio.ui.theme.tokens import RADIUS_10, SIZE_BODY, SIZE_DISPLAY, SIZE_SMALL, SPACE_8, SPACE_12, SPACE_16

_HEIGHT, _WIDTH, _DIE = 64, 340, 44


class DiceCard(QWidget):
    """One roll. Read out as a sentence by a screen reader."""

    def __init__(self, theme: Theme, card: Throw) -> None:
        super().__init__()
        self._theme = theme
        self._picture = ThrowPicture(theme, card)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(spoken(card))
        self.setToolTip(spoken(card))
        theme.changed.connect(self._restyle)

    def sizeHint(self) -> QSize:  # Qt's name
        """The card's own size."""
        return QSize(self._theme.px(_WIDTH), self._picture.height)

    @Slot()
    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # Qt's name
        """Draws the card at the left of its row."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._picture.paint(painter, QRectF(0, 0, min(self.width(), self._picture.width), self.height()))


class ThrowPicture:
    """How a roll is drawn, in whatever room; `width` is what its words, its dice and its total need."""

    def __init__(self, theme: Theme, card: Throw) -> None:
        self._theme = theme
        self._card = card

    @property
    def height(self) -> int:
        """What it needs."""
        return self._theme.px(_HEIGHT)

    @property
    def width(self) -> int:
        """What it needs."""
        theme, card = self._theme, self._card
        words = max(
            QFontMetrics(theme.text_font(SIZE_BODY, QFont.Weight.DemiBold)).horizontalAdvance(titled(card)),
            QFontMetrics(theme.text_font(SIZE_SMALL)).horizontalAdvance(described(card)),
        )
        total = QFontMetrics(theme.text_font(SIZE_DISPLAY, QFont.Weight.DemiBold)).horizontalAdvance(str(card.total))
        dice = theme.px(_DIE + SPACE_8) * len(card.faces)
        return max(theme.px(_WIDTH), theme.px(SPACE_12) + dice + words + total + theme.px(SPACE_16) * 3)

    @property
    def _token(self) -> str:
        return {Outcome.SUCCESS: "dm", Outcome.FAILURE: "error", None: "toolcall"}[self._card.outcome]

    def paint(self, painter: QPainter, room: QRectF) -> None:
        """Draws the card into the room that it is given."""
        px = self._theme.px
        place = room.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setBrush(self._theme.tint(self._token, 0.09, "panel"))
        painter.setPen(QPen(self._theme.tint(self._token, 0.38, "panel"), 1))
        painter.drawRoundedRect(place, px(RADIUS_10), px(RADIUS_10))
        left, edge = room.left() + px(SPACE_12), px(_DIE)
        for face, kept in self._card.faces:
            self._draw_die(painter, QRectF(left, room.center().y() - edge / 2, edge, edge), face, kept)
            left += edge + px(SPACE_8)
        self._write(painter, QRectF(left + px(4), room.top(), room.right() - left - px(SPACE_16), room.height()))

    def _draw_die(self, painter: QPainter, place: QRectF, face: int, kept: bool) -> None:
        theme, colour = self._theme, self._theme.colour(self._token if kept else "line_strong")
        centre, radius = place.center(), place.width() / 2
        outer = [_corner(centre, radius, 60 * i - 90) for i in range(6)]
        inner = [_corner(centre, radius * 0.62, 120 * i - 90) for i in range(3)]
        painter.setBrush(theme.tint(self._token, 0.22 if kept else 0.06, "panel"))
        painter.setPen(QPen(colour, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.drawPolygon(QPolygonF(outer))
        faint = theme.tint(self._token, 0.45 if kept else 0.15, "panel")
        painter.setPen(QPen(faint, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolygon(QPolygonF(inner))
        for i, corner in enumerate(inner):
            for j in (2 * i - 1, 2 * i, 2 * i + 1):
                painter.drawLine(corner, outer[j % 6])
        painter.setPen(theme.colour("text" if kept else "muted"))
        painter.setFont(theme.text_font(SIZE_BODY, QFont.Weight.Bold))
        painter.drawText(place.adjusted(0, 1, 0, 1), Qt.AlignmentFlag.AlignCenter, str(face))

    def _write(self, painter: QPainter, place: QRectF) -> None:
        theme, card = self._theme, self._card
        split = place.top() + place.height() * 0.5
        upper = QRectF(place.left(), place.top() + theme.px(10), place.width(), split - place.top() - theme.px(10))
        lower = QRectF(place.left(), split, place.width(), place.bottom() - split - theme.px(10))
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.text_font(SIZE_DISPLAY, QFont.Weight.DemiBold))
        painter.setPen(theme.colour(self._token))
        painter.drawText(place, right | middle, str(card.total))
        room = int(place.width()) - painter.fontMetrics().horizontalAdvance(str(card.total)) - theme.px(SPACE_12)
        for box, text, font, colour in (
            (upper, titled(card), theme.text_font(SIZE_BODY, QFont.Weight.DemiBold), "text"),
            (lower, described(card), theme.text_font(SIZE_SMALL), "muted"),
        ):
            painter.setFont(font)
            painter.setPen(theme.colour(colour))
            elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
            painter.drawText(box, left | middle, elided)


def _corner(centre: QPointF, radius: float, degrees: float) -> QPointF:
    angle = math.radians(degrees)
    return QPointF(centre.x() + radius * math.cos(angle), centre.y() + radius * math.sin(angle))
