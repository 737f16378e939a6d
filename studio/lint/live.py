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
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path
from typing import overload

from studio.lint.diagnostics import Cast, Diagnostic, Reach, Reading
from studio.lint.felt import changed_skills, naming
from studio.lint.marks import Change, Delta, Held, Mark
from studio.lint.near import Near, found
from studio.lint.replay import Replay
from studio.lint.selection import Selection
from studio.lint.silences import Silences
from studio.lint.stand_ins import Outline
from studio.lint.table import FINDINGS_LIMIT, TABLE
from studio.lint.unfolding import Unfolding
from studio.scenario import Character, Parsed, Span, Speaker, ToolTable, Turn, Vocabulary
from studio.scenario.lines import newline_of
from studio.scenario.splice import Cell, Snapshot, Splice

TURNS_AT_ONCE = 40
"""How many turns an edit looks at before the rest is left to `settle`."""

_BEHIND_A_HEAD = 5
"""So many where front matter or SYSTEM was read again, which takes its own time."""

_NOWHERE = Span(0, 0)


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
        self._vocabulary = vocabulary if vocabulary is not None else Vocabulary.shipped()
        silent = selection.silent(TABLE, path) if selection is not None else frozenset()
        spoken = [rule for rule in TABLE.values() if rule.code not in silent]
        self._rules = {reach: tuple(rule for rule in spoken if rule.reach is reach) for reach in Reach}
        near = tuple(rule for rule in spoken if rule.reach in (Reach.REPORT, Reach.TURN, Reach.ECHO))
        story = frozenset(rule.code for rule in self._rules[Reach.STORY])
        self._splice = Splice(text, path=path, tools=tools)
        self._silences = Silences(self._splice)
        self._cast = self._cast_now()
        self._near = Near(self._splice, near, self._silences, self._cast)
        self._story = Unfolding(self._splice, story, self._silences, self._replay_now())
        self._stand_ins = Outline(self._splice.cells, self._sort)
        self._newline = newline_of(text)
        self._head: tuple[Held, ...] = ()
        self._outline: tuple[Held, ...] = ()
        self._whole: tuple[Held, ...] = ()
        self._whole_due = bool(self._rules[Reach.WHOLE])
        self._totals: Counter[str] = Counter()
        self._over: dict[str, set[int]] = {}  # what is shown of a code that is found more often than is shown
        self._keys = count(1)
        delta = Delta(self._totals, self._keys)
        self._check_head(delta)
        self._check_outline(delta)
        self._work(delta, None)

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
        return bool(self._near.due or self._story.due or self._whole_due)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What is shown, in the order of the text; what is pending is finished first, and told by no `Changes`."""
        self.settle(None)
        shown = [held.placed(start) for held, start in self._all() if self._is_shown(held.mark)]
        shown.sort(key=lambda mark: (mark.diagnostic.span.start, mark.diagnostic.span.end, mark.diagnostic.code))
        return tuple(shown)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is to be mended, equal to `check` of the whole."""
        return tuple(mark.diagnostic for mark in self.marks)

    # -- edits --------------------------------------------------------------------------------------

    def edit(self, start: int, removed: int, inserted: str, *, defer: bool = False) -> Changes:
        """Replaces `removed` code points at `start`. With `defer`, what takes long is left to `settle`."""
        change = Change(start, removed, len(inserted))
        delta = Delta(self._totals, self._keys, change)
        done = self._splice.edit(start, removed, inserted)
        silences, everywhere = self._silences.follow(done)
        self._whole_due = bool(self._rules[Reach.WHOLE])
        self._whole = tuple(self._loosened(change, delta))
        self._near.follow(done, delta)
        self._story.follow(done, delta)
        if done.head or everywhere:
            delta.retire_old(held.mark for held in self._head)
            self._check_head(delta)
        elif any(change.pushes(held.mark.diagnostic.span) for held in self._head):
            delta.retire(held.mark for held in self._head)
            self._head = tuple(_hold(delta.show(held.mark.diagnostic)) for held in self._head)
        self._turn_to(self._cast_now() if done.head else self._cast, anew=everywhere)
        delta.retire_old(held.mark for held in self._outline)
        if self._stand_ins.follow(done) or done.head or silences:
            self._check_outline(delta)
        else:
            after = (change.of(held.mark.diagnostic) for held in self._outline)
            self._outline = tuple(_hold(delta.show(one)) for one in after if one is not None)
        at_once = _BEHIND_A_HEAD if done.head else TURNS_AT_ONCE
        self._work(delta, at_once if defer else None)
        return self._told(delta, change)

    def settle(self, turns: int | None = TURNS_AT_ONCE) -> Changes:
        """Goes on with what is pending, for so many turns; to its end where it is None."""
        delta = Delta(self._totals, self._keys)
        if self.pending:
            self._work(delta, turns)
        return self._told(delta, Change(0, 0, 0))

    def _told(self, delta: Delta, change: Change) -> Changes:
        gone, new = tuple(delta.gone), tuple(delta.new.values())
        return Changes(change.start, change.removed, change.inserted, gone, new, self.pending)

    def _loosened(self, change: Change, delta: Delta) -> Iterator[Held]:
        """What rests on the whole text moves with it and has no fix until it is checked again."""
        for held in self._whole:
            span = change.of_span(held.mark.diagnostic.span)
            if span is None:
                delta.retire((held.mark,))
            else:
                yield _hold(Mark(held.mark.key, replace(held.mark.diagnostic, span=span, fix=None)))

    def _turn_to(self, cast: Cast, *, anew: bool) -> None:
        """Has the turns checked by what SYSTEM says now; only what it bears on is due."""
        newline, self._newline = self._newline, newline_of(self.text)
        before, self._cast, self._near.cast = self._cast, cast, cast
        skills = changed_skills(before, cast) if not anew and newline == self._newline else None
        if skills is not None:
            self._feel(skills)
            return
        if anew or not _alike(cast, before, _sheet):
            self._story.restart(self._replay_now())
        if anew or newline != self._newline or not _alike(cast, before, _seen_by_turns):
            self._near.due.add(self._splice.cells, 0)

    def _feel(self, skills: frozenset[str]) -> None:
        """Has the turns checked that name a skill which a sheet lists otherwise now; the others cannot feel it."""
        if skills:
            felt = list(naming(skills, self._splice.cells))
            self._near.due.add(felt, 0)
            self._story.seat(self._replay_now(), felt)

    # -- the parts of a check -----------------------------------------------------------------------

    def _cast_now(self) -> Cast:
        return Cast(self._splice.part(()).scenario, self._vocabulary)

    def _replay_now(self) -> Replay:
        return Replay.of(Reading(self._splice.part(()), self._vocabulary, cast=self._cast))

    def _check_head(self, delta: Delta) -> None:
        reading = Reading(self._splice.head_part(), self._vocabulary)
        self._head = self._shown((Reach.REPORT, Reach.HEAD), reading, delta)

    def _check_outline(self, delta: Delta) -> None:
        reading = Reading(self._splice.part(self._stand_ins.places), self._vocabulary, cast=self._cast)
        self._outline = self._shown((Reach.OUTLINE,), reading, delta)

    def _check_whole(self, delta: Delta) -> None:
        self._whole_due = False
        delta.retire(held.mark for held in self._whole)
        reading = Reading(self._splice.part(()), self._vocabulary, cast=self._cast, turns=_Turns(self._splice))
        self._whole = self._shown((Reach.WHOLE,), reading, delta)

    def _shown(self, reaches: Iterable[Reach], reading: Reading, delta: Delta) -> tuple[Held, ...]:
        """Shows what rules find and no comment silences."""
        ones = found((rule for reach in reaches for rule in self._rules[reach]), reading)
        hide = self._silences.hide
        return tuple(_hold(delta.show(one)) for one in ones if not hide(one.code, one.span.start))

    def _sort(self, cell: Cell) -> Hashable:
        """What a check of which blocks there are sees of one."""
        if cell.speaker is not Speaker.DM:
            return cell.block.kind, cell.speaker, cell.system
        calls = bool(cell.calls(self._splice.tools, self._splice.head.names))
        opens = next((word for word in self._vocabulary.outcomes[:2] if cell.words.startswith(word)), None)
        return calls, opens

    def _work(self, delta: Delta, turns: int | None) -> None:
        """Checks what is pending, up to so many turns of each sort."""
        self._near.go_on(turns, delta)
        self._story.go_on(turns, delta)
        if self._whole_due and not self._near.due and not self._story.due:
            self._check_whole(delta)
        self._limit(delta)

    # -- what is shown ------------------------------------------------------------------------------

    def _all(self) -> Iterator[tuple[Held, int]]:
        """Every mark with where its cell starts, those of one code in the order in which a whole check finds them."""
        start = 0
        for cell in self._splice.cells:
            for held in (*self._near.held(cell), *self._story.held(cell)):
                yield held, start
            start += cell.length
        yield from ((held, 0) for held in (*self._head, *self._outline, *self._whole))

    def _is_shown(self, mark: Mark) -> bool:
        over = self._over.get(mark.diagnostic.code)
        return over is None or mark.key in over

    def _limit(self, delta: Delta) -> None:
        """Shows no more of one code than a whole check tells."""
        codes = {code for code, total in self._totals.items() if total > FINDINGS_LIMIT} | set(self._over)
        if not codes:
            return
        marks: dict[str, dict[int, tuple[Held, int]]] = {code: {} for code in codes}
        ample = {code for code in codes & set(self._over) if self._totals[code] > FINDINGS_LIMIT}
        for held, start in self._all():  # of a code that stays ample no more is asked than is shown
            here = marks.get(held.mark.diagnostic.code)
            if here is None:
                continue
            here[held.mark.key] = held, start
            if len(here) == FINDINGS_LIMIT and held.mark.diagnostic.code in ample:
                codes.discard(held.mark.diagnostic.code)
                if not codes:
                    break
        for code, here in marks.items():
            self._limit_one(code, here, delta)

    def _limit_one(self, code: str, here: dict[int, tuple[Held, int]], delta: Delta) -> None:
        """Puts right what a change says of a code of which there are too many, or were."""
        came = {key for key, mark in delta.new.items() if mark.diagnostic.code == code}
        went = {key for key, gone in delta.gone.items() if gone == code}
        before = self._over.get(code) or (set(here) - came) | went
        now = set(islice(here, FINDINGS_LIMIT))
        for key in came:
            del delta.new[key]
        for key in went:
            del delta.gone[key]
        delta.gone.update(dict.fromkeys(before - now, code))
        for key in now - before:
            held, start = here[key]
            delta.new[key] = held.placed(start)
        if self._totals[code] > FINDINGS_LIMIT:
            self._over[code] = now
        else:
            self._over.pop(code, None)


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


def _alike(one: Cast, other: Cast, seen: Callable[[Character], Hashable | Character]) -> bool:
    """Whether two casts are the same as far as one looks at their sheets."""
    return one.player == other.player and list(map(seen, one.party)) == list(map(seen, other.party))


def _sheet(character: Character) -> Character:
    """All of a sheet but where it stands."""
    return replace(character, span=_NOWHERE, field_spans=dict.fromkeys(character.field_spans, _NOWHERE))


def _seen_by_turns(character: Character) -> Hashable:
    """What a check of `Reach.TURN` may look at on a sheet."""
    return character.name, character.kind, tuple(character.skills.items()), tuple(character.field_spans)
