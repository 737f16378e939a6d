"""Owns the editor of one text: what lies on it, its keys, its geometry; knows no file and no check."""

from collections.abc import Iterable, Iterator, Sequence

from PySide6.QtCore import QEvent, QMimeData, QRect, Signal, Slot
from PySide6.QtGui import (
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextCursor,
    QTextOption,
)

from studio.language import _
from studio.lint import Diagnostic
from studio.lint.marks import Mark
from studio.scenario import ToolTable, Vocabulary
from studio.scenario.characters import holdable
from studio.scenario.snippets import Snippets
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_8
from studio.ui.write import typing_aids
from studio.ui.write.completion_popup import CompletionPopup
from studio.ui.write.folding import Folds
from studio.ui.write.highlighter import Highlighter
from studio.ui.write.hover_card import HoverCard
from studio.ui.write.manuscript import Manuscript
from studio.ui.write.margin import Margin
from studio.ui.write.mirror import Change
from studio.ui.write.overlay import Overlay
from studio.ui.write.squiggles import Squiggles
from studio.ui.write.tab_stops import TabStops

_TEXT_COLUMNS = 112
_FAR = 1_000_000
_MARKS = frozenset("<!->")


class Editor(Manuscript):
    """A text with colours; `pasted` carries the place and the text of a paste."""

    pasted = Signal(int, str)

    def __init__(self, theme: Theme, tools: ToolTable, words: Vocabulary | None = None) -> None:
        super().__init__()
        self._theme = theme
        self.squiggles = Squiggles()
        self.margin = Margin(self, theme)
        self.highlighter = Highlighter(self.document(), theme, tools, self._comment_ends)
        self.folds = Folds(self)
        self.overlay = Overlay(self, theme)
        self.popup = CompletionPopup(self, theme, tools, words)
        self.hover = HoverCard(self, theme)
        self.tab_stops = TabStops(self)
        self.setAccessibleName(_("Scenario text"))
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setTabChangesFocus(False)
        self.blockCountChanged.connect(self._resize_margin)
        self.updateRequest.connect(self._scroll_margin)
        self.cursorPositionChanged.connect(self._moved)
        self.verticalScrollBar().valueChanged.connect(self.overlay.lay)
        theme.changed.connect(self._restyle)
        self._restyle()

    def fill(self, text: str, *, locked: bool = False) -> None:
        """Shows a text, in slices where it is long, with nothing on it yet."""
        self.folds.unfold_all()
        self.tab_stops.end()
        self.squiggles = Squiggles()
        super().fill(text, locked=locked)

    def follow(self, at: int, cut: int, put: int) -> None:
        """Moves the squiggles and the hits of a search with an edit."""
        self.squiggles.shift(at, cut, put)
        self.overlay.follow(at, cut, put)

    def heard(self, changes: list[Change]) -> None:
        """Puts the folds in order, and lays on anew what lies on the text."""
        for change in changes:
            self._colour_comment(change)
            self.folds.heal(change.at, change.at + change.put)
        self.tab_stops.follow(changes)
        self.overlay.lay()

    def _colour_comment(self, change: Change) -> None:
        """Colours the comment that begins before an edit anew: whether it ends may be decided by what was edited."""
        if not change.cut and not _MARKS & set(change.inserted):
            return
        begun = self.mirror.text.rfind("<!--", max(0, change.start - _FAR), change.start)
        block = self.document().findBlock(self.mirror.to_qt(begun)) if begun >= 0 else None
        if block is not None and block != self.document().findBlock(change.at):
            self.highlighter.rehighlightBlock(block)

    def _comment_ends(self, position: int) -> bool:
        """Whether a comment that begins at a position has an end before another one begins."""
        text = self.mirror.text
        start = self.mirror.from_qt(position) + 4
        end, other = text.find("-->", start), text.find("<!--", start)
        return end >= 0 and (other < 0 or end < other)

    def use(self, tools: ToolTable, words: Vocabulary, snippets: Snippets | None = None) -> None:
        """Colours and completes by another game."""
        self.highlighter.use(tools, words)
        self.popup.use(tools, words, snippets)

    # -- problems ---------------------------------------------------------------------------------

    def show_marks(self, marks: Iterable[Mark]) -> None:
        """Underlines these marks and no others; the lines move with later edits."""
        self.squiggles.show(marks, self.mirror)
        self.overlay.lay()
        self.margin.update()

    def change_marks(self, gone: Sequence[int], new: Sequence[Mark]) -> None:
        """Takes some marks away by their keys, and underlines new ones."""
        if self.squiggles.change(gone, new, self.mirror):
            self.overlay.lay()
            self.margin.update()

    def problems_at(self, position: int) -> tuple[Diagnostic, ...]:
        """The problems that cover a position of the document, the gravest first."""
        return self.squiggles.at(position)

    def problems_of_line(self, block: QTextBlock) -> tuple[Diagnostic, ...]:
        """The problems that begin on a line, in its order."""
        start = block.position()
        found = self.squiggles.between(start, start + block.length() - 1)
        return tuple(item for begin, _end, item in sorted(found, key=lambda one: one[0]) if begin >= start)

    def next_problem(self, steps: int) -> Diagnostic | None:
        """Goes to the next problem (or back), round the end; None where there is none."""
        found = self.squiggles.next(self.textCursor().selectionStart(), steps)
        if found is None:
            return None
        shown = QTextCursor(self.document())
        shown.setPosition(found[0])
        self.setTextCursor(shown)
        self.centerCursor()
        return found[1]

    # -- keys and pointer -----------------------------------------------------------------------------

    @Slot()
    def _moved(self) -> None:
        self.folds.reveal(self.textCursor().block())
        self.overlay.lay()

    def event(self, event: QEvent) -> bool:
        """Says what is wrong under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self.viewport().mapFromGlobal(event.globalPos())
            self.hover.show_at(place, self.problems_at(self.cursorForPosition(place).position()))
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Lets completion and tab stops take their keys first, then offers what fits."""
        self.hover.hide()
        if self.popup.takes(event) or self.tab_stops.takes(event):
            return
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.redo()
        elif not typing_aids.takes(self, event):
            super().keyPressEvent(event)
            typing_aids.after(self, event)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Takes what is pasted as one step, and tells of it."""
        start = self.mirror.from_qt(self.textCursor().selectionStart())
        super().insertFromMimeData(_held(source))
        if source.hasText() and not self.isReadOnly():
            self.pasted.emit(start, self.mirror.text[start : self.caret()])

    # -- geometry -----------------------------------------------------------------------------------

    def line_height(self) -> int:
        """The height of one line of text."""
        return self.fontMetrics().height()

    def lines_in_view(self) -> Iterator[tuple[QTextBlock, QRect]]:
        """Each line of the document that is in view, with where it is drawn."""
        block = self.firstVisibleBlock()
        bottom = self.viewport().height()
        top = round(self.blockBoundingGeometry(block).translated(self.contentOffset()).top())
        while block.isValid() and top <= bottom:
            height = round(self.blockBoundingRect(block).height())
            if block.isVisible():
                yield block, QRect(0, top, self.margin.width(), height)
            block, top = block.next(), top + height

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the text, and behind each folded line how much it hides."""
        super().paintEvent(event)
        self.overlay.draw_folds(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the margin as high as the text."""
        super().resizeEvent(event)
        self._resize_margin()
        self.overlay.lay()

    @Slot()
    def _resize_margin(self) -> None:
        width = self.margin.wanted_width()
        most = self.fontMetrics().horizontalAdvance("n") * _TEXT_COLUMNS
        inside = self.contentsRect()
        side = max(0, inside.width() - width - most) // 2
        self.setViewportMargins(side + width, 0, side, 0)
        self.margin.setGeometry(QRect(inside.left() + side, inside.top(), width, inside.height()))

    @Slot(QRect, int)
    def _scroll_margin(self, area: QRect, moved: int) -> None:
        if moved:
            self.margin.scroll(0, moved)
        else:
            self.margin.update(0, area.y(), self.margin.width(), area.height())

    @Slot()
    def _restyle(self) -> None:
        self.setFont(self._theme.mono_font())
        self.setTabStopDistance(self.fontMetrics().horizontalAdvance(" ") * 4)
        self.document().setDocumentMargin(SPACE_8)
        self.setCursorWidth(2)
        self._resize_margin()
        self.overlay.restyle()


def _held(source: QMimeData) -> QMimeData:
    """What is pasted, as a text that can be saved and read again."""
    clean = QMimeData()
    if source.hasText():  # half a character is seen by Qt alone, so that it is never handed on as it came
        clean.setText(holdable(source.text()).lstrip("\ufeff\ufffe"))
    return clean
