"""Owns an editor's text beside Qt's own: its characters as one string, and offsets both ways; knows no widget.

Qt counts in UTF-16 units, we count in code points. The places of the characters that are two units long lie in two
lists that meet where the last edit was, so that an edit costs what it changes and never a pass over the text.
"""

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from studio.ui.write.edits import shared_start

_WIDE = re.compile("[\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Change:
    """One edit of the text: from `start`, `removed` characters (code points) became `inserted`.

    `at`, `cut` and `put` are the same in Qt's units: the position, and how much went and came.
    """

    start: int
    removed: int
    inserted: str
    at: int
    cut: int
    put: int


class Mirror:
    """A text that follows a document edit by edit."""

    __slots__ = ("_left", "_right", "text")

    def __init__(self, text: str = "") -> None:
        self.text = text
        self._left: list[int] = []  # offsets of the wide characters before the last edit
        self._right: list[int] = []  # how far before the end those after it stand, nearest to the end first
        if not text.isascii():
            self._right = [len(text) - match.start() for match in _WIDE.finditer(text)][::-1]

    @property
    def qt_length(self) -> int:
        """The length in UTF-16 units."""
        return len(self.text) + len(self._left) + len(self._right)

    def to_qt(self, offset: int) -> int:
        """Qt's position of an offset."""
        after = len(self._right) - bisect_right(self._right, len(self.text) - offset) if self._right else 0
        return offset + bisect_left(self._left, offset) + after

    def from_qt(self, position: int) -> int:
        """The offset of Qt's position."""
        wide = len(self._left) + len(self._right)
        if not wide:
            return position
        low, high = max(0, position - wide), position
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.to_qt(middle) < position else (low, middle)
        return low

    def edit(self, position: int, removed: int, inserted: str) -> Change | None:
        """Follows an edit given in Qt's units and returns what it really changed; None where nothing."""
        start, end = self.from_qt(position), self.from_qt(position + removed)
        old = self.text[start:end]
        before = shared_start(old, inserted)
        after = shared_start(old[before:][::-1], inserted[before:][::-1])
        start, end, inserted = start + before, end - after, inserted[before : len(inserted) - after]
        if start == end and not inserted:
            return None
        at, length = self.to_qt(start), self.qt_length
        cut = self.to_qt(end) - at
        self._meet_at(start)
        while self._right and len(self.text) - self._right[-1] < end:
            self._right.pop()
        self.text = "".join((self.text[:start], inserted, self.text[end:]))
        if not inserted.isascii():
            self._left.extend(start + match.start() for match in _WIDE.finditer(inserted))
        return Change(start, end - start, inserted, at, cut, self.qt_length - length + cut)

    def _meet_at(self, offset: int) -> None:
        length = len(self.text)
        while self._left and self._left[-1] >= offset:
            self._right.append(length - self._left.pop())
        while self._right and length - self._right[-1] < offset:
            self._left.append(length - self._right.pop())
