"""Owns stretches of a document that move with its edits, each with what it stands for; knows no widget.

Those behind the last edit keep their old places and one number for all of them says how far they moved, so that an
edit near the last one costs only what lies between the two.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Tracked(Generic[T]):
    """Stretches in the order of their starts, in positions of the document; an edit moves those behind it."""

    __slots__ = ("_ends", "_items", "_longest", "_moved", "_pivot", "_starts")

    def __init__(self, stretches: Iterable[tuple[int, int, T]] = ()) -> None:
        ordered = sorted(stretches, key=lambda one: (one[0], one[1]))
        self._starts = [start for start, _end, _item in ordered]
        self._ends = [end for _start, end, _item in ordered]
        self._items = [item for _start, _end, item in ordered]
        self._longest = max((end - start for start, end, _item in ordered), default=0)
        self._pivot = len(ordered)
        self._moved = 0  # how much is to be added to the places from the pivot on

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[tuple[int, int, T]]:
        return (self._stretch(place) for place in range(len(self._items)))

    def _stretch(self, place: int) -> tuple[int, int, T]:
        by = self._moved if place >= self._pivot else 0
        return self._starts[place] + by, self._ends[place] + by, self._items[place]

    def _first(self, position: int) -> int:
        """The first stretch that begins at a position or behind it."""
        place = bisect_left(self._starts, position, 0, self._pivot)
        return place if place < self._pivot else bisect_left(self._starts, position - self._moved, self._pivot)

    def _turn(self, pivot: int) -> None:
        low, high = sorted((pivot, self._pivot))
        by = self._moved if pivot > self._pivot else -self._moved
        if by:
            self._starts[low:high] = [start + by for start in self._starts[low:high]]
            self._ends[low:high] = [end + by for end in self._ends[low:high]]
        self._pivot = pivot

    def shift(self, at: int, removed: int, added: int) -> None:
        """Follows an edit: what lay in the removed stretch shrinks, what is typed at an edge is not taken in."""
        stop, by = at + removed, added - removed
        low, high = self._first(at - self._longest), self._first(stop)
        self._turn(high)
        self._moved += by
        for place in range(low, high):
            start, end = self._starts[place], self._ends[place]
            start = start if start < at else at + added
            end = end if end <= at else end + by if end >= stop else at
            self._starts[place], self._ends[place] = start, max(start, end)
            self._longest = max(self._longest, end - start)

    def between(self, first: int, last: int) -> list[tuple[int, int, T]]:
        """Those that touch the stretch from `first` to `last`, both included."""
        low, high = self._first(first - self._longest), self._first(last + 1)
        return [one for one in map(self._stretch, range(low, high)) if one[1] >= first]

    def discard(self, unwanted: Callable[[T], bool]) -> None:
        """Lets those go that are not wanted any more."""
        for place in [place for place, item in enumerate(self._items) if unwanted(item)][::-1]:
            del self._starts[place], self._ends[place], self._items[place]
            self._pivot -= place < self._pivot

    def add(self, stretches: Iterable[tuple[int, int, T]]) -> None:
        """Takes more."""
        for start, end, item in stretches:
            place = self._first(start + 1)
            by = self._moved if place >= self._pivot else 0
            self._starts.insert(place, start - by)
            self._ends.insert(place, end - by)
            self._items.insert(place, item)
            self._pivot += place < self._pivot
            self._longest = max(self._longest, end - start)
