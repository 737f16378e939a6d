"""Owns what the replay sees in each turn while a text is edited: it goes on from the state before an edit.

It stops where the state before a turn is the one that was there before: what follows is as it was.
"""

from collections.abc import Collection, Iterable
from itertools import islice

from studio.lint.groups import Due, group_start, groups_ahead
from studio.lint.marks import Delta, Held
from studio.lint.replay import Replay, Seen, State
from studio.lint.silences import Silences
from studio.lint.table import TABLE, diagnostic
from studio.rules.party import Party
from studio.scenario.splice import Cell, Splice, Spliced

_AT_FIRST, _AT_MOST = 4, 500


class Unfolding:
    """The findings of `Reach.STORY` by cell, the state before each turn, and the turns to be stepped over again."""

    def __init__(self, splice: Splice, codes: frozenset[str], silences: Silences, replay: Replay) -> None:
        self.due = Due()
        self._splice = splice
        self._codes = codes
        self._silences = silences
        self._replay = replay
        self._before: dict[Cell, State] = {}
        self._held: dict[Cell, tuple[Held, ...]] = {}
        self.restart(replay)

    def held(self, cell: Cell) -> tuple[Held, ...]:
        """The marks of a cell."""
        return self._held.get(cell, ())

    def restart(self, replay: Replay) -> None:
        """Begins anew, with other sheets or a look at other findings."""
        self._replay = replay
        self._before.clear()
        self.due.add([cell for cell in self._splice.cells if cell.speaker], 0)

    def seat(self, replay: Replay, felt: Collection[Cell]) -> None:
        """Goes on with sheets that differ in their skills alone: every state has them, and who feels it is due."""
        members, self._replay = replay.start().party.sheets, replay
        if any(len(state.party.sheets) != len(members) for state in self._before.values()):
            self.restart(replay)  # the party is too large to be replayed, or was
            return
        seated: dict[int, Party] = {}
        for cell, state in self._before.items():
            party = seated.get(id(state.party))
            if party is None:
                party = seated[id(state.party)] = state.party.seated(members)
            self._before[cell] = State(party, *state[1:])
        self.due.add(felt, 0)

    def follow(self, done: Spliced, delta: Delta) -> None:
        """Follows an edit: the turns around it are due."""
        start = done.start
        for cell in done.gone:
            delta.retire_old(held.placed(start) for held in self._held.pop(cell, ()))
            self._before.pop(cell, None)
            start += cell.length
        self.due.follow(done.gone)
        cells = self._splice.cells
        low = group_start(cells, max(done.first - 1, 0))
        high = groups_ahead(cells, done.first + len(done.made)) + 1
        self.due.add([cell for cell in cells[low:high] if cell.speaker], low)

    def go_on(self, turns: int | None, delta: Delta) -> None:
        """Steps over what is due, up to about so many turns."""
        while self.due and (turns is None or turns > 0):
            taken = self._run(turns, delta)
            turns = None if turns is None else turns - taken

    def _run(self, most: int | None, delta: Delta) -> int:
        """Steps over turns from the first that is due until the states meet; returns over how many."""
        cells = self._splice.cells
        place = self.due.first(cells)
        state = self._before.get(cells[place])
        if state is None or not any(cell.speaker for cell in islice(cells, place)):
            state = self._replay.start()
        taken, at_once = 0, _AT_FIRST
        while place < len(cells):
            stop = place
            for _group in range(at_once if most is None else min(at_once, most - taken)):
                stop = groups_ahead(cells, stop + 1)
            at_once = min(at_once * 2, _AT_MOST)
            spoken = [at for at in range(place, stop) if cells[at].speaker is not None]
            turns = self._splice.part(spoken).scenario.turns
            for at, turn in zip(spoken, turns, strict=True):
                cell = cells[at]
                if cell in self.due.cells:
                    self.due.cells.discard(cell)
                elif self._before.get(cell) == state:
                    return taken
                self._before[cell] = state
                state, seen = self._replay.step(state, turn)
                taken += 1
                self._show(cell, turn.span.start, seen, delta)
            place = stop
            if most is not None and taken >= most:
                self._put_off(place, state)
                break
        return max(taken, 1)

    def _show(self, cell: Cell, start: int, seen: Iterable[Seen], delta: Delta) -> None:
        """Shows what was seen in a turn in place of what was seen before."""
        delta.retire(held.placed(start) for held in self._held.pop(cell, ()))
        hide = self._silences.hide
        told = [one for one in seen if one.rule in self._codes and not hide(one.rule, one.finding.span.start)]
        if told:
            self._held[cell] = tuple(Held(delta.show(diagnostic(TABLE[one.rule], one.finding)), start) for one in told)

    def _put_off(self, place: int, state: State) -> None:
        """Leaves the next turn for later, with the state before it."""
        cells = self._splice.cells
        after = next((at for at in range(place, len(cells)) if cells[at].speaker), None)
        if after is not None and self._before.get(cells[after]) != state:
            self._before[cells[after]] = state
            self.due.add((cells[after],), after)
