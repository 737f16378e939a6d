"""Owns what lies on an editor's text: the current line, squiggles, hits, pairs, folded blocks' counts.

Only what is in view is laid on, and only where it is not the same as before.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRectF, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QTextBlock, QTextCharFormat, QTextCursor, QTextFormat
from PySide6.QtWidgets import QTextEdit

from studio.language import plural
from studio.ui.theme import Theme
from studio.ui.theme.tokens import RADIUS_6, SIZE_SMALL, SPACE_4, SPACE_8
from studio.ui.write.pairs import pair_at
from studio.ui.write.tracked import Tracked

if TYPE_CHECKING:
    from studio.ui.write.editor import Editor

_Laid = tuple[int, int, str]
Source = Callable[[QTextBlock, int], list[_Laid]]


class Overlay:
    """The selections that are not the user's."""

    def __init__(self, editor: "Editor", theme: Theme) -> None:
        self._editor = editor
        self._theme = theme
        self._hits: Tracked[None] = Tracked()
        self._stops: list[tuple[int, int]] = []
        self._laid: list[_Laid] = []
        self._forms: dict[str, QTextCharFormat] = {}
        self.sources: list[Source] = []  # what else has stretches to show: from a line on, up to a position

    @property
    def laid(self) -> tuple[tuple[int, int, str], ...]:
        """What lies on the text now: from where to where in the document, and what."""
        return tuple(self._laid)

    def show_hits(self, hits: list[tuple[int, int]]) -> None:
        """Marks the places that a search found, in positions of the document."""
        self._hits = Tracked((start, end, None) for start, end in hits)
        self.lay()

    def follow(self, at: int, cut: int, put: int) -> None:
        """Moves the hits with an edit."""
        self._hits.shift(at, cut, put)

    def show_stops(self, stops: list[tuple[int, int]]) -> None:
        """Marks the places that Tab goes to."""
        self._stops = stops
        self.lay()

    def restyle(self) -> None:
        """Takes the theme's colours anew."""
        theme = self._theme
        line = QTextCharFormat()
        line.setBackground(theme.tint("text", 0.05))
        line.setProperty(QTextFormat.Property.FullWidthSelection, True)
        self._forms = {"line": line}
        for name, colour, share in (("hit", "warning", 0.3), ("stop", "accent", 0.18), ("pair", "accent", 0.28)):
            form = QTextCharFormat()
            form.setBackground(theme.tint(colour, share))
            self._forms[name] = form
        for severity in ("hint", "warning", "error"):
            form = QTextCharFormat()
            form.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            form.setUnderlineColor(theme.colour(severity))
            self._forms[severity] = form
        dots = QTextCharFormat()
        dots.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
        dots.setUnderlineColor(theme.colour("secondary"))
        self._forms["misspelt"] = dots
        self._laid = []
        self.lay()

    @Slot()
    def lay(self) -> None:
        """Lays on what is in view."""
        wanted = self._wanted()
        if wanted == self._laid:
            return
        self._laid = wanted
        self._editor.setExtraSelections([self._selection(*one) for one in wanted])
        self._editor.margin.update()

    def _wanted(self) -> list[_Laid]:
        editor = self._editor
        first = editor.firstVisibleBlock().position()
        final = editor.cursorForPosition(QPoint(0, editor.viewport().height())).block()
        last = final.position() + final.length()
        caret = editor.textCursor().position()
        wanted: list[_Laid] = [(caret, caret, "line")]
        wanted += [(a, b, "hit") for a, b, _none in self._hits.between(first, last)]
        wanted += [(a, b, "stop") for a, b in self._stops]
        if not editor.textCursor().hasSelection() and not editor.filling:
            at = editor.mirror.to_qt
            pair = pair_at(editor.mirror.text, editor.mirror.from_qt(caret))
            wanted += [(at(span.start), at(span.end), "pair") for span in pair or ()]
        for source in self.sources:
            wanted += source(editor.firstVisibleBlock(), last)
        wanted += [(a, b, str(item.severity)) for a, b, item in editor.squiggles.between(first, last)]
        return wanted

    def _selection(self, start: int, end: int, name: str) -> QTextEdit.ExtraSelection:
        cursor, last = QTextCursor(self._editor.document()), self._editor.document().characterCount() - 1
        cursor.setPosition(min(start, last))
        cursor.setPosition(min(end, last), QTextCursor.MoveMode.KeepAnchor)
        made = QTextEdit.ExtraSelection()
        made.cursor = cursor
        made.format = self._forms[name]
        return made

    def draw_folds(self, event: QPaintEvent) -> None:
        """Draws, behind each line whose block is folded, how many lines are hidden."""
        editor, theme = self._editor, self._theme
        folded = [(block, box) for block, box in editor.lines_in_view() if editor.folds.folded(block)]
        if not folded:
            return
        with QPainter(editor.viewport()) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(theme.text_font(SIZE_SMALL))
            for block, box in folded:
                layout = block.layout()
                line = layout.lineAt(layout.lineCount() - 1)
                words = plural("{count} line", "{count} lines", editor.folds.hidden_lines(block))
                wide = painter.fontMetrics().horizontalAdvance(words) + 2 * SPACE_8
                left = editor.contentOffset().x() + line.naturalTextRect().right() + SPACE_8
                place = QRectF(left, box.bottom() - line.height() + 2, wide, line.height() - 2)
                if place.intersects(QRectF(event.rect())):
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(theme.colour("raised"))
                    painter.drawRoundedRect(place.adjusted(0, 0, 0, -SPACE_4 / 4), RADIUS_6, RADIUS_6)
                    painter.setPen(theme.colour("muted"))
                    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)
