"""Owns which blocks of a scenario are folded in an editor; knows nothing of the language but the state of each line.

A fold is nothing but lines that are not shown behind the line that opens a block, so it moves with every edit by
itself; after an edit `heal` shows what lost its opening line and hides what came in between hidden lines.
"""

from typing import TYPE_CHECKING

from PySide6.QtGui import QTextBlock, QTextCursor
from PySide6.QtWidgets import QPlainTextDocumentLayout

from studio.ui.write.highlighter import inside_of
from studio.ui.write.line_states import Inside

if TYPE_CHECKING:
    from studio.ui.write.editor import Editor


class Folds:
    """The folds of one editor."""

    def __init__(self, editor: "Editor") -> None:
        self._editor = editor
        self._any = False

    def foldable(self, block: QTextBlock) -> bool:
        """Whether a block of the scenario begins on this line and goes on below."""
        inside = inside_of(block.userState())
        if inside is Inside.NOTHING or not block.next().isValid():
            return False
        before = block.previous()
        return not before.isValid() or inside_of(before.userState()) is not inside

    def folded(self, block: QTextBlock) -> bool:
        """Whether what stands below this line is hidden."""
        return self._any and block.isVisible() and block.next().isValid() and not block.next().isVisible()

    def last_of(self, header: QTextBlock) -> QTextBlock:
        """The last line of what begins on this one."""
        inside, last = inside_of(header.userState()), header
        block = header.next()
        while block.isValid():
            state = inside_of(block.userState())
            if state is not inside:
                return block if state is Inside.NOTHING else last
            last, block = block, block.next()
        return last

    def hidden_lines(self, header: QTextBlock) -> int:
        """How many lines the fold of a line hides."""
        count, block = 0, header.next()
        while block.isValid() and not block.isVisible():
            count, block = count + 1, block.next()
        return count

    def fold(self, header: QTextBlock) -> None:
        """Hides what stands below a line; a caret in there goes to the line's end."""
        if not self.foldable(header) or self.folded(header):
            return
        last = self.last_of(header)
        self._show(header.next(), last, visible=False)
        self._any = True
        caret = self._editor.textCursor()
        if header.position() + header.length() <= caret.position() < last.position() + last.length():
            caret.setPosition(header.position() + header.length() - 1)
            self._editor.setTextCursor(caret)
        self._refresh()

    def unfold(self, header: QTextBlock) -> None:
        """Shows what stands below a line again."""
        if self._open(header):
            self._refresh()

    def toggle(self, block: QTextBlock) -> None:
        """Folds or unfolds the block that a line belongs to."""
        header = self.header_of(block)
        if header is None:
            return
        (self.unfold if self.folded(header) else self.fold)(header)

    def header_of(self, block: QTextBlock) -> QTextBlock | None:
        """The line that opens what a line stands in; None outside of blocks."""
        if self.folded(block) or self.foldable(block):
            return block
        above = block.previous()
        if not above.isValid() or inside_of(above.userState()) is Inside.NOTHING:
            return None
        while above.isValid() and not self.foldable(above):
            above = above.previous()
        return above if above.isValid() else None

    def fold_all(self) -> None:
        """Folds every block."""
        block = self._editor.document().firstBlock()
        while block.isValid():
            if block.isVisible() and self.foldable(block) and not self.folded(block):
                last = self.last_of(block)
                self._show(block.next(), last, visible=False)
                block = last
            block = block.next()
        self._any = True
        caret = self._editor.textCursor()
        block = caret.block()
        while block.isValid() and not block.isVisible():
            block = block.previous()
        if block.isValid() and block != caret.block():
            caret.setPosition(block.position() + block.length() - 1)
            self._editor.setTextCursor(caret)
        self._refresh()
        self._editor.ensureCursorVisible()

    def unfold_all(self) -> None:
        """Shows every line."""
        if not self._any:
            return
        document = self._editor.document()
        self._show(document.firstBlock(), document.lastBlock(), visible=True)
        self._any = False
        self._refresh()

    def reveal(self, block: QTextBlock) -> None:
        """Opens the fold that a line lies in."""
        if not self._any or block.isVisible():
            return
        while block.isValid() and not block.isVisible():
            block = block.previous()
        self.unfold(block if block.isValid() else self._editor.document().firstBlock())

    def heal(self, start: int, end: int) -> None:
        """Puts in order what an edit between two positions left: no line is hidden without a line to open it."""
        if not self._any:
            return
        document = self._editor.document()
        block = document.findBlock(start)
        while block.previous().isValid() and not block.isVisible():
            block = block.previous()
        changed = not block.isVisible()
        if changed:
            self._show(block, block, visible=True)
        while block.isValid() and block.position() <= end:
            after = block.next()
            if self.folded(block):
                changed |= self._mend(block)
            block = after if after.isValid() and after.isVisible() else self._next_shown(after)
        if changed:
            self._refresh()

    def _mend(self, header: QTextBlock) -> bool:
        if not self.foldable(header):
            return self._open(header)
        last, changed = self.last_of(header), False
        block = header.next()
        while block.isValid() and block.position() <= last.position():
            if block.isVisible():
                self._show(block, block, visible=False)
                changed = True
            block = block.next()
        return self._open(last) or changed

    def _open(self, header: QTextBlock) -> bool:
        first = last = header.next() if header.isVisible() or header.next().isValid() else header
        if not first.isValid() or first.isVisible():
            return False
        while last.next().isValid() and not last.next().isVisible():
            last = last.next()
        self._show(first, last, visible=True)
        return True

    @staticmethod
    def _next_shown(block: QTextBlock) -> QTextBlock:
        while block.isValid() and not block.isVisible():
            block = block.next()
        return block

    def _show(self, first: QTextBlock, last: QTextBlock, *, visible: bool) -> None:
        block = first
        while block.isValid():
            block.setVisible(visible)
            block.setLineCount(1 if visible else 0)
            if block == last:
                break
            block = block.next()
        start = QTextCursor(first).position()
        self._editor.document().markContentsDirty(start, last.position() + last.length() - start)

    def _refresh(self) -> None:
        layout = self._editor.document().documentLayout()
        assert isinstance(layout, QPlainTextDocumentLayout)
        layout.documentSizeChanged.emit(layout.documentSize())
        layout.requestUpdate()
        self._editor.viewport().update()
        self._editor.margin.update()
