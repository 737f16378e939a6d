"""Owns the check of a text while it is typed: each edit checks again what it can have changed; knows no widget.

For the owner of an editor::

    live = Live(text, path=path)             # may be made on another thread; all is checked when it is there
    show(live.marks)                         # each has a `key`, which stays its own for as long as it is shown
    changes = live.edit(start, removed, inserted, defer=True)   # code points; call it for each change of the text

Move what is shown with the text (`changes.start`, `.removed`, `.inserted`), take away the squiggles whose keys are in
`changes.gone` and draw those in `changes.new`. All others stand right once they moved, so nothing flickers. With
`defer` an edit does at most a few milliseconds' work; while `changes.pending`, call `live.settle()` from a timer of
0 ms and take its changes in the same way (a sheet in SYSTEM, or a number that changes all later health, needs it).

`live.diagnostics` (in the order of the text) and `live.parsed` finish what is pending and cost what grows with the
text: ask for them when typing rests, or give `live.snapshot().parsed` to another thread. Both equal a whole `parse`
and `check` at all times. Use one `Live` from one thread at a time.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count, islice
from pathlib import Path
from typing import overload

from studio.lint.diagnostics import Cast, Diagnostic, Reach, Reading, Rule
from studio.lint.marks import Change, Delta, Held, Mark
from studio.lint.replay import Replay, Seen, State
from studio.lint.selection import Selection
from studio.lint.silences import Silences
from studio.lint.stand_ins import Echoes, Outline
from studio.lint.table import FINDINGS_LIMIT, TABLE, diagnostic
from studio.scenario import Character, Parsed, Span, Speaker, ToolTable, Turn, Vocabulary
from studio.scenario.lines import newline_of
from studio.scenario.splice import Cell, Snapshot, Splice, Spliced

TURNS_AT_ONCE = 40
"""How many turns an edit looks at before the rest is left to `settle`."""

_SPAN = Span(0, 0)


@dataclass(frozen=True, slots=True)
class Changes:
    """What an edit, or `settle`, did: the keys of the diagnostics that are gone, and the new ones.

    `start`, `removed` and `inserted` are those of the edit (nothing for `settle`): what stands behind it moves by
    `inserted - removed`. While `pending`, more is to come from `settle`.
    """

    start: int
    removed: int
    inserted: int
    gone: tuple[int, ...]
    new: tuple[Mark, ...]
    pending: bool

    @property
    def shift(self) -> int:
        """By how much what stands behind the edit moves."""
        return self.inserted - self.removed


class _Kept:
    """What was found in one cell, and the state of the replay before it."""

    __slots__ = ("before", "story", "turn")

    def __init__(self) -> None:
        self.turn: tuple[Held, ...] = ()
        self.story: tuple[Held, ...] = ()
        self.before: State | None = None


class Live:
    """A text that is edited, with its diagnostics."""

    def __init__(
        self,
        text: str,
        *,
        path: Path | None = None,
        tools: ToolTable | None = None,
        vocabulary: Vocabulary | None = None,
        selection: Selection | None = None,
    ) -> None:
        self._splice = Splice(text, path=path, tools=tools)
        self._vocabulary = vocabulary if vocabulary is not None else Vocabulary.shipped()
        silent = selection.silent(TABLE, path) if selection is not None else frozenset()
        self._rules = {reach: tuple(rule for rule in _BY_REACH[reach] if rule.code not in silent) for reach in Reach}
        self._story = frozenset(rule.code for rule in self._rules[Reach.STORY])
        self._silences = Silences(self._splice)
        self._kept: dict[Cell, _Kept] = {cell: _Kept() for cell in self._splice.cells}
        self._stale: set[Cell] = set(self._kept)  # cells whose turn is to be checked again
        self._must: set[Cell] = {cell for cell in self._kept if cell.speaker}  # turns to be stepped over again
        self._from = 0  # before this place there is neither
        self._head: tuple[Held, ...] = ()
        self._outline: tuple[Held, ...] = ()
        self._whole: tuple[Held, ...] = ()
        self._whole_due = bool(self._rules[Reach.WHOLE])
        self._stand_ins = Outline(self._splice.cells, self._sort)
        self._echoes = Echoes(self._splice.cells)
        self._newline = newline_of(text)
        self._totals: Counter[str] = Counter()
        self._over: dict[str, set[int]] = {}  # what is shown of a code that is found more often than is shown
        self._keys = count(1)
        self._cast = self._cast_now()
        self._replay = self._replay_now()
        delta = Delta(self._totals, self._keys)
        self._check_head(delta)
        self._check_outline(delta)
        self._work(delta, len(self._splice.cells) + 1)
        self._limit(delta)

    # -- what there is ------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The text."""
        return self._splice.text

    @property
    def parsed(self) -> Parsed:
        """The scenario, equal to `parse` of the text."""
        return self._splice.parsed

    def snapshot(self) -> Snapshot:
        """The text as it is now, to be parsed on another thread."""
        return self._splice.snapshot()

    @property
    def pending(self) -> bool:
        """Whether some of the text is still to be checked."""
        return bool(self._stale or self._must or self._whole_due)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What is shown, in the order of the text; what is pending is finished first, and told by no `Changes`."""
        self.settle(None)
        found = [mark for mark in self._all() if self._is_shown(mark)]
        found.sort(key=lambda mark: (mark.diagnostic.span.start, mark.diagnostic.span.end, mark.diagnostic.code))
        return tuple(found)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is to be mended, equal to `check` of the whole."""
        return tuple(mark.diagnostic for mark in self.marks)

    # -- edits --------------------------------------------------------------------------------------

    def edit(self, start: int, removed: int, inserted: str, *, defer: bool = False) -> Changes:
        """Replaces `removed` code points at `start`. With `defer`, what takes long is left to `settle`."""
        change = Change(start, removed, len(inserted))
        delta = Delta(self._totals, self._keys, change)
        delta.retire_old(held.mark for held in self._outline)
        done = self._splice.edit(start, removed, inserted)
        self._forget(done, delta)
        self._whole_due = bool(self._rules[Reach.WHOLE])
        self._whole = tuple(self._loosened(change, delta))
        silences, everywhere = self._silences.follow(done)
        if done.head or everywhere:
            delta.retire_old(held.mark for held in self._head)
            self._turn_head(delta)
        elif any(change.pushes(held.mark.diagnostic.span) for held in self._head):
            delta.retire(held.mark for held in self._head)
            self._head = tuple(_hold(delta.show(held.mark.diagnostic)) for held in self._head)
        if self._stand_ins.follow(done) or done.head or silences:
            self._check_outline(delta)
        else:
            self._outline = self._again(self._outline, change, delta)
        far = self._echoes.follow(self._splice.cells, done)
        if newline_of(self.text) != self._newline or everywhere:
            self._newline = newline_of(self.text)
            far = set(self._kept)
        if everywhere:
            self._must.update(cell for cell in self._kept if cell.speaker)
        self._touch(done, delta)
        if far:
            self._stale |= far & self._kept.keys()
            self._from = 0
        self._work(delta, TURNS_AT_ONCE if defer else None)
        self._limit(delta)
        return self._told(delta, change)

    def settle(self, turns: int | None = TURNS_AT_ONCE) -> Changes:
        """Goes on with what is pending, for so many turns; to its end where it is None."""
        delta = Delta(self._totals, self._keys)
        if self.pending:
            self._work(delta, turns)
            self._limit(delta)
        return self._told(delta, Change(0, 0, 0))

    def _told(self, delta: Delta, change: Change) -> Changes:
        gone, new = tuple(delta.gone), tuple(delta.new.values())
        return Changes(change.start, change.removed, change.inserted, gone, new, self.pending)

    def _again(self, held: tuple[Held, ...], change: Change, delta: Delta) -> tuple[Held, ...]:
        """Shows again what stands where it stood, or moved with the text."""
        after = (change.of(one.mark.diagnostic) for one in held)
        return tuple(_hold(delta.show(one)) for one in after if one is not None)

    def _loosened(self, change: Change, delta: Delta) -> Iterator[Held]:
        """What rests on the whole text moves with it and has no fix until it is checked again."""
        for held in self._whole:
            span = change.of_span(held.mark.diagnostic.span)
            if span is None:
                delta.retire((held.mark,))
            else:
                yield _hold(Mark(held.mark.key, replace(held.mark.diagnostic, span=span, fix=None)))

    def _forget(self, done: Spliced, delta: Delta) -> None:
        start = done.start
        for cell in done.gone:
            kept = self._kept.pop(cell)
            self._stale.discard(cell)
            self._must.discard(cell)
            delta.retire_old(held.placed(start) for held in (*kept.turn, *kept.story))
            start += cell.length
        for cell in done.made:
            self._kept[cell] = _Kept()

    def _touch(self, done: Spliced, delta: Delta) -> None:
        """Checks the turns around an edit at once, and lets the replay go on from the one before it."""
        cells, last = self._splice.cells, done.first + len(done.made)
        before = max(done.first - 1, 0)
        own = self._group(before, 0)
        nothing = not self._stale and not self._must
        self._from = own if nothing else min(own, max(0, self._from - len(done.gone)))
        self._must.update(cell for cell in cells[own : self._ahead(last, 1) + 1] if cell.speaker)
        low, high = self._group(before, 1), self._ahead(last, 2)
        self._check_turns(low, high, delta)

    # -- the parts of a check -----------------------------------------------------------------------

    def _turn_head(self, delta: Delta) -> None:
        """Checks front matter and SYSTEM again; all turns are due where players or sheets are others."""
        self._check_head(delta)
        cast = self._cast_now()
        if _alike(cast, self._cast):
            return
        self._cast = cast
        self._replay = self._replay_now()
        self._stale.update(self._kept)
        self._from = 0
        for cell, kept in self._kept.items():
            if cell.speaker:
                self._must.add(cell)
                kept.before = None

    def _cast_now(self) -> Cast:
        return Cast(self._splice.part(()).scenario, self._vocabulary)

    def _replay_now(self) -> Replay:
        return Replay.of(Reading(self._splice.part(()), self._vocabulary, cast=self._cast))

    def _check_head(self, delta: Delta) -> None:
        parsed = self._splice.head_part()
        reading = Reading(parsed, self._vocabulary)
        found = _found((*self._rules[Reach.REPORT], *self._rules[Reach.HEAD]), reading)
        self._head = self._shown(found, delta)

    def _check_outline(self, delta: Delta) -> None:
        reading = Reading(self._splice.part(self._stand_ins.places), self._vocabulary, cast=self._cast)
        self._outline = self._shown(_found(self._rules[Reach.OUTLINE], reading), delta)

    def _sort(self, cell: Cell) -> Hashable:
        """What a check of which blocks there are sees of one."""
        if cell.speaker is not Speaker.DM:
            return cell.block.kind, cell.speaker, cell.system
        calls = bool(cell.calls(self._splice.tools, self._splice.head.names))
        opens = next((word for word in self._vocabulary.outcomes[:2] if cell.words.startswith(word)), None)
        return calls, opens

    def _check_turns(self, low: int, high: int, delta: Delta) -> None:
        """Checks the turns of the cells from `low` to `high`, which begin with a turn that answers none."""
        splice, cells = self._splice, self._splice.cells
        first = self._group(low - 1, 0) if low else 0
        last = self._ahead(high + 1, 1) if high < len(cells) else high
        places, stretch = range(first, last), Span(splice.start(first), splice.start(last))
        echoes = self._echoes.among(cells, places)
        near = chain.from_iterable(self._rules[reach] for reach in (Reach.REPORT, Reach.TURN, Reach.ECHO))
        reading = Reading(splice.part(places), self._vocabulary, cast=self._cast, stretch=stretch, echoes=echoes)
        found: dict[int, list[Diagnostic]] = {}
        for one in _found(near, reading):
            place = splice.place(one.span.start)
            if low <= place < high and not self._silences.hide(one.code, one.span.start):
                found.setdefault(place, []).append(one)
        self._stale.difference_update(cells[low:high])
        for place in range(low, high):
            kept = self._kept[cells[place]]
            if kept.turn:
                delta.retire(held.placed(splice.start(place)) for held in kept.turn)
        for place in range(low, high):
            start = splice.start(place)
            marks = found.get(place, ())
            self._kept[cells[place]].turn = tuple(Held(delta.show(one), start) for one in marks)

    def _work(self, delta: Delta, turns: int | None) -> None:
        """Checks what is pending, up to so many turns of each sort."""
        left = turns
        while self._stale and (left is None or left > 0):
            low, high, taken = self._next_stale(left)
            self._check_turns(low, high, delta)
            left = None if left is None else left - taken
        left = turns
        while self._must and (left is None or left > 0):
            taken = self._step(left, delta)
            left = None if left is None else left - taken
        if self._whole_due and not self._stale and not self._must:
            self._check_whole(delta)

    def _next_stale(self, turns: int | None) -> tuple[int, int, int]:
        """A run of cells from the first stale one, and how many groups of turns it has."""
        cells = self._splice.cells
        low = self._group(next(place for place in range(self._from, len(cells)) if cells[place] in self._stale), 0)
        high, taken = low, 0
        while high < len(cells) and (turns is None or taken < turns):
            after = self._ahead(high + 1, 1)
            if taken and self._stale.isdisjoint(cells[high:after]):
                break
            high, taken = after, taken + 1
        return low, high, taken

    def _step(self, turns: int | None, delta: Delta) -> int:
        """Steps over the turns from the first that is due, until the states meet; returns over how many."""
        cells, splice = self._splice.cells, self._splice
        place = next(place for place in range(self._from, len(cells)) if cells[place] in self._must)
        state = self._kept[cells[place]].before
        if state is None or not any(cell.speaker for cell in islice(cells, place)):
            state = self._replay.start()
        taken, ahead = 0, 4
        while place < len(cells):
            stop = place
            for _group in range(ahead if turns is None else min(ahead, turns - taken)):
                stop = self._ahead(stop + 1, 1)
            ahead = min(ahead * 2, 500)
            turn_of = iter(splice.part(range(place, stop)).scenario.turns)
            for at in range(place, stop):
                cell = cells[at]
                if cell.speaker is None:
                    continue
                turn, kept = next(turn_of), self._kept[cell]
                if cell in self._must:
                    self._must.discard(cell)
                elif kept.before == state:
                    return taken
                kept.before = state
                state, seen = self._replay.step(state, turn)
                taken += 1
                if kept.story:
                    delta.retire(held.placed(turn.span.start) for held in kept.story)
                kept.story = self._seen(seen, turn.span.start, delta) if seen else ()
            place = stop
            if turns is not None and taken >= turns:
                self._put_off(place, state)
                return taken
        return max(taken, 1)

    def _seen(self, seen: Iterable[Seen], start: int, delta: Delta) -> tuple[Held, ...]:
        """Shows what the replay saw in the turn that starts there."""
        hide = self._silences.hide
        spoken = (one for one in seen if one.rule in self._story and not hide(one.rule, one.finding.span.start))
        return tuple(Held(delta.show(diagnostic(TABLE[one.rule], one.finding)), start) for one in spoken)

    def _put_off(self, place: int, state: State) -> None:
        """Lets the replay go on later, from the next turn in that state."""
        cells = self._splice.cells
        after = next((cell for cell in islice(cells, place, None) if cell.speaker), None)
        if after is not None and self._kept[after].before != state:
            self._kept[after].before = state
            self._must.add(after)

    def _check_whole(self, delta: Delta) -> None:
        self._whole_due = False
        delta.retire(held.mark for held in self._whole)
        reading = Reading(self._splice.part(()), self._vocabulary, cast=self._cast, turns=_Turns(self._splice))
        self._whole = self._shown(_found(self._rules[Reach.WHOLE], reading), delta)

    def _shown(self, found: Iterable[Diagnostic], delta: Delta) -> tuple[Held, ...]:
        """Shows what no comment silences."""
        hide = self._silences.hide
        return tuple(_hold(delta.show(one)) for one in found if not hide(one.code, one.span.start))

    # -- cells --------------------------------------------------------------------------------------

    def _group(self, place: int, back: int) -> int:
        """Where the group of turns begins that holds a place, or so many groups before it."""
        cells = self._splice.cells
        place = min(place, len(cells) - 1)
        while place > 0:
            if cells[place].heads:
                if back == 0:
                    return place
                back -= 1
            place -= 1
        return 0

    def _ahead(self, place: int, groups: int) -> int:
        """The place where so many groups have begun, from a place on; the end where fewer do."""
        cells = self._splice.cells
        while place < len(cells):
            if cells[place].heads:
                groups -= 1
                if groups == 0:
                    return place
            place += 1
        return len(cells)

    # -- what is shown ------------------------------------------------------------------------------

    def _all(self) -> Iterator[Mark]:
        """Every mark where it stands now, those of one code in the order in which a whole check finds them."""
        for place, cell in enumerate(self._splice.cells):
            kept = self._kept[cell]
            if kept.turn or kept.story:
                start = self._splice.start(place)
                yield from (held.placed(start) for held in (*kept.turn, *kept.story))
        yield from (held.mark for held in (*self._head, *self._outline, *self._whole))

    def _is_shown(self, mark: Mark) -> bool:
        over = self._over.get(mark.diagnostic.code)
        return over is None or mark.key in over

    def _limit(self, delta: Delta) -> None:
        """Shows no more of one code than a whole check tells."""
        codes = {code for code, total in self._totals.items() if total > FINDINGS_LIMIT} | set(self._over)
        if not codes:
            return
        marks: dict[str, dict[int, Mark]] = {code: {} for code in codes}
        for mark in self._all():
            if mark.diagnostic.code in codes:
                marks[mark.diagnostic.code][mark.key] = mark
        for code, here in marks.items():
            came = {key for key, mark in delta.new.items() if mark.diagnostic.code == code}
            went = {key for key, gone in delta.gone.items() if gone == code}
            before = self._over.get(code) or (set(here) - came) | went
            now = set(islice(here, FINDINGS_LIMIT))
            for key in came | went:
                delta.new.pop(key, None)
                delta.gone.pop(key, None)
            delta.gone.update(dict.fromkeys(before - now, code))
            delta.new.update({key: here[key] for key in here if key in now and key not in before})
            if self._totals[code] > FINDINGS_LIMIT:
                self._over[code] = now
            else:
                self._over.pop(code, None)


_BY_REACH = {reach: tuple(rule for rule in TABLE.values() if rule.reach is reach) for reach in Reach}


def _found(rules: Iterable[Rule], reading: Reading) -> Iterator[Diagnostic]:
    return (diagnostic(rule, finding) for rule in rules for finding in rule.check(reading))


def _hold(mark: Mark) -> Held:
    """A mark that stands where it stands, in no cell."""
    return Held(mark, 0)


class _Turns(Sequence[Turn]):
    """All turns, read only when one is looked at."""

    def __init__(self, splice: Splice) -> None:
        self._splice = splice

    def __len__(self) -> int:
        return len(self._splice.parsed.scenario.turns)

    @overload
    def __getitem__(self, place: int) -> Turn: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Turn]: ...

    def __getitem__(self, place: int | slice) -> Turn | Sequence[Turn]:
        return self._splice.parsed.scenario.turns[place]

    def __iter__(self) -> Iterator[Turn]:
        return iter(self._splice.parsed.scenario.turns)


def _alike(one: Cast, other: Cast) -> bool:
    """Whether two casts are the same but for where their sheets stand."""
    return (
        one.player == other.player
        and len(one.party) == len(other.party)
        and all(_placeless(mine) == _placeless(theirs) for mine, theirs in zip(one.party, other.party, strict=True))
    )


def _placeless(character: Character) -> Character:
    spans = dict.fromkeys(character.field_spans, _SPAN)
    return replace(character, span=_SPAN, field_spans=spans)
