"""Owns the difference between offsets in code points (ours) and in UTF-16 units (Qt's); knows no widget."""

import re
from bisect import bisect_left

_WIDE = re.compile("[\U00010000-\U0010ffff]")


class Offsets:
    """Turns offsets in one text into Qt's and back."""

    __slots__ = ("_wide",)

    def __init__(self, text: str) -> None:
        self._wide = [] if text.isascii() else [match.start() for match in _WIDE.finditer(text)]

    def to_qt(self, offset: int) -> int:
        """The offset in UTF-16 units."""
        return offset + bisect_left(self._wide, offset) if self._wide else offset

    def from_qt(self, position: int) -> int:
        """The offset in code points."""
        if not self._wide:
            return position
        low, high = 0, position
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.to_qt(middle) < position else (low, middle)
        return low
