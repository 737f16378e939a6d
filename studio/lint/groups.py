"""Owns where groups of turns begin among the cells of a text: a turn that answers none, with all up to the next such.

Cells before the first turn are a group of their own. What a check of `Reach.TURN` finds in one group rests on that
group and its two neighbours.
"""

from collections.abc import Collection, Sequence

from studio.scenario.splice import Cell


def group_start(cells: Sequence[Cell], place: int, back: int = 0) -> int:
    """Where the group begins that holds a place, or the one so many groups before it."""
    place = min(place, len(cells) - 1)
    while place > 0:
        if cells[place].heads:
            if back == 0:
                return place
            back -= 1
        place -= 1
    return 0


def groups_ahead(cells: Sequence[Cell], place: int, groups: int = 1) -> int:
    """Where the last of so many groups begins, counted from a place on; the end of the text where there are fewer."""
    while place < len(cells):
        if cells[place].heads:
            groups -= 1
            if groups == 0:
                return place
        place += 1
    return len(cells)


class Due:
    """Cells that wait for something, and the place before which there is none of them."""

    __slots__ = ("cells", "low")

    def __init__(self) -> None:
        self.cells: set[Cell] = set()
        self.low = 0

    def __bool__(self) -> bool:
        return bool(self.cells)

    def add(self, cells: Collection[Cell], low: int) -> None:
        """Adds cells, none of which stands before the place `low`."""
        if cells:
            self.low = min(low, self.low) if self.cells else low
            self.cells.update(cells)

    def follow(self, gone: Collection[Cell]) -> None:
        """Follows an edit that took cells away."""
        self.cells.difference_update(gone)
        self.low = max(0, self.low - len(gone))

    def first(self, cells: Sequence[Cell]) -> int:
        """The place of the first; there must be one."""
        self.low = next(place for place in range(self.low, len(cells)) if cells[place] in self.cells)
        return self.low
