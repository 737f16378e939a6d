"""Owns the editor of one text: margin, current line, squiggles, filling in slices; knows no file and no check."""

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QRect, QTimer, Signal, Slot
from PySide6.QtGui import (
    QHelpEvent,
    QKeyEvent,
    QResizeEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
    QTextOption,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QToolTip

from studio.language import _
from studio.lint import Diagnostic, Fix
from studio.scenario import ToolTable
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_8
from studio.ui.write.completion_popup import CompletionPopup
from studio.ui.write.highlighter import Highlighter
from studio.ui.write.margin import Margin
from studio.ui.write.offsets import Offsets

_SLICE = 40_000
_MOST_SQUIGGLES = 1000
_TEXT_COLUMNS = 112
_ORDER = {"hint": 0, "warning": 1, "error": 2}


class Editor(QPlainTextEdit):
    """A text with colours. `edited` is emitted when the text changes by hand, `filled` when a text is all there."""

    edited = Signal()
    filled = Signal()

    def __init__(self, theme: Theme, tools: ToolTable) -> None:
        super().__init__()
        self._theme = theme
        self._rest = ""
        self._locked = False
        self._diagnostics: tuple[tuple[Diagnostic, QTextCursor], ...] = ()
        self._squiggles: list[QTextEdit.ExtraSelection] = []
        self._hits: list[QTextEdit.ExtraSelection] = []
        self._margin = Margin(self, theme)
        self._highlighter = Highlighter(self.document(), theme, tools)
        self.popup = CompletionPopup(self, theme, tools)
        self._filler = QTimer(self)
        self._filler.setInterval(0)
        self._filler.timeout.connect(self._fill)
        self.setAccessibleName(_("Scenario text"))
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setTabChangesFocus(False)
        self.blockCountChanged.connect(self._resize_margin)
        self.updateRequest.connect(self._scroll_margin)
        self.cursorPositionChanged.connect(self._lay_on)
        self.document().contentsChange.connect(self._changed)
        theme.changed.connect(self._restyle)
        self._restyle()

    # -- the text ---------------------------------------------------------------------------------

    def fill(self, text: str, *, locked: bool = False) -> None:
        """Shows a text, in slices where it is long; nothing can be typed until it is all there."""
        self._filler.stop()
        self._locked = locked
        self.setReadOnly(True)
        self.document().setUndoRedoEnabled(False)
        self.clear()
        self._rest = text
        self._fill()

    @property
    def filling(self) -> bool:
        """Whether a text is still on its way."""
        return bool(self._rest)

    def text(self) -> str:
        """The text, exactly as it was given and edited."""
        return self.document().toRawText().replace("\u2029", "\n")

    @Slot()
    def _fill(self) -> None:
        part, self._rest = self._rest[:_SLICE], self._rest[_SLICE:]
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(part)
        if self._rest:
            self._filler.start()
            return
        self._filler.stop()
        self.document().setUndoRedoEnabled(True)
        self.document().setModified(False)
        self.setReadOnly(self._locked)
        if self.textCursor().atEnd() and not self.hasFocus():
            self.moveCursor(QTextCursor.MoveOperation.Start)
        self.filled.emit()

    @Slot(int, int, int)
    def _changed(self, _position: int, removed: int, added: int) -> None:
        if not self._rest and (removed or added) and not self.isReadOnly():
            self.edited.emit()

    def replace(self, fix: Fix) -> None:
        """Makes a fix's edits as one step that can be undone."""
        offsets = Offsets(self.text())
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        for edit in sorted(fix.edits, key=lambda edit: edit.span.start, reverse=True):
            cursor.setPosition(offsets.to_qt(edit.span.start))
            cursor.setPosition(offsets.to_qt(edit.span.end), QTextCursor.MoveMode.KeepAnchor)
            cursor.insertText(edit.text)
        cursor.endEditBlock()

    def select(self, start: int, end: int) -> None:
        """Puts the cursor on a stretch, in code points, and shows it in the middle."""
        offsets = Offsets(self.text())
        cursor = QTextCursor(self.document())
        last = self.document().characterCount() - 1
        cursor.setPosition(min(last, offsets.to_qt(end)))
        cursor.setPosition(min(last, offsets.to_qt(start)), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        self.centerCursor()

    # -- problems ---------------------------------------------------------------------------------

    def show_problems(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        """Underlines what was found in the text as it is now; the lines move with later edits."""
        offsets = Offsets(self.text())
        last = self.document().characterCount() - 1
        found: list[tuple[Diagnostic, QTextCursor]] = []
        marks: dict[int, str] = {}
        for item in diagnostics[:_MOST_SQUIGGLES]:
            cursor = QTextCursor(self.document())
            cursor.setPosition(min(last, offsets.to_qt(item.span.start)))
            cursor.setPosition(min(last, offsets.to_qt(item.span.end)), QTextCursor.MoveMode.KeepAnchor)
            if not cursor.hasSelection():
                cursor.movePosition(QTextCursor.MoveOperation.NextCharacter, QTextCursor.MoveMode.KeepAnchor)
            found.append((item, cursor))
            line = self.document().findBlock(cursor.selectionStart()).blockNumber()
            if _ORDER[item.severity] >= _ORDER.get(marks.get(line, ""), -1):
                marks[line] = str(item.severity)
        self._diagnostics = tuple(found)
        self._margin.marks = marks
        self._squiggles = [self._squiggle(item, cursor) for item, cursor in found]
        self._lay_on()
        self._margin.update()

    def problems_at(self, position: int) -> tuple[Diagnostic, ...]:
        """The problems that cover a position of the document."""
        return tuple(
            item for item, cursor in self._diagnostics if cursor.selectionStart() <= position <= cursor.selectionEnd()
        )

    def next_problem(self, steps: int) -> Diagnostic | None:
        """Goes to the next problem (or back), round the end; None where there is none."""
        ordered = sorted(self._diagnostics, key=lambda pair: pair[1].selectionStart())
        if not ordered:
            return None
        here = self.textCursor().selectionStart()
        starts = [cursor.selectionStart() for _item, cursor in ordered]
        if steps > 0:
            place = next((i for i, start in enumerate(starts) if start > here), 0)
        else:
            place = next((i for i in reversed(range(len(starts))) if starts[i] < here), len(starts) - 1)
        item, cursor = ordered[place]
        shown = QTextCursor(self.document())
        shown.setPosition(cursor.selectionStart())
        self.setTextCursor(shown)
        self.centerCursor()
        return item

    def _squiggle(self, item: Diagnostic, cursor: QTextCursor) -> QTextEdit.ExtraSelection:
        form = QTextCharFormat()
        form.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        form.setUnderlineColor(self._theme.colour(str(item.severity)))
        return _selection(cursor, form)

    # -- what lies on the text ----------------------------------------------------------------------

    def show_hits(self, cursors: list[QTextCursor]) -> None:
        """Marks the places that a search found."""
        form = QTextCharFormat()
        form.setBackground(self._theme.tint("warning", 0.3))
        self._hits = [_selection(cursor, form) for cursor in cursors]
        self._lay_on()

    @Slot()
    def _lay_on(self) -> None:
        form = QTextCharFormat()
        form.setBackground(self._theme.tint("text", 0.05))
        form.setProperty(QTextFormat.Property.FullWidthSelection, True)
        here = self.textCursor()
        here.clearSelection()
        self.setExtraSelections([_selection(here, form), *self._hits, *self._squiggles])
        self._margin.update()

    def event(self, event: QEvent) -> bool:
        """Says what is wrong under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self.viewport().mapFromGlobal(event.globalPos())
            found = self.problems_at(self.cursorForPosition(place).position())
            if found:
                QToolTip.showText(event.globalPos(), "\n\n".join(_spoken(item) for item in found), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Lets the completion take its keys first, then offers what fits."""
        if self.popup.takes(event):
            return
        super().keyPressEvent(event)
        if (event.text().isprintable() and event.text()) or self.popup.isVisible():
            self.popup.offer()

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
                yield block, QRect(0, top, self._margin.width(), height)
            block, top = block.next(), top + height

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the margin as high as the text."""
        super().resizeEvent(event)
        self._resize_margin()

    @Slot()
    def _resize_margin(self) -> None:
        width = self._margin.wanted_width()
        most = self.fontMetrics().horizontalAdvance("n") * _TEXT_COLUMNS
        inside = self.contentsRect()
        side = max(0, inside.width() - width - most) // 2
        self.setViewportMargins(side + width, 0, side, 0)
        self._margin.setGeometry(QRect(inside.left() + side, inside.top(), width, inside.height()))

    @Slot(QRect, int)
    def _scroll_margin(self, area: QRect, moved: int) -> None:
        if moved:
            self._margin.scroll(0, moved)
        else:
            self._margin.update(0, area.y(), self._margin.width(), area.height())

    @Slot()
    def _restyle(self) -> None:
        self.setFont(self._theme.mono_font())
        self.setTabStopDistance(self.fontMetrics().horizontalAdvance(" ") * 4)
        self.document().setDocumentMargin(SPACE_8)
        self.setCursorWidth(2)
        self._squiggles = [self._squiggle(item, cursor) for item, cursor in self._diagnostics]
        self._resize_margin()
        self._lay_on()


def _selection(cursor: QTextCursor, form: QTextCharFormat) -> QTextEdit.ExtraSelection:
    made = QTextEdit.ExtraSelection()
    made.cursor = cursor
    made.format = form
    return made


def _spoken(item: Diagnostic) -> str:
    fix = "\n" + _("Ctrl+. — {fix}").format(fix=item.fix.title) if item.fix is not None else ""
    return f"{item.message}  ({item.code}){fix}"
