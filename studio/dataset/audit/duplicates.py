"""Owns finding rows that say the same or nearly the same, and which of them stays; knows no other check.

Rows that share a MinHash band are compared in full, so that none is called near that is not. Clusters are the same
whatever the order in which rows came. The word pairs lie in a temporary file; memory holds the bands only.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

import numpy as np
import numpy.typing as npt

from studio.dataset.audit.sketches import Keys, Numbers, Sketch, share

Places = npt.NDArray[np.int64]

_WIDE = 64
"""Rows of one band that are each compared with every other; of more, only with the first of each cluster among them."""


@dataclass(frozen=True, slots=True)
class Twin:
    """A row that need not stay: the number of the one that does, and what they share; 1.0 and `exact` for all."""

    row: int
    kept: int
    share: float
    exact: bool


class Groups:
    """Which rows belong together (union-find)."""

    def __init__(self, count: int) -> None:
        self._over = list(range(count))

    def of(self, row: int) -> int:
        """The row that stands for the group."""
        over = self._over
        while over[row] != row:
            over[row] = over[over[row]]
            row = over[row]
        return row

    def join(self, one: int, other: int) -> None:
        """Makes two groups one."""
        first, second = sorted((self.of(one), self.of(other)))
        self._over[second] = first

    def all(self) -> list[list[int]]:
        """The groups of more than one row, each in order."""
        members: dict[int, list[int]] = {}
        for row in range(len(self._over)):
            members.setdefault(self.of(row), []).append(row)
        return [rows for rows in members.values() if len(rows) > 1]


@dataclass(slots=True)
class _Shelf:
    """Arrays in a temporary file."""

    file: IO[bytes] = field(default_factory=tempfile.TemporaryFile)
    places: list[tuple[int, int, int]] = field(default_factory=list)
    end: int = 0

    def put(self, whole: Numbers, learnt: Numbers) -> None:
        self.file.write(whole.tobytes())
        self.file.write(learnt.tobytes())
        self.places.append((self.end, len(whole), len(learnt)))
        self.end += whole.nbytes + learnt.nbytes

    def take(self, row: int) -> tuple[Numbers, Numbers]:
        start, whole, learnt = self.places[row]
        self.file.seek(start)
        both = np.frombuffer(self.file.read(4 * (whole + learnt)), np.uint32)
        return both[:whole], both[whole:]


class Likeness:
    """All rows of an audit by what they say. Use it in a `with`; numbers are those of the order in which rows came."""

    def __init__(self, limit: float | None) -> None:
        self._limit = limit
        self._shelf = _Shelf()
        self._bands: list[Keys] = []
        self._exact: list[int] = []

    def __enter__(self) -> "Likeness":
        return self

    def __exit__(self, *_error: object) -> None:
        self._shelf.file.close()

    def add(self, sketch: Sketch) -> None:
        """The next row."""
        self._exact.append(sketch.exact)
        if self._limit is not None:
            self._bands.append(sketch.bands)
            self._shelf.put(sketch.whole, sketch.learnt)

    def groups(self, keys: Sequence[str], stopped: Callable[[], None]) -> list[list[int]]:
        """Rows that belong together; `keys` are the rows' own, which put them into an order of their own."""
        ranks = sorted(range(len(keys)), key=keys.__getitem__)
        groups = Groups(len(keys))
        first: dict[int, int] = {}
        for row in ranks:
            groups.join(first.setdefault(self._exact[row], row), row)
        if self._limit is not None and self._bands:
            alone = np.array(sorted(first.values(), key=keys.__getitem__), np.int64)
            self._near(alone, groups, stopped)
        return groups.all()

    def _near(self, rows: Places, groups: Groups, stopped: Callable[[], None]) -> None:
        bands = np.stack([self._bands[row] for row in rows.tolist()])
        for band in range(bands.shape[1]):
            stopped()
            for together in _runs(bands[:, band]):
                self._join(rows[together].tolist(), groups)

    def _join(self, rows: list[int], groups: Groups) -> None:
        """Compares rows that share a band, and joins those that are near."""
        before: list[int] = []
        for row in rows:
            for other in before:
                if groups.of(other) != groups.of(row) and self.share(row, other) is not None:
                    groups.join(row, other)
            few = len(rows) <= _WIDE
            if few or (len(before) < _WIDE and all(groups.of(other) != groups.of(row) for other in before)):
                before.append(row)

    def share(self, one: int, other: int) -> float | None:
        """What two rows have in common, or None where that is less than the limit."""
        assert self._limit is not None
        whole, learnt = self._shelf.take(one)
        other_whole, other_learnt = self._shelf.take(other)
        if min(len(whole), len(other_whole)) < self._limit * max(len(whole), len(other_whole)):
            return None
        value = share(whole, other_whole)
        return value if value >= self._limit and share(learnt, other_learnt) >= self._limit else None

    def twins(self, group: Sequence[int], ranks: Callable[[int], object]) -> Iterator[Twin]:
        """The rows of a group that need not stay, each with one that does: the first by rank of those near to it."""
        kept: list[int] = []
        for row in sorted(group, key=ranks):  # type: ignore[arg-type]  # a rank is a tuple of numbers
            twin = next((twin for one in kept if (twin := self._twin(row, one)) is not None), None)
            if twin is None:
                kept.append(row)
            else:
                yield twin

    def _twin(self, row: int, kept: int) -> Twin | None:
        if self._exact[row] == self._exact[kept]:
            return Twin(row, kept, 1.0, exact=True)
        value = self.share(row, kept) if self._limit is not None else None
        return None if value is None else Twin(row, kept, value, exact=False)


def _runs(keys: Keys) -> Iterator[Places]:
    """The places of equal keys, where there are at least two, in order; the first places first."""
    order = np.argsort(keys, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(keys[order])) + 1, len(keys))
    starts = np.append(0, ends[:-1])
    shared = np.flatnonzero(ends - starts > 1)
    runs = [order[starts[at] : ends[at]] for at in shared]
    yield from sorted(runs, key=lambda run: int(run[0]))
