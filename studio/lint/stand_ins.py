"""Owns what of a text's cells stands for all of them, kept up while it is edited; knows no check.

A check of which blocks there are needs a few of each sort, and one for repetition needs to know who said a thing first.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence

from studio.scenario.splice import Cell, Spliced

FIRST = 5
"""So many of each sort stand for all, and the last one."""


class Outline:
    """The places of the first five cells and the last of each sort, and of every SYSTEM.

    There are few sorts, so each is one byte, and looking for one costs next to nothing in a text of any length.
    """

    def __init__(self, cells: Sequence[Cell], sort_of: Callable[[Cell], Hashable]) -> None:
        self._sort_of = sort_of
        self._codes: dict[Hashable, int] = {}
        self._system: int | None = None
        self._sorts = self._coded(cells)
        self.places = self._chosen()

    def follow(self, done: Spliced) -> bool:
        """Follows an edit; whether one of those that stand for all is another now."""
        last = done.first + len(done.gone)
        made = self._coded(done.made)
        if self._sorts[done.first : last] == made:
            return any(done.first <= place < last for place in self.places)
        self._sorts[done.first : last] = made
        self.places = self._chosen()
        return True

    def _coded(self, cells: Sequence[Cell]) -> bytearray:
        coded = bytearray()
        for cell in cells:
            code = self._codes.setdefault(self._sort_of(cell), len(self._codes))
            if cell.system:
                self._system = code
            coded.append(code)
        return coded

    def _chosen(self) -> list[int]:
        chosen: set[int] = set()
        for code in self._codes.values():
            most = len(self._sorts) if code == self._system else FIRST
            place = self._sorts.find(code)
            while place >= 0 and most:
                chosen.add(place)
                place, most = self._sorts.find(code, place + 1), most - 1
            if place >= 0:
                chosen.add(self._sorts.rfind(code))
        return sorted(chosen)


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
