"""Owns what of a text's cells stands for all of them, kept up while it is edited; knows no check.

A check of which blocks there are needs a few of each sort, and one for repetition needs to know who said a thing first.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence

from studio.scenario.splice import Cell, Spliced

FIRST = 5
"""So many of each sort stand for all, and the last one."""


class Outline:
    """The places of the first five cells and the last of each sort, and of every SYSTEM."""

    def __init__(self, cells: Sequence[Cell], sort_of: Callable[[Cell], Hashable]) -> None:
        self._sort_of = sort_of
        self._times = Counter(map(sort_of, cells))
        self.places = self._chosen(cells)

    def follow(self, cells: Sequence[Cell], done: Spliced) -> bool:
        """Follows an edit; whether one of those that stand for all is another now."""
        gone, made = list(map(self._sort_of, done.gone)), list(map(self._sort_of, done.made))
        if gone == made:
            return any(done.first <= place < done.first + len(made) for place in self.places)
        self._times.subtract(gone)
        self._times.update(made)
        self.places = self._chosen(cells)
        return True

    def _chosen(self, cells: Sequence[Cell]) -> list[int]:
        times = {sort: times for sort, times in self._times.items() if times > 0}
        chosen = set(self._met(cells, range(len(cells)), {sort: min(FIRST, most) for sort, most in times.items()}))
        chosen.update(self._met(cells, range(len(cells) - 1, -1, -1), dict.fromkeys(times, 1)))
        return sorted(chosen)

    def _met(self, cells: Sequence[Cell], places: Iterable[int], wanted: dict[Hashable, int]) -> Iterable[int]:
        """The places where so many of each sort are met first."""
        left = sum(wanted.values())
        for place in places:
            if not left:
                return
            sort, system = self._sort_of(cells[place]), cells[place].system
            if wanted.get(sort):
                wanted[sort] -= not system
                left -= not system
                yield place


class Echoes:
    """Which cells have the same words of the same speaker, and which of these stands first."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self._holders: dict[tuple[object, str], set[Cell]] = {}
        self._firsts: dict[tuple[object, str], Cell] = {}
        for cell in cells:
            self._add(cell)

    def follow(self, cells: Sequence[Cell], done: Spliced) -> set[Cell]:
        """Follows an edit; the cells far from it that may be echoes now, or none any more."""
        self._firsts.clear()
        for cell in done.gone:
            if cell.speaker is not None:
                holders = self._holders[cell.speaker, cell.words]
                holders.discard(cell)
                if not holders:
                    del self._holders[cell.speaker, cell.words]
        others = {self._first(cells, cell) for cell in (*done.gone, *done.made) if cell.speaker is not None}
        for cell in done.made:
            self._add(cell)
        self._firsts.clear()
        return {cell for cell in others if cell is not None}

    def among(self, cells: Sequence[Cell], places: Iterable[int]) -> frozenset[int]:
        """Which of the turns at some places are echoes, counted among these turns."""
        turns = [cells[place] for place in places if cells[place].speaker is not None]
        return frozenset(index for index, cell in enumerate(turns) if self._first(cells, cell) is not cell)

    def _add(self, cell: Cell) -> None:
        if cell.speaker is not None:
            self._holders.setdefault((cell.speaker, cell.words), set()).add(cell)

    def _first(self, cells: Sequence[Cell], like: Cell) -> Cell | None:
        holders = self._holders.get((like.speaker, like.words))
        if not holders:
            return None
        if len(holders) == 1:
            return next(iter(holders))
        if (like.speaker, like.words) not in self._firsts:
            self._firsts[like.speaker, like.words] = next(cell for cell in cells if cell in holders)
        return self._firsts[like.speaker, like.words]
