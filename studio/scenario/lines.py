"""Owns lines and columns of a text; knows no language.

A line ends at LF, CR LF or a lone CR, and at nothing else, so that every editor counts the same.
"""

import re
from bisect import bisect_right
from itertools import accumulate

_END = re.compile(r"\r\n|\n|\r")


class Lines:
    """The lines of one text; offsets are code points from 0, lines and columns count from 1."""

    __slots__ = ("_starts",)

    def __init__(self, text: str) -> None:
        if "\r" in text:
            self._starts = [0, *(match.end() for match in _END.finditer(text))]
        else:
            self._starts = [0, *accumulate(len(line) + 1 for line in text.split("\n")[:-1])]

    def line(self, offset: int) -> int:
        """The line that holds `offset`."""
        return bisect_right(self._starts, offset)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of `offset`."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def newline_of(text: str) -> str:
    """The line end that a text uses first, or LF."""
    found = _END.search(text)
    return found.group() if found else "\n"
