"""Owns laying the colours of `line_states` on an editor's document; knows nothing of the language itself.

Where one keystroke changes what thousands of lines stand in (an opened comment), only so many are coloured at once and
the rest in the turns of the event loop that follow, so that typing never waits for colours.
"""

from collections.abc import Callable

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QFont, QSyntaxHighlighter, QTextCharFormat, QTextCursor, QTextDocument

from studio.scenario import ToolTable, Vocabulary
from studio.ui.theme import Theme
from studio.ui.write.line_states import Inside, colour_line
from studio.ui.write.offsets import Offsets

_BAND_SHIFT = 4
_AT_ONCE = 120
_LONGEST = 20_000


class Highlighter(QSyntaxHighlighter):
    """Colours one document, line by line; a line's block is kept in its state for the margin.

    `ends` is asked whether a comment that begins at a position of the document ends somewhere.
    """

    def __init__(
        self, document: QTextDocument, theme: Theme, tools: ToolTable, ends: Callable[[int], bool] = lambda _at: True
    ) -> None:
        super().__init__(document)
        self._ends = ends
        self._done = 0
        self._late: tuple[QTextCursor, QTextCursor] | None = None
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._go_on)
        self._theme = theme
        self._tools = frozenset(tools.tools)
        self._outcomes = Vocabulary.shipped().outcomes
        self._formats: dict[str, QTextCharFormat] = {}
        self._build()
        theme.changed.connect(self._recolour)

    def use(self, tools: ToolTable, words: Vocabulary) -> None:
        """Colours the calls and outcome words of another game."""
        same = self._tools == frozenset(tools.tools) and self._outcomes == words.outcomes
        self._tools, self._outcomes = frozenset(tools.tools), words.outcomes
        if not same:
            self._recolour()

    @Slot()
    def _recolour(self) -> None:
        self._build()
        self.rehighlight()

    def _build(self) -> None:
        theme = self._theme

        def form(colour: str, *, bold: bool = False, italic: bool = False, back: float = 0.0) -> QTextCharFormat:
            made = QTextCharFormat()
            made.setForeground(theme.colour(colour))
            if bold:
                made.setFontWeight(QFont.Weight.Bold)
            made.setFontItalic(italic)
            if back:
                made.setBackground(theme.tint(colour, back))
            return made

        self._formats = {
            "tag-system": form("system", bold=True),
            "tag-user": form("user", bold=True),
            "tag-dm": form("dm", bold=True),
            "tag-toolcall": form("toolcall", bold=True),
            "heading": form("system", bold=True),
            "key": form("muted"),
            "comment": form("muted", italic=True),
            "outside": form("muted"),
            "result": form("toolcall"),
            "total": form("toolcall", bold=True),
            "emphasis": form("text", italic=True),
            "outcome-success": form("dm", bold=True),
            "outcome-failed": form("error", bold=True),
            "call": form("toolcall", back=0.13),
        }

    @property
    def behind(self) -> bool:
        """Whether lines still wait for their colours."""
        return self._late is not None

    def highlightBlock(self, text: str) -> None:
        """Colours one line, or has it wait where too many came at once."""
        self._turn.start()
        self._done += 1
        if self._done > _AT_ONCE:
            self._wait()
            return
        before = max(0, self.previousBlockState()) & ((1 << _BAND_SHIFT) - 1)
        block = self.currentBlock()
        start = block.position()
        shown = text if len(text) <= _LONGEST else text[:_LONGEST]
        line = colour_line(
            shown,
            Inside(before),
            block.blockNumber() == 0,
            self._tools,
            lambda column: self._ends(start + column),
            self._outcomes,
        )
        offsets = Offsets(shown)
        for piece in line.pieces:
            begin, end = offsets.to_qt(piece.start), offsets.to_qt(piece.end)
            self.setFormat(begin, end - begin, self._formats[piece.kind])
        after = line.after if shown is text else colour_line(text, Inside(before), False, frozenset()).after
        self.setCurrentBlockState(after | line.band << _BAND_SHIFT)

    def _wait(self) -> None:
        """Leaves a line as it was for now; what follows it is then not looked at either."""
        place = QTextCursor(self.currentBlock())
        if self._late is None:
            self._late = (place, place)
        elif place.position() > self._late[1].position():
            self._late = (self._late[0], place)
        elif place.position() < self._late[0].position():
            self._late = (place, self._late[1])

    @Slot()
    def _go_on(self) -> None:
        self._done = 0
        if self._late is None:
            return
        first, last = self._late
        self._late = None
        block, stop = first.block(), last.position()
        while block.isValid() and block.position() <= stop:
            if self._done >= _AT_ONCE:
                rest = QTextCursor(block)
                self._late = (rest, last if self._late is None else max(last, self._late[1]))
                break
            self.rehighlightBlock(block)
            block = block.next()


def band_of(state: int) -> Inside:
    """The block whose colour the margin takes, from a line's state."""
    return Inside(state >> _BAND_SHIFT) if state > 0 else Inside.NOTHING


def inside_of(state: int) -> Inside:
    """What the line's end stands inside of, from its state."""
    return Inside(state & ((1 << _BAND_SHIFT) - 1)) if state > 0 else Inside.NOTHING
