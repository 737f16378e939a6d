"""Owns what is found in each turn by looking at it and at its neighbours, while a text is edited; knows no replay."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from studio.lint.diagnostics import Cast, Diagnostic, Reading, Rule
from studio.lint.groups import Due, group_start, groups_ahead
from studio.lint.marks import Delta, Held
from studio.lint.silences import Silences
from studio.lint.stand_ins import Echoes
from studio.lint.table import diagnostic
from studio.scenario import BlockKind, Span
from studio.scenario.splice import Cell, Splice, Spliced

_QUIET = (BlockKind.COMMENT, BlockKind.BLANK)
"""What no check of another block looks at, but for whether one stands right before it."""

_MANY, _BESIDE = 200, 3
"""Where a stretch has more blocks than this, its quiet ones are looked at only where they are due, or beside others."""


def found(rules: Iterable[Rule], reading: Reading) -> Iterator[Diagnostic]:
    """What rules find, each in its own order."""
    return (diagnostic(rule, finding) for rule in rules for finding in rule.check(reading))


class Near:
    """The findings of `Reach.REPORT`, `TURN` and `ECHO` by cell, and the cells that are to be checked again."""

    def __init__(self, splice: Splice, rules: Sequence[Rule], silences: Silences, cast: Cast) -> None:
        self.cast = cast
        self.due = Due()
        self._splice = splice
        self._rules = rules
        self._silences = silences
        self._echoes = Echoes(splice.cells)
        self._held: dict[Cell, tuple[Held, ...]] = {}
        self.due.add(splice.cells, 0)

    def held(self, cell: Cell) -> tuple[Held, ...]:
        """The marks of a cell."""
        return self._held.get(cell, ())

    def follow(self, done: Spliced, delta: Delta) -> None:
        """Follows an edit; what stands in the cells that are gone is gone, what is near is checked at once."""
        start = done.start
        for cell in done.gone:
            delta.retire_old(held.placed(start) for held in self._held.pop(cell, ()))
            start += cell.length
        self.due.follow(done.gone)
        cells = self._splice.cells
        self.due.add(self._echoes.follow(cells, done), 0)
        beside = max(0, done.first - _BESIDE)
        self.due.add(cells[beside : done.first + len(done.made) + _BESIDE], beside)
        low = group_start(cells, max(done.first - 1, 0), 1)
        self._check(low, groups_ahead(cells, done.first + len(done.made), 2), delta, _MANY)

    def go_on(self, turns: int | None, delta: Delta) -> None:
        """Checks what is due, up to about so many groups of turns."""
        while self.due and (turns is None or turns > 0):
            low, high, taken = self._next_due(turns)
            whole = self._check(low, high, delta, None if turns is None else _MANY)
            turns = None if turns is None else turns - taken if whole else 0

    def _next_due(self, turns: int | None) -> tuple[int, int, int]:
        """A run of cells from the first that is due, and how many groups it has."""
        cells = self._splice.cells
        low = group_start(cells, self.due.first(cells))
        high, taken = low, 0
        while high < len(cells) and (turns is None or taken < turns):
            after = groups_ahead(cells, high + 1)
            if taken and self.due.cells.isdisjoint(cells[high:after]):
                break
            high, taken = after, taken + 1
        return low, high, taken

    def _check(self, low: int, high: int, delta: Delta, most: int | None) -> bool:
        """Checks the cells from `low` to `high`, which are whole groups, with a look at the groups beside them.

        Of quiet cells that are due, at most so many; False where some were left.
        """
        splice, cells = self._splice, self._splice.cells
        first = group_start(cells, low - 1) if low else 0
        last = groups_ahead(cells, high + 1) if high < len(cells) else high
        places, whole = self._seen(first, last, most)
        stretch = Span(splice.start(first), splice.start(last))
        echoes = self._echoes.among(cells, places)
        reading = Reading(splice.part(places), self.cast.vocabulary, cast=self.cast, stretch=stretch, echoes=echoes)
        new: dict[int, list[Diagnostic]] = {place: [] for place in places if low <= place < high}
        for one in found(self._rules, reading):
            place = splice.place(one.span.start)
            if place in new and not self._silences.hide(one.code, one.span.start):
                new[place].append(one)
        for place in new:
            self.due.cells.discard(cells[place])
            held = self._held.pop(cells[place], ())
            delta.retire(one.placed(splice.start(place)) for one in held)
        for place, ones in new.items():
            if ones:
                start = splice.start(place)
                self._held[cells[place]] = tuple(Held(delta.show(one), start) for one in ones)
        return whole

    def _seen(self, first: int, last: int, most: int | None) -> tuple[Sequence[int], bool]:
        """The places of a stretch that are looked at, and whether that is all of it that there is to look at."""
        if last - first <= _MANY:
            return range(first, last), True
        cells, due = self._splice.cells, self.due.cells
        seen, quiet = set[int](), list[int]()
        for place, cell in enumerate(islice(cells, first, last), first):
            if cell.block.kind not in _QUIET:
                seen.update(range(max(first, place - _BESIDE), min(last, place + _BESIDE + 1)))
            elif cell in due:
                quiet.append(place)
        seen.update(quiet[:most])
        return sorted(seen), most is None or len(quiet) <= most
