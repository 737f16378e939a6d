"""Owns the strip at an editor's left: line numbers, the block's colour, marks of problems."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QEnterEvent, QMouseEvent, QPainter, QPaintEvent, QTextBlock
from PySide6.QtWidgets import QWidget

from studio.ui.theme import Theme
from studio.ui.theme.tokens import SIZE_SMALL, SPACE_4, SPACE_8
from studio.ui.write.highlighter import band_of
from studio.ui.write.line_states import BAND

if TYPE_CHECKING:
    from studio.ui.write.editor import Editor


class Margin(QWidget):
    """Beside the text; a click on a number selects the line, one on a triangle folds the block that begins there."""

    def __init__(self, editor: "Editor", theme: Theme) -> None:
        super().__init__(editor)
        self._editor = editor
        self._theme = theme
        self._over = False
        self.setMouseTracking(True)

    def wanted_width(self) -> int:
        """As wide as the longest number, a mark and the band need."""
        digits = max(3, len(str(self._editor.blockCount())))
        self.setFont(self._theme.mono_font(SIZE_SMALL))
        return self.fontMetrics().horizontalAdvance("9" * digits) + self._theme.px(50)

    def sizeHint(self) -> QSize:
        """The wanted width."""
        return QSize(self.wanted_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws what belongs to each line in view."""
        theme = self._theme
        with QPainter(self) as painter:
            painter.fillRect(event.rect(), theme.colour("base"))
            painter.setFont(theme.mono_font(SIZE_SMALL))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            current = self._editor.textCursor().blockNumber()
            for block, box in self._editor.lines_in_view():
                if box.top() > event.rect().bottom():
                    break
                number = block.blockNumber()
                self._draw_band(painter, box, block.userState())
                words = QRect(0, box.top(), self.width() - theme.px(28), self._editor.line_height())
                painter.setPen(theme.colour("text" if number == current else "muted"))
                painter.setOpacity(1.0 if number == current else 0.75)
                painter.drawText(words, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(number + 1))
                painter.setOpacity(1.0)
                severity = self._editor.squiggles.gravest(block.position(), block.position() + block.length() - 1)
                if severity is not None:
                    self._draw_mark(painter, words, severity)
                self._draw_triangle(painter, words, block)

    def _draw_band(self, painter: QPainter, box: QRect, state: int) -> None:
        name = BAND.get(band_of(state))
        if name is not None:
            width = max(3, self._theme.px(3))
            painter.fillRect(
                QRect(self.width() - width - SPACE_4, box.top(), width, box.height()), self._theme.colour(name)
            )

    def _draw_mark(self, painter: QPainter, box: QRect, severity: str) -> None:
        edge = self._theme.px(12)
        top = box.top() + (box.height() - edge) // 2
        self._theme.icon(severity, severity).paint(painter, SPACE_8, top, edge, edge)

    def _draw_triangle(self, painter: QPainter, box: QRect, block: QTextBlock) -> None:
        """A folded block always shows its triangle, an open one where the pointer is over the strip."""
        folded = self._editor.folds.folded(block)
        if folded or (self._over and self._editor.folds.foldable(block)):
            edge = self._theme.px(12)
            left, top = self.width() - self._theme.px(24), box.top() + (box.height() - edge) // 2
            name, colour = ("right", "text") if folded else ("down", "muted")
            self._theme.icon(name, colour).paint(painter, left, top, edge, edge)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Shows where blocks can be folded."""
        self._over = True
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Hides the triangles of open blocks."""
        self._over = False
        self.update()
        super().leaveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Folds or unfolds at a triangle; elsewhere selects the line."""
        place = event.position().toPoint()
        cursor = self._editor.cursorForPosition(QPoint(0, place.y()))
        block, folds = cursor.block(), self._editor.folds
        if place.x() >= self.width() - self._theme.px(28) and (folds.folded(block) or folds.foldable(block)):
            folds.toggle(block)
            return
        cursor.movePosition(cursor.MoveOperation.StartOfBlock)
        cursor.movePosition(cursor.MoveOperation.EndOfBlock, cursor.MoveMode.KeepAnchor)
        self._editor.setTextCursor(cursor)
        self._editor.setFocus()
