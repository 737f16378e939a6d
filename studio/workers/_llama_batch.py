"""Owns answering many prompts at once: what stands in the cache of them is not read again, whether a prompt goes on
from one answered before or begins like another, and all decode in one batch. Knows no chat."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from studio.workers._continuing import Asked, Generated, common_prefix
from studio.workers._llama_grammar import Grammar
from studio.workers._llama_lanes import Lane
from studio.workers._llama_model import KEPT, LlamaModel


@dataclass(slots=True, eq=False)
class _Answer:
    """One prompt while it is answered.

    `source` is the lane whose beginning it shares, which `stands` already or is read for another prompt of the group;
    `aside` is what comes back for it.
    """

    index: int
    asked: Asked
    room: int
    lane: Lane
    reused: int = 0
    source: Lane | None = None
    stands: bool = False
    aside: tuple[int, ...] = ()
    grammar: Grammar | None = None
    ids: list[int] = field(default_factory=list)
    stop: str | None = None
    first: float = 0.0
    seconds: float = 0.0

    @property
    def prompt(self) -> Sequence[int]:
        return self.asked.prompt


def answer_many(
    model: LlamaModel, asked: Sequence[Asked], stops: frozenset[int], told: Callable[[], None]
) -> list[Generated]:
    """Greedy continuations in their order; the same tokens as one by one, up to rounding. `told` after each batch."""
    for one in asked:
        model.check_room(len(one.prompt) + 1)
    model.cut(0)
    results: dict[int, Generated] = {}
    order = sorted(range(len(asked)), key=lambda i: list(asked[i].prompt))
    try:
        while order:
            group = _Group(model, asked, order, stops, told)
            order = order[len(group.answers) :]
            for answer in group.run():
                results[answer.index] = Generated(
                    answer.ids,
                    answer.stop or "length",
                    len(answer.prompt),
                    answer.reused,
                    answer.first,
                    answer.seconds,
                )
    except BaseException:
        model.forget()  # what the lanes hold after a stop or an error is not known
        raise
    return [results[i] for i in range(len(asked))]


class _Group:
    """As many prompts as lanes and cells allow, from the front of an order in which neighbours begin alike."""

    def __init__(
        self,
        model: LlamaModel,
        asked: Sequence[Asked],
        order: Sequence[int],
        stops: frozenset[int],
        told: Callable[[], None],
    ) -> None:
        self.model, self.lanes, self.stops, self.told = model, model.lanes, stops, told
        self.started = time.perf_counter()
        self.answers: list[_Answer] = []
        self._base = self._shared([asked[i].prompt for i in order[: len(self.lanes.all)]])
        self._plan(asked, order)

    def _shared(self, prompts: list[Sequence[int]]) -> Lane:
        """The kept sequence with what prompts of a model that cannot rewind share: it can be copied only whole."""
        kept = Lane(KEPT)
        if self.model.rewinds or len(prompts) < 2:
            return kept
        longest = max(prompts, key=len)
        length = max(common_prefix(longest, other) for other in prompts if other is not longest)
        if length > 1:
            self.model.prepare(longest[:length], 0)
            self.lanes.grow(kept, longest[:length])
        return kept

    def _plan(self, asked: Sequence[Asked], order: Sequence[int]) -> None:
        """Gives each prompt a lane; ends where one has none, or where the cells would not do."""
        goes_on = self._continued(asked, order)
        free = [lane for lane in self.lanes.all if lane not in goes_on.values()]
        held: set[int] = set()
        needed = len(self._base.ids)
        for index in islice(order, len(self.lanes.all)):
            one = self._placed(index, asked[index], goes_on.get(index), free)
            cells = {*self._standing(one)}
            own = (max(len(one.prompt), len(one.aside)) if one.aside else len(one.prompt) - one.reused) + one.room
            if self.answers and len(held | cells) + needed + own > self.model.context_size:
                return
            if one.lane in free:
                free.remove(one.lane)
            held, needed = held | cells, needed + own
            self.answers.append(one)

    @staticmethod
    def _standing(one: _Answer) -> list[int]:
        """The cells that stand already of what a prompt takes over."""
        if one.source is None and not one.aside:
            return one.lane.cells[: one.reused]
        return one.source.cells[: one.reused] if one.source is not None and one.stands else []

    def _continued(self, asked: Sequence[Asked], order: Sequence[int]) -> dict[int, Lane]:
        """The lanes whose talk a prompt goes on with, each for the prompt that takes over most."""
        first = order[: len(self.lanes.all)]
        pairs = [(self.lanes.goes_on(lane, asked[i].prompt), i, lane) for i in first for lane in self.lanes.all]
        found: dict[int, Lane] = {}
        taken: list[Lane] = []
        for reused, index, lane in sorted(pairs, key=lambda pair: -pair[0]):
            if reused and index not in found and lane not in taken:
                found[index] = lane
                taken.append(lane)
        return found

    def _placed(self, index: int, asked: Asked, lane: Lane | None, free: list[Lane]) -> _Answer:
        prompt, room = asked.prompt, min(asked.max_tokens, self.model.context_size - len(asked.prompt))
        if lane is not None:
            return _Answer(index, asked, room, lane, self.lanes.reusable(lane.ids, prompt))
        shared, source, stands = max(self._sources(prompt, free), key=lambda one: one[0])
        lane = min(free, key=lambda one: (one is source, bool(one.ids), one.used))
        aside, known = self.lanes.put_aside(prompt)
        if known > shared:
            return _Answer(index, asked, room, lane, known, aside=aside)
        return _Answer(index, asked, room, lane, shared, source if shared and source is not lane else None, stands)

    def _sources(self, prompt: Sequence[int], free: list[Lane]) -> Iterator[tuple[int, Lane, bool]]:
        """How much of a prompt could be shared with each lane, and whether that stands there already."""
        yield self.lanes.reusable(self._base.ids, prompt), self._base, True
        if not self.model.rewinds:
            return
        for lane in free:
            yield self.lanes.reusable(lane.ids, prompt), lane, True
        for one in self.answers:
            yield self.lanes.reusable(one.prompt, prompt), one.lane, False

    def run(self) -> list[_Answer]:
        """Answers them all."""
        try:
            self._clear()
            for part in self._parts():
                self._read(part)
            active = [one for one in self.answers if one.stop is None]
            while active:
                self._step(active)
                active = [one for one in active if one.stop is None]
        finally:
            for one in self.answers:
                if one.grammar is not None:
                    one.grammar.close()
        return self.answers

    def _clear(self) -> None:
        """Empties the lanes that get another talk, brings back what was put aside, and sees to free cells."""
        lanes = [one.lane for one in self.answers]
        for one in self.answers:
            self.lanes.begin(one.lane)
            own = one.source is None and not one.aside
            self.lanes.take_over(one.lane, one.reused if own else 0)
            if one.source is not None and one.stands:  # at once: the next may empty that lane
                self.lanes.copy(one.source, one.lane, one.reused)
            if one.asked.grammar is not None:
                one.grammar = Grammar(self.model.vocab, one.asked.grammar)
        fresh = sum(
            max(len(one.prompt), len(one.aside)) - one.reused * (not one.aside) + one.room for one in self.answers
        )
        self.lanes.make_room(fresh + len(self._base.ids), self.model.context_size, lanes)
        for one in self.answers:
            if one.aside:
                one.reused = self.lanes.restore(one.lane, one.aside, one.reused)

    def _parts(self) -> Iterator[list[_Answer]]:
        """The prompts in parts that can be read together: none shares what another of its part is yet to read."""
        part: list[_Answer] = []
        for one in self.answers:
            if not one.stands and any(one.source is other.lane for other in part):
                yield part
                part = []
            part.append(one)
        yield part

    def _read(self, part: list[_Answer]) -> None:
        rows: list[tuple[int, int, int, bool]] = []
        ends: dict[int, _Answer] = {}
        for one in part:
            if one.source is not None and not one.stands:
                self.lanes.copy(one.source, one.lane, one.reused)
            rest = one.prompt[one.reused :]
            last = len(one.prompt) - 1
            rows += [(id_, place, one.lane.sequence, place == last) for place, id_ in enumerate(rest, one.reused)]
            ends[len(rows) - 1] = one
            self.lanes.grow(one.lane, rest)
            one.lane.asked = len(one.prompt)
        for start in range(0, len(rows), self.model.batch_size):
            batch = rows[start : start + self.model.batch_size]
            self.model.decode(batch)
            self.told()
            for place in range(start, start + len(batch)):
                if place in ends:
                    self._take(ends[place], place - start)

    def _step(self, active: list[_Answer]) -> None:
        """One token more for each."""
        self.model.decode([(one.ids[-1], len(one.lane.ids), one.lane.sequence, True) for one in active])
        self.told()
        for row, one in enumerate(active):
            self.lanes.grow(one.lane, one.ids[-1:])
            self._take(one, row)

    def _take(self, one: _Answer, row: int) -> None:
        logits = self.model.logits(row)
        token = int(logits.argmax()) if one.grammar is None else one.grammar.likeliest(logits)
        one.seconds = time.perf_counter() - self.started
        one.first = one.first or one.seconds
        if self.model.ends_generation(token) or token in self.stops:
            one.stop = "end"
            return
        one.ids.append(token)
        if len(one.ids) >= one.asked.max_tokens:
            one.stop = "length"
        elif len(one.ids) >= one.room:
            one.stop = "context"
