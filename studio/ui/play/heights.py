"""Owns where each row of a long chat lies: heights measured or guessed, and which row is at a place. Knows no Qt."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate


class Heights:
    """Rows below each other, `gap` between them, `edge` above the first and below the last."""

    def __init__(self, gap: int, edge: int) -> None:
        self.gap, self.edge = gap, edge
        self._heights: list[int] = []
        self._tops: list[int] | None = None

    def __len__(self) -> int:
        return len(self._heights)

    def reset(self, heights: Iterable[int]) -> None:
        """Takes other rows."""
        self._heights, self._tops = list(heights), None

    def insert(self, row: int, height: int) -> None:
        """Takes in a row."""
        self._heights.insert(row, height)
        self._tops = None

    def remove(self, row: int) -> None:
        """Lets a row go."""
        del self._heights[row]
        self._tops = None

    def put(self, row: int, height: int) -> bool:
        """Takes in how high a row is; whether that is news."""
        if self._heights[row] == height:
            return False
        self._heights[row] = height
        self._tops = None
        return True

    def height(self, row: int) -> int:
        """How high a row is."""
        return self._heights[row]

    def top(self, row: int) -> int:
        """Where a row begins; one past the last is where the next would."""
        return self._placed()[row]

    @property
    def whole(self) -> int:
        """How high all of it is."""
        return self._placed()[-1] - self.gap + self.edge if self._heights else 2 * self.edge

    def at(self, place: int) -> int:
        """The row at a place, or the nearest; -1 where there is none."""
        return max(0, min(len(self._heights), bisect_right(self._placed(), place)) - 1) if self._heights else -1

    def within(self, top: int, bottom: int) -> range:
        """The rows of which something lies between two places."""
        if not self._heights:
            return range(0)
        return range(self.at(top), self.at(max(top, bottom - 1)) + 1)

    def _placed(self) -> list[int]:
        if self._tops is None:
            self._tops = list(accumulate((height + self.gap for height in self._heights), initial=self.edge))
        return self._tops
