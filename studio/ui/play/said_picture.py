"""Owns how a bubble of the chat is drawn: who speaks, what is said, its calls, and what became of it."""

import re

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QTextCursor, QTextDocument

from studio.language import _, plural
from studio.rules import Outcome
from studio.ui.cards.content import Said, Voice
from studio.ui.cards.prose import rich
from studio.ui.play.row_pictures import Picture, Words, box, draw_document
from studio.ui.play.rows import Row, speaker
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import RADIUS_6, SIZE_SMALL, SPACE_4, SPACE_8, SPACE_12

WIDEST = 720
SHARE = 6 / 7
"""Of the row, a bubble takes so much at most."""
LONGEST = 12_000
"""Letters of one turn that are drawn; its editor has them all."""
_FOOT = 30
"""What the buttons under the last reply need."""
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


class Tag:
    """A word in a tinted box."""

    def __init__(self, theme: Theme, text: str, token: str, *, mono: bool) -> None:
        size = SIZE_SMALL - 1
        self.font = theme.mono_font(size) if mono else theme.text_font(size, QFont.Weight.DemiBold)
        self.theme, self.text, self.token = theme, text, token
        metrics = QFontMetrics(self.font)
        self.wide, self.high = metrics.horizontalAdvance(text) + 2 * SPACE_8, metrics.height() + 6

    def paint(self, painter: QPainter, place: QPoint, room: int) -> None:
        """Draws it; where it lacks room it is cut."""
        where = QRectF(place.x(), place.y(), min(self.wide, room), self.high)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.tint(self.token, 0.16, "panel"))
        painter.drawRoundedRect(where, RADIUS_6, RADIUS_6)
        painter.setPen(self.theme.colour(self.token))
        painter.setFont(self.font)
        text = QFontMetrics(self.font).elidedText(self.text, Qt.TextElideMode.ElideRight, int(where.width()) - SPACE_8)
        painter.drawText(where, Qt.AlignmentFlag.AlignCenter, text)


class SaidPicture(Picture):
    """What the player, the narrator or somebody through him says."""

    selectable = True

    def __init__(self, theme: Theme, row: Row, width: int) -> None:
        super().__init__(theme, row, width)
        assert isinstance(row.content, Said)
        self.said = row.content
        self._mine = self.said.voice is Voice.PLAYER
        most = int(min(theme.px(WIDEST), width * SHARE)) - 2 * SPACE_12 - 2
        self._most = max(48, most)
        self._who = Words(theme, self.said.name, self._most, token="user" if self._mine else "dm", bold=True)
        self._outcome = self._outcome_tag()
        self._tags = [Tag(theme, call.strip("[]"), "toolcall", mono=True) for call in self.said.calls]
        self._document = self._laid_out()
        told = row.told[1:] if row.last and row.versions > 1 else row.told  # its buttons tell the version
        self._note = Words(theme, " · ".join(told), self._most) if told else None
        self._measure()

    def _outcome_tag(self) -> Tag | None:
        if self.said.outcome is None:
            return None
        won = self.said.outcome is Outcome.SUCCESS
        return Tag(self.theme, _("Success") if won else _("Failed"), "dm" if won else "error", mono=False)

    def _laid_out(self) -> QTextDocument | None:
        text = shown(self.said)
        if not text and self.said.calls:
            return None
        theme = self.theme
        mono = f"color: {theme.colours.toolcall}; font-family: '{theme.mono_font().family()}'; font-weight: 600"
        document = QTextDocument()
        document.setUndoRedoEnabled(False)
        document.setDefaultFont(theme.text_font())
        document.setDocumentMargin(0)
        document.setHtml(rich(text or "…", mono))
        document.setTextWidth(self._most)
        return document

    def _measure(self) -> None:
        head = (self._who.wide if self.said.name else 0) + (self._outcome.wide + SPACE_8 if self._outcome else 0)
        wide = [48, head, *(tag.wide for tag in self._tags)]
        wide += [int(self._document.idealWidth()) + 2] if self._document is not None else []
        wide += [self._note.wide] if self._note is not None else []
        self._wide = min(self._most, max(wide))
        self._top = SPACE_8 + (self._head_high + SPACE_4 if head else 0)
        self._text_high = int(self._document.size().height()) if self._document is not None else 0
        under = sum(tag.high + SPACE_4 for tag in self._tags)
        note = self._note.size.height() + SPACE_4 if self._note is not None else 0
        self._bubble_high = self._top + self._text_high + under + note + SPACE_8
        self.height = self._bubble_high + (self.theme.px(_FOOT) if self.row.last else 0)

    @property
    def _head_high(self) -> int:
        return max(self._who.size.height() if self.said.name else 0, self._outcome.high if self._outcome else 0)

    @property
    def body(self) -> QRect:
        """The bubble."""
        wide = self._wide + 2 * SPACE_12 + 2
        return QRect(self.width - wide if self._mine else 0, 0, wide, self._bubble_high)

    def paint(self, painter: QPainter, chosen: tuple[int, int]) -> None:
        """The bubble with all that stands in it."""
        body, left = self.body, self.body.left() + SPACE_12 + 1
        ground, line = ("user@0.18", "user@0.30") if self._mine else ("panel", "line")
        box(painter, self.theme, body, ground, line, dashed=self.said.broken)
        at = left
        if self.said.name:
            self._who.paint(painter, QPoint(at, SPACE_8 + (self._head_high - self._who.size.height()) // 2))
            at += self._who.wide + SPACE_8
        if self._outcome is not None:
            self._outcome.paint(painter, QPoint(at, SPACE_8), self._wide)
        if self._document is not None:
            draw_document(painter, self.theme, self._document, QPointF(left, self._top), chosen)
        down = self._top + self._text_high
        for tag in self._tags:
            tag.paint(painter, QPoint(left, down), self._wide)
            down += tag.high + SPACE_4
        if self._note is not None:
            self._note.paint(painter, QPoint(left, down + SPACE_4))

    def letter_at(self, place: QPoint) -> int:
        """The place in its text nearest to a point."""
        if self._document is None:
            return -1
        inside = QPointF(place) - QPointF(self.body.left() + SPACE_12 + 1, self._top)
        return self._document.documentLayout().hitTest(inside, Qt.HitTestAccuracy.FuzzyHit)

    def chosen_text(self, chosen: tuple[int, int]) -> str:
        """The text of a stretch, its lines as they were."""
        if self._document is None:
            return ""
        cursor = QTextCursor(self._document)
        cursor.setPosition(min(chosen))
        cursor.setPosition(max(chosen), QTextCursor.MoveMode.KeepAnchor)
        return cursor.selectedText().replace("\u2029", "\n").replace("\u2028", "\n")


def shown(said: Said) -> str:
    """What is drawn of a text: without letters that turn or hide others, and not more than can be read."""
    prose = said.prose
    more = len(prose) - LONGEST
    text = _CONTROL.sub("\ufffd", prose[:LONGEST].replace("\r\n", "\n"))
    if more > 0:
        told = plural("… and {count} more letter", "… and {count} more letters", more)
        text = f"{text}\n\n*{told}*"
    return text + (" ▍" if said.open else "")


def guessed(row: Row, letters: int) -> int:
    """About how many lines a bubble's text takes at so many letters a line."""
    text = row.spoken
    return sum(1 + len(line) // max(8, letters) for line in text[:LONGEST].split("\n"))


__all__ = ["SaidPicture", "guessed", "shown", "speaker"]
