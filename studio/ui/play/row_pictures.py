"""Owns how each row of the chat is drawn at a width; knows no list, no session and no model.

A picture is laid out once for a width and drawn as often as it is in sight. `body` is what can be clicked and selected.
"""

from abc import ABC, abstractmethod

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QFontMetrics,
    QIcon,
    QPainter,
    QPalette,
    QPen,
    QPixmap,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)

from studio.language import _
from studio.ui.cards.content import Throw
from studio.ui.cards.dice import ThrowPicture
from studio.ui.play.rows import Edge, Remark, Row, Scene, Trouble, Wait, edge_words
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import RADIUS_10, SIZE_BODY, SIZE_SMALL, SIZE_TITLE, SPACE_4, SPACE_8, SPACE_12

_WIDEST = 720
_ICONS = {"warning": "warning", "success": "dm", "health": "error", "error": "error"}


class Picture(ABC):
    """A row as it is drawn; `height` holds for the width it was laid out at."""

    height = 0
    selectable = False

    def __init__(self, theme: Theme, row: Row, width: int) -> None:
        self.theme, self.row, self.width = theme, row, width

    @property
    def body(self) -> QRect:
        """What of the row is its card or bubble, from its own corner."""
        return QRect(0, 0, self.width, self.height)

    @abstractmethod
    def paint(self, painter: QPainter, chosen: tuple[int, int]) -> None:
        """Draws it from (0, 0) on; `chosen` is the stretch of its text that is selected."""

    def letter_at(self, place: QPoint) -> int:
        """Which place of its text a point is at; -1 where it has none."""
        return -1

    def chosen_text(self, chosen: tuple[int, int]) -> str:
        """The text of a stretch."""
        return ""


class Words:
    """A text that is laid out at a width, in one face and colour."""

    def __init__(self, theme: Theme, text: str, width: int, *, size: int = SIZE_SMALL, token: str = "muted",
                 bold: bool = False) -> None:  # fmt: skip
        self.font = theme.text_font(size, QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        self.text, self.colour = text, theme.colour(token)
        room = QFontMetrics(self.font).boundingRect(QRect(0, 0, max(24, width), 1 << 20), _FLAGS, text)
        self.size = QSize(max(24, width), room.height())
        self.wide = room.width()

    def paint(self, painter: QPainter, place: QPoint) -> None:
        """Draws it with its corner at a place."""
        painter.setFont(self.font)
        painter.setPen(self.colour)
        painter.drawText(QRect(place, self.size), _FLAGS, self.text)


_FLAGS = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)


def _icon(painter: QPainter, theme: Theme, name: str, token: str, place: QRect) -> None:
    picture = _drawn(
        theme.icon(name, token), name, token, theme.dark, place.width(), painter.device().devicePixelRatio()
    )
    painter.drawPixmap(place, picture)


_ICONS_DRAWN: dict[tuple[str, str, bool, int, float], QPixmap] = {}


def _drawn(icon: QIcon, name: str, token: str, dark: bool, edge: int, ratio: float) -> QPixmap:
    """An icon as pixels, drawn once: icons are letters of a font, and slow."""
    key = (name, token, dark, edge, ratio)
    if key not in _ICONS_DRAWN:
        _ICONS_DRAWN[key] = icon.pixmap(QSize(edge, edge), ratio)
    return _ICONS_DRAWN[key]


def box(painter: QPainter, theme: Theme, place: QRect, ground: str, line: str, *, dashed: bool = False) -> None:
    """Draws a rounded box; colours are names of `theme.tint` by share, or of tokens."""
    pen = QPen(_ink(theme, line), 1)
    if dashed:
        pen.setStyle(Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.setBrush(_ink(theme, ground))
    radius = theme.px(RADIUS_10)
    painter.drawRoundedRect(QRectF(place).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


def _ink(theme: Theme, name: str) -> QColor:
    token, _at, share = name.partition("@")
    return theme.tint(token, float(share), "panel") if share else theme.colour(token)


class ScenePicture(Picture):
    """What is played, and where it begins."""

    def __init__(self, theme: Theme, row: Row, width: int) -> None:
        super().__init__(theme, row, width)
        assert isinstance(row.content, Scene)
        inside = width - 2 * SPACE_12 - 8
        self._title = Words(theme, row.content.title, inside, size=SIZE_TITLE, token="text", bold=True)
        self._place = Words(theme, row.content.place, inside, size=SIZE_BODY) if row.content.place else None
        self.height = self._title.size.height() + 2 * SPACE_12
        if self._place is not None:
            self.height += SPACE_4 + self._place.size.height()

    def paint(self, painter: QPainter, chosen: tuple[int, int]) -> None:
        """A card over the whole width."""
        box(painter, self.theme, self.body, "panel", "line")
        self._title.paint(painter, QPoint(SPACE_12 + 4, SPACE_12))
        if self._place is not None:
            self._place.paint(painter, QPoint(SPACE_12 + 4, SPACE_12 + self._title.size.height() + SPACE_4))


class ThrowRow(Picture):
    """A roll."""

    def __init__(self, theme: Theme, row: Row, width: int) -> None:
        super().__init__(theme, row, width)
        assert isinstance(row.content, Throw)
        self._picture = ThrowPicture(theme, row.content)
        self.height = self._picture.height

    @property
    def body(self) -> QRect:
        """As wide as it needs to be."""
        return QRect(0, 0, min(self.width, self._picture.width), self.height)

    def paint(self, painter: QPainter, chosen: tuple[int, int]) -> None:
        """The card at the left."""
        self._picture.paint(painter, QRectF(self.body))


class RemarkPicture(Picture):
    """A small line: what changed, or why something stayed text."""

    def __init__(self, theme: Theme, row: Row, width: int) -> None:
        super().__init__(theme, row, width)
        assert isinstance(row.content, Remark)
        self._remark = row.content
        self._edge = theme.px(15)
        text = self._remark.text + (f"  ×{self._remark.times}" if self._remark.times > 1 else "")
        self._words = Words(theme, text, min(width, theme.px(_WIDEST)) - 2 * SPACE_12 - SPACE_8 - self._edge)
        self.height = max(self._edge, self._words.size.height())

    def paint(self, painter: QPainter, chosen: tuple[int, int]) -> None:
        """Icon and words."""
        token = _ICONS.get(self._remark.kind, "muted")
        _icon(painter, self.theme, self._remark.kind, token, QRect(SPACE_12, 0, self._edge, self._edge))
        self._words.paint(painter, QPoint(SPACE_12 + SPACE_8 + self._edge, 0))


class TroublePicture(Picture):
    """What went wrong; the button beside it is a widget of the list, and only the card that `asks` has one."""

    def __init__(self, theme: Theme, row: Row, width: int, *, asks: bool = False) -> None:
        super().__init__(theme, row, width)
        assert isinstance(row.content, Trouble)
        self._trouble = row.content
        self._edge = theme.px(18)
        self.button = self._button_room() if asks and self._trouble.action else 0
        inside = width - 3 * SPACE_12 - self._edge - (self.button + SPACE_12 if self.button else 0)
        self._words = Words(theme, self._trouble.shown, inside, size=SIZE_BODY, token="text")
        self.height = max(self._words.size.height(), theme.px(30) if self.button else 0, self._edge) + 2 * SPACE_12

    def _button_room(self) -> int:
        return QFontMetrics(self.theme.text_font()).horizontalAdvance(self._trouble.action) + self.theme.px(32)

    def paint(self, painter: QPainter, chosen: tuple[int, int]) -> None:
        """A card in the colour of a warning."""
        token = _ICONS.get(self._trouble.kind, "hint")
        box(painter, self.theme, self.body, f"{token}@0.10", f"{token}@0.35")
        _icon(painter, self.theme, self._trouble.kind, token, QRect(SPACE_12, SPACE_12, self._edge, self._edge))
        middle = (self.height - self._words.size.height()) // 2
        self._words.paint(painter, QPoint(2 * SPACE_12 + self._edge, middle if self.button else SPACE_12))


class EdgePicture(Picture):
    """The line above which the model sees nothing any more."""

    def __init__(self, theme: Theme, row: Row, width: int) -> None:
        super().__init__(theme, row, width)
        assert isinstance(row.content, Edge)
        self._words = Words(theme, edge_words(), width, token="warning")
        told = _("It keeps this of it: {summary}").format(summary=row.content.summary) if row.content.summary else ""
        self._summary = Words(theme, told, min(width, theme.px(_WIDEST)) - 2 * SPACE_12) if told else None
        self.height = self._words.size.height() + SPACE_4
        if self._summary is not None:
            self.height += self._summary.size.height() + SPACE_8

    def paint(self, painter: QPainter, chosen: tuple[int, int]) -> None:
        """Words in the middle of a line."""
        wide, high = self._words.wide, self._words.size.height()
        left, middle = (self.width - wide) // 2, high // 2
        painter.setPen(QPen(self.theme.tint("warning", 0.45), 1))
        painter.drawLine(0, middle, left - SPACE_12, middle)
        painter.drawLine(left + wide + SPACE_12, middle, self.width, middle)
        self._words.paint(painter, QPoint(left, 0))
        if self._summary is not None:
            self._summary.paint(painter, QPoint(SPACE_12, high + SPACE_8))


class WaitPicture(Picture):
    """What the model does while nothing is written yet."""

    def __init__(self, theme: Theme, row: Row, width: int) -> None:
        super().__init__(theme, row, width)
        assert isinstance(row.content, Wait)
        self._wait = row.content
        self._words = Words(theme, self._wait.text, width - 2 * SPACE_12)
        self.height = self._words.size.height() + SPACE_8

    def paint(self, painter: QPainter, chosen: tuple[int, int]) -> None:
        """Words, and a thin bar where it is known how far it is."""
        self._words.paint(painter, QPoint(SPACE_12, 0))
        if self._wait.share is None:
            return
        place = QRectF(SPACE_12, self._words.size.height() + 3, self.theme.px(160), self.theme.px(4))
        painter.setPen(Qt.PenStyle.NoPen)
        for token, wide in (("raised", 1.0), ("accent", max(0.02, self._wait.share))):
            painter.setBrush(self.theme.colour(token))
            painter.drawRoundedRect(QRectF(place.topLeft(), place.size().toSize() * 1.0).adjusted(
                0, 0, place.width() * (wide - 1), 0), 2, 2)  # fmt: skip


def draw_document(painter: QPainter, theme: Theme, document: QTextDocument, place: QPointF,
                  chosen: tuple[int, int]) -> None:  # fmt: skip
    """Draws a text document at a place, with a stretch of it selected."""
    context = QAbstractTextDocumentLayout.PaintContext()
    context.palette.setColor(QPalette.ColorRole.Text, theme.colour("text"))
    if chosen[0] != chosen[1]:
        context.selections = [_selection(theme, document, chosen)]
    painter.translate(place)
    document.documentLayout().draw(painter, context)
    painter.translate(-place)


def _selection(theme: Theme, document: QTextDocument, chosen: tuple[int, int]) -> (
    QAbstractTextDocumentLayout.Selection
):  # fmt: skip
    found = QAbstractTextDocumentLayout.Selection()
    cursor = QTextCursor(document)
    cursor.setPosition(min(chosen))
    cursor.setPosition(max(chosen), QTextCursor.MoveMode.KeepAnchor)
    found.cursor = cursor
    look = QTextCharFormat()
    look.setBackground(theme.tint("accent", 0.35, "panel"))
    found.format = look
    return found
