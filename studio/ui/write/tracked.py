"""Owns stretches of a document that move with its edits, each with what it stands for; knows no widget."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Tracked(Generic[T]):
    """Stretches in the order of their starts, in positions of the document; an edit moves those behind it."""

    __slots__ = ("_ends", "_items", "_longest", "_starts")

    def __init__(self, stretches: Iterable[tuple[int, int, T]] = ()) -> None:
        ordered = sorted(stretches, key=lambda one: (one[0], one[1]))
        self._starts = [start for start, _end, _item in ordered]
        self._ends = [end for _start, end, _item in ordered]
        self._items = [item for _start, _end, item in ordered]
        self._longest = self._measure(0)

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[tuple[int, int, T]]:
        return zip(self._starts, self._ends, self._items, strict=True)

    def shift(self, at: int, removed: int, added: int) -> None:
        """Follows an edit: what lay in the removed stretch shrinks, what is typed at an edge is not taken in."""
        delta, stop = added - removed, at + removed

        def begin(place: int) -> int:
            return place if place < at else place + delta if place >= stop else at + added

        def finish(place: int) -> int:
            return place if place <= at else place + delta if place >= stop else at

        first = bisect_left(self._starts, at - self._longest)
        starts = [begin(place) for place in self._starts[first:]]
        ends = [finish(place) for place in self._ends[first:]]
        self._starts[first:] = starts
        self._ends[first:] = [max(pair) for pair in zip(starts, ends, strict=True)]
        self._longest = max(self._longest, self._measure(first)) if added else self._longest

    def between(self, first: int, last: int) -> list[tuple[int, int, T]]:
        """Those that touch the stretch from `first` to `last`, both included."""
        found = []
        for place in range(bisect_left(self._starts, first - self._longest), len(self._starts)):
            start, end = self._starts[place], self._ends[place]
            if start > last:
                break
            if end >= first:
                found.append((start, end, self._items[place]))
        return found

    def _measure(self, first: int) -> int:
        pairs = zip(self._starts[first:], self._ends[first:], strict=True)
        return max((end - start for start, end in pairs), default=0)
