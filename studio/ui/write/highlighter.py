"""Owns laying the colours of `line_states` on an editor's document; knows nothing of the language itself."""

from PySide6.QtCore import Slot
from PySide6.QtGui import QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from studio.scenario import ToolTable
from studio.ui.theme import Theme
from studio.ui.write.line_states import Inside, colour_line
from studio.ui.write.offsets import Offsets

_BAND_SHIFT = 4


class Highlighter(QSyntaxHighlighter):
    """Colours one document, line by line; a line's block is kept in its state for the margin."""

    def __init__(self, document: QTextDocument, theme: Theme, tools: ToolTable) -> None:
        super().__init__(document)
        self._theme = theme
        self._tools = frozenset(tools.tools)
        self._formats: dict[str, QTextCharFormat] = {}
        self._build()
        theme.changed.connect(self._recolour)

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

    def highlightBlock(self, text: str) -> None:
        """Colours one line."""
        before = max(0, self.previousBlockState()) & ((1 << _BAND_SHIFT) - 1)
        first = self.currentBlock().blockNumber() == 0
        line = colour_line(text, Inside(before), first, self._tools)
        offsets = Offsets(text)
        for piece in line.pieces:
            start, end = offsets.to_qt(piece.start), offsets.to_qt(piece.end)
            self.setFormat(start, end - start, self._formats[piece.kind])
        self.setCurrentBlockState(line.after | line.band << _BAND_SHIFT)


def band_of(state: int) -> Inside:
    """The block whose colour the margin takes, from a line's state."""
    return Inside(state >> _BAND_SHIFT) if state > 0 else Inside.NOTHING


def inside_of(state: int) -> Inside:
    """What the line's end stands inside of, from its state."""
    return Inside(state & ((1 << _BAND_SHIFT) - 1)) if state > 0 else Inside.NOTHING
