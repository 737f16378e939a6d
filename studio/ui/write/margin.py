"""Owns the strip at an editor's left: line numbers, the block's colour, marks of problems."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from studio.ui.theme import Theme
from studio.ui.theme.tokens import SIZE_SMALL, SPACE_4, SPACE_8
from studio.ui.write.highlighter import band_of
from studio.ui.write.line_states import BAND

if TYPE_CHECKING:
    from studio.ui.write.editor import Editor


class Margin(QWidget):
    """Beside the text; a click selects the line."""

    def __init__(self, editor: "Editor", theme: Theme) -> None:
        super().__init__(editor)
        self._editor = editor
        self._theme = theme
        self.marks: dict[int, str] = {}

    def wanted_width(self) -> int:
        """As wide as the longest number, a mark and the band need."""
        digits = max(3, len(str(self._editor.blockCount())))
        self.setFont(self._theme.mono_font(SIZE_SMALL))
        return self.fontMetrics().horizontalAdvance("9" * digits) + self._theme.px(38)

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
                words = QRect(0, box.top(), self.width() - theme.px(14), self._editor.line_height())
                painter.setPen(theme.colour("text" if number == current else "muted"))
                painter.setOpacity(1.0 if number == current else 0.75)
                painter.drawText(words, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(number + 1))
                painter.setOpacity(1.0)
                if number in self.marks:
                    self._draw_mark(painter, words, self.marks[number])

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

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Puts the cursor on the line."""
        cursor = self._editor.cursorForPosition(QPoint(0, event.position().toPoint().y()))
        cursor.movePosition(cursor.MoveOperation.StartOfBlock)
        cursor.movePosition(cursor.MoveOperation.EndOfBlock, cursor.MoveMode.KeepAnchor)
        self._editor.setTextCursor(cursor)
        self._editor.setFocus()
