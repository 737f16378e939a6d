"""Owns the list of what can be written next, below the cursor; knows not how it is found."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt, Slot
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QFrame, QListView, QVBoxLayout

from studio.language import _
from studio.scenario import Edit, Parsed, Span, ToolTable, Vocabulary
from studio.scenario.completion import Candidate, Completer, Names
from studio.scenario.snippets import Snippets
from studio.scenario.surroundings import Surroundings
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SIZE_SMALL, SPACE_4, SPACE_8, SPACE_16
from studio.ui.widgets import Index, RowPainter
from studio.ui.write.line_states import Inside
from studio.ui.write.typing_aids import inside_at_caret, line_before

if TYPE_CHECKING:
    from studio.ui.write.editor import Editor

_BLOCKS = {
    Inside.FRONT: "front",
    Inside.SYSTEM: "SYSTEM",
    Inside.USER: "User",
    Inside.DM: "DM",
    Inside.TOOLCALL: "TOOLCALL",
}
_CANDIDATE = Qt.ItemDataRole.UserRole
_ROWS = 8


class _Rows(RowPainter):
    """Draws what would be written, and quietly what it is."""

    height = 26
    rounded = True

    def draw(self, painter: QPainter, box: QRect, index: Index) -> None:
        """Draws one candidate."""
        theme, item = self._theme, index.data(_CANDIDATE)
        words = box.adjusted(SPACE_8, 0, -SPACE_8, 0)
        font = theme.mono_font()
        painter.setFont(font)
        painter.setPen(theme.colour("text"))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, item.label)
        used = QFontMetrics(font).horizontalAdvance(item.label) + SPACE_16
        painter.setFont(theme.text_font(SIZE_SMALL))
        painter.setPen(theme.colour("muted"))
        quiet = words.adjusted(used, 0, 0, 0)
        text = painter.fontMetrics().elidedText(item.detail, Qt.TextElideMode.ElideRight, quiet.width())
        painter.drawText(quiet, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)


class CompletionPopup(QFrame):
    """The list; Enter or Tab takes, Escape leaves. `names` are the scenario's own words."""

    def __init__(self, editor: "Editor", theme: Theme, tools: ToolTable, words: Vocabulary | None = None) -> None:
        super().__init__(editor)
        self._editor = editor
        self._theme = theme
        self._completer = Completer(tools, words if words is not None else Vocabulary.shipped())
        self._tools = tools
        self._words = words if words is not None else Vocabulary.shipped()
        self._begun = 0
        self.names = Names()
        self.parsed: Parsed | None = None  # the scenario as it was last read
        self._snippets = Snippets.shipped()
        self.setProperty("kind", "popup")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._model = QStandardItemModel(self)
        self._list = QListView()
        self._list.setModel(self._model)
        self._list.setItemDelegate(_Rows(theme))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setAccessibleName(_("What can be written here"))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.clicked.connect(self._take)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_4, SPACE_4, SPACE_4, SPACE_4)
        layout.addWidget(self._list)
        self.hide()

    def use(self, tools: ToolTable, words: Vocabulary, snippets: Snippets | None = None) -> None:
        """Completes by another game; the snippets stay where none are given."""
        self._tools, self._words = tools, words
        self._snippets = snippets if snippets is not None else self._snippets
        self._completer = Completer(tools, words, self._snippets)

    @property
    def shown(self) -> tuple[str, ...]:
        """What is offered now."""
        return tuple(self._model.item(row).text() for row in range(self._model.rowCount())) if self.isVisible() else ()

    def offer(self, *, asked: bool = False) -> None:
        """Shows what fits at the cursor, or hides; typing plain prose offers nothing."""
        editor = self._editor
        cursor = editor.textCursor()
        if editor.isReadOnly() or cursor.hasSelection():
            self.hide()
            return
        line = line_before(editor)
        block = _BLOCKS.get(inside_at_caret(editor, line))
        found = self._completer.complete(line, block, self.names, self._around(), asked=asked)
        begun = line[len(line) - found.begun :]
        exact = begun and any(item.text == begun for item in found.candidates)
        if not found.candidates or exact or (not asked and not _worth(line, found.begun)):
            self.hide()
            return
        self._begun = found.begun
        self._show(found.candidates)

    def _around(self) -> Surroundings:
        """What stands around the cursor: the text as it is, and the scenario as it was last read."""
        editor = self._editor
        return Surroundings(editor.mirror.text, editor.caret(), self.parsed, self._tools, self._words)

    def propose(self) -> None:
        """Offers the blocks that may follow, the likely one first."""
        found = self._completer.following(self._around())
        self._begun = found.begun
        self._show(found.candidates)

    def _show(self, candidates: tuple[Candidate, ...]) -> None:
        self._model.clear()
        for candidate in candidates:
            item = QStandardItem(candidate.shown or candidate.text)
            item.setData(candidate, _CANDIDATE)
            self._model.appendRow(item)
        self._list.setCurrentIndex(self._model.index(0, 0))
        rows = min(_ROWS, len(candidates))
        self.resize(self._width(candidates), rows * self._theme.px(_Rows.height) + 2 * SPACE_4 + self._theme.px(8))
        self._place()
        self.show()
        self.raise_()

    def _width(self, candidates: tuple[Candidate, ...]) -> int:
        """Wide enough for what would be written and some words of what it is, where the editor is."""
        measure = QFontMetrics(self._theme.mono_font())
        longest = max(measure.horizontalAdvance(item.label) for item in candidates)
        wanted = max(self._theme.px(420), longest + self._theme.px(200))
        return min(wanted, max(self._theme.px(420), self._editor.width() - 2 * SPACE_16))

    def _place(self) -> None:
        """Below the cursor, above it where there is no room, and never past the right edge."""
        editor = self._editor
        cursor = editor.cursorRect().translated(editor.viewport().pos())
        below = cursor.bottom() + SPACE_4
        top = below if below + self.height() <= editor.height() else max(0, cursor.top() - self.height() - SPACE_4)
        self.move(max(0, min(cursor.left(), editor.width() - self.width() - SPACE_16)), top)

    def takes(self, event: QKeyEvent) -> bool:
        """Whether a key was meant for the list, which then has acted on it."""
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self.offer(asked=True)
            return True
        if not self.isVisible():
            return False
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if key in steps:
            row = (self._list.currentIndex().row() + steps[key]) % self._model.rowCount()
            self._list.setCurrentIndex(self._model.index(row, 0))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab):
            self._take()
        elif key == Qt.Key.Key_Escape:
            self.hide()
        else:
            if key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End):
                self.hide()
            return False
        return True

    @Slot()
    def _take(self) -> None:
        candidate = self._list.currentIndex().data(_CANDIDATE)
        self.hide()
        if candidate is None:
            return
        editor = self._editor
        caret = editor.caret()
        start = caret - self._begun
        editor.apply((Edit(Span(start, caret), candidate.text),))
        if candidate.stops:
            editor.tab_stops.begin(candidate.stops, start)
            return
        caret = start + len(candidate.text) - candidate.back
        editor.put_caret(caret, caret)
        if candidate.text.endswith(" "):
            self.offer()


def _worth(line: str, begun: int) -> bool:
    """Whether a list should come by itself: in a call, after a mark that begins something, or two letters of a word."""
    in_call = line.rfind("[") > line.rfind("]")
    return begun >= 2 or line.endswith(("<", "/", ": ", "*")) or (in_call and (begun > 0 or line.endswith(("[", " "))))
