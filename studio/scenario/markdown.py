"""Owns finding headings and list items in Markdown, line by line; knows nothing of character sheets.

Equal to the block tokens of CommonMark for ATX and underlined headings, lists, nesting, fences, indented
code, breaks and continuation lines. Quotes, HTML blocks and link definitions are plain text here.
"""

import re
from dataclasses import dataclass

from studio.scenario.model import Span, light

_LINE = re.compile(r"([ \t]*)([^\r\n]*)(?:\r\n|\n|\r|\Z)")
_PLAIN_ITEM = re.compile(r"- ([^\W\d_][^\r\n]*)(?:\r\n|\n|\r|\Z)")
"""A list item as nearly all are: at the line's beginning, with a letter first. It is one whatever stands before it."""
_HEADING = re.compile(r"(#{1,6})(?=[ \t]|\Z)")
_FENCE = re.compile(r"(`{3,})[^`]*\Z|(~{3,})")
_UNDERLINE = re.compile(r"(=+|-+)[ \t]*\Z")
_MARKER = re.compile(r"(?:[-+*]|([0-9]{1,9})[.)])(?=[ \t]|\Z)")
_BLANKS = " \t"
TAB = 4
BREAK = 3


@light
@dataclass(frozen=True, slots=True)
class Mark:
    """A heading (`level` from 1) or a list item (`level` 0) inside `depth` list items; `text` is its first paragraph.

    The text of an item reaches over its continuation lines. `line` is where the mark itself begins.
    """

    level: int
    depth: int
    text: Span
    line: int


@dataclass(slots=True)
class _Paragraph:
    start: int
    end: int
    depth: int
    item: int | None


def find_marks(text: str, start: int, end: int) -> list[Mark]:
    """The headings and list items of `text[start:end]`, in order."""
    scanner = _Lines(text)
    position = start
    while position < end:
        plain = _PLAIN_ITEM.match(text, position, end)
        if plain is not None and scanner.plain_item(position, plain.start(1), plain.end(1)):
            position = plain.end()
            continue
        match = _LINE.match(text, position, end)
        if match is None or match.end() == position:
            break
        scanner.take(match.start(2), match.end(2), _columns(match[1], 0))
        position = match.end()
    return scanner.marks


def _columns(blanks: str, column: int) -> int:
    """The column after some blanks that begin at `column`."""
    if "\t" not in blanks:
        return column + len(blanks)
    for character in blanks:
        column += TAB - column % TAB if character == "\t" else 1
    return column


class _Lines:
    """The state between two lines: open list items, an open paragraph, an open fence."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.marks: list[Mark] = []
        self._offsets: list[int] = []
        self._paragraph: _Paragraph | None = None
        self._fence = ""
        self._bare: int | None = None

    def plain_item(self, line: int, start: int, end: int) -> bool:
        """Reads a plain item; False where a fence is open, in which it is none."""
        if self._fence:
            return False
        self._paragraph = _Paragraph(start, end, 1, len(self.marks))
        self._bare = None
        self._offsets = [2]
        self.marks.append(Mark(0, 0, Span(start, start + len(self.text[start:end].rstrip())), line))
        return True

    def take(self, start: int, end: int, column: int) -> None:
        """Reads one line whose text stands at `start` to `end`, `column` columns in."""
        if start == end:
            self._blank()
            return
        matched = self._matched(column)
        whole = matched == len(self._offsets)
        if self._fence:
            if whole:
                self._in_fence(start, end, column)
                return
            self._fence = ""
        if self._paragraph and not self._ends_paragraph(start, end, column, whole):
            self._paragraph.end = end
            self._stretch_item()
            return
        if self._paragraph and whole and self._underlined(start, end, column):
            return
        self._paragraph = None
        item = self._bare if whole else None
        self._bare = None
        del self._offsets[matched:]
        self._block(start, end, column, item)

    def _blank(self) -> None:
        self._paragraph = None
        if self._bare is not None:
            self._offsets.pop()
            self._bare = None

    def _matched(self, column: int) -> int:
        count = 0
        for offset in self._offsets:
            if column < offset:
                break
            count += 1
        return count

    def _base(self) -> int:
        return self._offsets[-1] if self._offsets else 0

    def _in_fence(self, start: int, end: int, column: int) -> None:
        line = self.text[start:end].rstrip(_BLANKS)
        closes = line.startswith(self._fence) and not line.strip(self._fence[0])
        if closes and column - self._base() < TAB:
            self._fence = ""

    def _ends_paragraph(self, start: int, end: int, column: int, whole: bool) -> bool:
        """Whether a line cannot go on with the paragraph before it."""
        if column - self._base() >= TAB:
            return False
        first = self.text[start]
        if first == "#":
            return _HEADING.match(self.text, start, end) is not None
        if first in "`~":
            return _FENCE.match(self.text, start, end) is not None
        if whole and first in "=-" and _UNDERLINE.match(self.text, start, end):
            return True
        if first in "-*_" and self._is_break(start, end, _run_start(self.text, start, end)):
            return True
        return self._begins_item(start, end, column, whole)

    def _begins_item(self, start: int, end: int, column: int, whole: bool) -> bool:
        """Whether a line begins an item although a paragraph is open."""
        marker = _MARKER.match(self.text, start, end)
        if marker is None:
            return False
        if whole:
            return marker[1] in (None, "1") and not self.text[marker.end() : end].isspace() and marker.end() < end
        return not (len(self._offsets) > 1 and column - self._offsets[-2] >= TAB)

    def _underlined(self, start: int, end: int, column: int) -> bool:
        """Makes a heading of the open paragraph when this line underlines it."""
        paragraph = self._paragraph
        if paragraph is None or not _UNDERLINE.match(self.text, start, end):
            return False
        if paragraph.item is not None:
            item = self.marks[paragraph.item]
            self.marks[paragraph.item] = Mark(0, item.depth, Span(item.text.start, item.text.start), item.line)
        span = Span(paragraph.start, paragraph.end)
        level = 1 if self.text[start] == "=" else 2
        self.marks.append(Mark(level, len(self._offsets), _trimmed(self.text, span), paragraph.start))
        self._paragraph = None
        return True

    def _block(self, start: int, end: int, column: int, item: int | None) -> None:
        """Reads the beginning of a block, which may be the first of `item`; an item may hold another at once."""
        run = _run_start(self.text, start, end) if self.text[start] in "-*_+" or self.text[start].isdigit() else end
        while column - self._base() < TAB:
            first = self.text[start]
            heading = _HEADING.match(self.text, start, end) if first == "#" else None
            if heading:
                span = _heading_text(self.text, heading.end(), end)
                self.marks.append(Mark(len(heading[1]), len(self._offsets), span, start))
                return
            fence = _FENCE.match(self.text, start, end) if first in "`~" else None
            if fence:
                self._fence = fence[1] or fence[2]
                return
            marker = None if self._is_break(start, end, run) else _MARKER.match(self.text, start, end)
            if marker is None:
                break
            item = len(self.marks)
            start, column = self._item(start, marker.end(), end, column)
            if start == end:
                self._bare = item
                return
        if column - self._base() < TAB and not self._is_break(start, end, run):
            self._paragraph = _Paragraph(start, end, len(self._offsets), item)
            self._stretch_item()

    def _is_break(self, start: int, end: int, run: int) -> bool:
        """Whether the rest of a line is a thematic break; `run` is where its last run of one character begins."""
        return start >= run and self.text[start] in "-*_" and self.text.count(self.text[start], start, end) >= BREAK

    def _item(self, start: int, marker_end: int, end: int, column: int) -> tuple[int, int]:
        """Opens an item; returns where its text stands and in which column."""
        after = column + marker_end - start
        inner = marker_end
        while inner < end and self.text[inner] in _BLANKS:
            inner += 1
        next_column = _columns(self.text[marker_end:inner], after)
        self.marks.append(Mark(0, len(self._offsets), Span(inner, inner), start))
        far = inner == end or next_column - after > TAB
        self._offsets.append(after + 1 if far else next_column)
        return inner, next_column

    def _stretch_item(self) -> None:
        paragraph = self._paragraph
        if paragraph and paragraph.item is not None:
            item = self.marks[paragraph.item]
            span = _trimmed(self.text, Span(paragraph.start, paragraph.end))
            self.marks[paragraph.item] = Mark(0, item.depth, span, item.line)


def _trimmed(text: str, span: Span) -> Span:
    """The span without blank space at its ends."""
    start, end = span.start, span.end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _run_start(text: str, start: int, end: int) -> int:
    """From where on a line holds nothing but blanks and one and the same character."""
    last = text[start:end].rstrip(_BLANKS)[-1:]
    while end > start and (text[end - 1] in _BLANKS or text[end - 1] == last):
        end -= 1
    return end


def _heading_text(text: str, start: int, end: int) -> Span:
    """The text of a heading without the closing run of `#`."""
    while end > start and text[end - 1] in _BLANKS:
        end -= 1
    bare = end
    while bare > start and text[bare - 1] == "#":
        bare -= 1
    if bare < end and (bare == start or text[bare - 1] in _BLANKS):
        end = bare
    return _trimmed(text, Span(start, end))
