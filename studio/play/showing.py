"""Owns what a session shows its model: the messages of the path, and how much of it fits. Asks lengths, no answers."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from studio.chat import Message
from studio.errors import InputError
from studio.inference.engine import Ask, Engine, Generation, Sampling
from studio.language import N_
from studio.play.context import Seen, message_of, system_of
from studio.play.fitting import ContextFull, cuts, likely
from studio.play.records import Event, Node, Summary
from studio.play.summarising import MOST_TOKENS
from studio.play.written import Written

_AROUND = 32
"""Tokens that a template puts around a turn, at most."""


class NoEngine(InputError):
    """A session was asked to go on and no model is loaded."""

    sentence = N_("No model is loaded, so nobody narrates. Choose one and go on; the session is as it was.")


@dataclass(frozen=True, slots=True)
class _Fit:
    """What was found to fit: up to which turn, how many turns were left out, how many tokens it took."""

    tip: int | None
    cut: int
    used: int


@dataclass(slots=True, kw_only=True)
class Showing(Written):
    """A session with a model that is shown its turns.

    `when_full` says what comes in place of turns that the context no longer holds: nothing, or a summary by the model.
    `left_out` is how many turns of the path it was not shown when it was asked last.
    """

    engine: Engine | None = None
    sampling: Sampling = field(default_factory=Sampling)
    when_full: Literal["drop", "summary"] = "drop"
    context_used: int = 0
    left_out: int = 0
    _fit: _Fit | None = None

    def messages(self) -> tuple[Message, ...]:
        """SYSTEM and all turns of the current path."""
        return self._messages(self.path(), 0)

    def seen(self) -> Seen:
        """What the model no longer sees of the current path, as it was asked last."""
        path = self.path()
        dropped = path[: self.left_out]
        return Seen(frozenset(node.id for node in dropped), self._summary(path, len(dropped)))

    async def look(self) -> Seen:
        """What the model would not see if it were asked now, and how full its context is: for one just opened."""
        with contextlib.suppress(ContextFull):
            messages, self.left_out = await self._shown(self.path(), self.state().opening)
            self.context_used = await self._engine.length(Ask(messages))
        return self.seen()

    @property
    def _engine(self) -> Engine:
        if self.engine is None:
            raise NoEngine
        return self.engine

    @property
    def _reserve(self) -> int:
        """Tokens of the context that are kept for the answer."""
        return max(1, min(self.sampling.max_tokens, self._engine.card.context // 2))

    def _took(self, generation: Generation, tip: int) -> None:
        if not generation.prompt_tokens:  # an address that does not tell: what fits is counted each time
            self._fit = None
            return
        new = len(generation.ids) or len(generation.text.encode())
        self.context_used = generation.prompt_tokens + new
        self._fit = _Fit(tip, self.left_out, self.context_used)

    def _messages(self, path: Sequence[Node], cut: int) -> tuple[Message, ...]:
        """What the model reads of a path from which the first `cut` turns are left out."""
        party = self._state(path[cut].parent).party if cut else None
        turns = (message_of(one, i, own=one.model == self._writer) for i, one in enumerate(path) if i >= cut)
        return (*system_of(self.scenario, party, self._summary(path, cut)), *turns)

    def _summary(self, path: Sequence[Node], cut: int) -> str | None:
        return self.tree.summaries.get(path[cut - 1].id) if cut and self.when_full == "summary" else None

    async def _shown(self, path: Sequence[Node], opening: str) -> tuple[tuple[Message, ...], int]:
        """What fits of a path, and how many turns are left out for that; raises ContextFull."""
        room = self._engine.card.context - self._reserve
        if self._fits_for_sure(path, opening, room):
            cut = self._fit.cut if self._fit is not None else 0
            return self._messages(path, cut), cut
        found = cuts(path, room)
        at, sizes = likely(path, found, room), dict[int, int]()

        async def fits(place: int) -> bool:
            kept = MOST_TOKENS if found[place] and self.when_full == "summary" else 0
            ask = Ask(self._messages(path, found[place]), opening)
            sizes[place] = await self._engine.length(ask)
            return sizes[place] + (kept if self._summary(path, found[place]) is None else 0) <= room

        while not await fits(at):
            at += 1
            if at == len(found):
                raise ContextFull(needed=sizes[at - 1] + self._reserve, context=self._engine.card.context)
        while at and at - 1 not in sizes and await fits(at - 1):
            at -= 1
        return self._messages(path, found[at]), found[at]

    def _fits_for_sure(self, path: Sequence[Node], opening: str, room: int) -> bool:
        """Whether no token need be counted: what was asked last fitted, and what came since is short."""
        if self._fit is None:
            return False
        place = next((i for i in range(len(path) - 1, -1, -1) if path[i].id == self._fit.tip), None)
        if place is None:
            return False
        new = sum(len(node.content.encode()) + _AROUND for node in path[place + 1 :])
        return self._fit.used + new + len(opening.encode()) + _AROUND <= room

    def _record(self, event: Event) -> None:
        super(Showing, self)._record(event)
        if not isinstance(event, Node | Summary):
            self._fit = None
