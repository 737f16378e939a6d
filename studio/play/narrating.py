"""Owns the narrator's part of a session: what the model is asked, what it answers, and the loop of calls between.

Knows neither how a person's wishes come in nor where the session is opened from.
"""

import contextlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from studio.chat import Message
from studio.errors import InputError
from studio.inference.engine import Ask, Engine, Generation, Halted, Sampling
from studio.inference.errors import NoTemplate
from studio.inference.tool_grammar import grammar
from studio.language import N_
from studio.play.book import Book, Busy, clean
from studio.play.context import ContextFull, Seen, cuts, likely, message_of, system_of
from studio.play.events import Advised, Listener, Phase, Stopped, TurnAdded, Wrote
from studio.play.health import WINDOW, Faults, Health, free_memory
from studio.play.records import Event, Node, Summary
from studio.play.summarising import MOST_TOKENS, asking
from studio.scenario.vocabulary import Vocabulary

AGAIN = 0.8
"""The temperature of another try where the usual one is 0, which would only say the same."""

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
class Narration(Book):
    """A session whose narrator can be asked. `grammar` holds it to calls that cannot be malformed.

    `when_full` says what comes in place of turns that the context no longer holds: nothing, or a summary by the model.
    """

    engine: Engine | None = None
    sampling: Sampling = field(default_factory=Sampling)
    grammar: bool = False
    when_full: Literal["drop", "summary"] = "drop"
    context_used: int = 0
    left_out: int = 0
    health: Health = field(default_factory=Health)
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
        """What the model would not see if it were asked now: a session that was just opened is looked at so."""
        with contextlib.suppress(ContextFull):
            _messages, self.left_out = await self._shown(self.path(), self.state().opening)
        return self.seen()

    @contextlib.contextmanager
    def _at_work(self) -> Iterator[None]:
        """While the narrator is asked, nothing else may change the session; raises Busy."""
        if self._busy:
            raise Busy
        self._busy = True
        try:
            yield
        finally:
            self._busy = False

    @property
    def faults(self) -> Faults:
        """The narrator's calls in its last turns, and how many were no good."""
        spoken = [node for node in self.path() if node.kind == "DM" and not node.told and not node.ruled]
        return Faults.of(self.state(node.id).deeds for node in spoken[-WINDOW:])

    async def _narrate(self, listen: Listener) -> None:
        """The narrator's turns until it is the player's, and what is to be said of how it serves."""
        await self._loop(listen)
        for advice in self.health.advice(self.faults, free_memory()):
            listen(Advised(advice.kind, advice.sentence))

    async def _loop(self, listen: Listener) -> None:
        """The narrator's turns and the results of their calls, until it is the player's turn or the loop is stopped."""
        self._tell_results(listen)
        fresh = self.state().loop.over
        while True:
            await self._reply(listen, fresh=fresh)
            if not self.state().waiting:
                return
            self._tell_results(listen)
            loop, fresh = self.state().loop, False
            if loop.over:
                name, words = loop.alike or ("", ())
                listen(Stopped(len(loop.calls), " ".join([name, *words])))
                return

    async def _reply(self, listen: Listener, *, fresh: bool) -> None:
        """One turn of the narrator; what it wrote until it was stopped is kept, and Halted goes on."""
        opening, place = self.state().opening, self.tip
        try:
            generation = await self._answer(place, opening, listen)
        except Halted as halted:
            if clean(opening + halted.written.text).strip():
                self._stand(halted.written, opening, listen, fresh=fresh)
            raise
        self._stand(generation, opening, listen, fresh=fresh)

    def _stand(self, generation: Generation, opening: str, listen: Listener, *, fresh: bool) -> None:
        written = clean(opening + generation.text).strip()
        text = self.story.told(self.state(), written)
        node = self._turn(
            "DM",
            text,
            ids=(*generation.opened, *generation.ids) or None if text == written else None,
            forced=opening,
            model=self._writer,
            fresh=fresh,
            stop=stop_of(generation),
        )
        self._record(node)
        listen(TurnAdded(node, generation))
        self._took(generation, node.id)
        self.health.wrote(generation.tokens_per_second)
        for deed in self.state().deeds:
            listen(deed)

    @property
    def _writer(self) -> str | None:
        """The model that writes, where it is not the header's."""
        return None if self.model == self.header.model else self.model

    async def _answer(self, after: int | None, opening: str, listen: Listener) -> Generation:
        """What the model says after a turn; raises NoEngine, ContextFull, Halted, or what the engine raises."""
        engine = self._engine
        path = self._turns(after)
        if self.when_full == "summary":
            await self._summarise(path, opening, listen)
        messages, self.left_out = await self._shown(path, opening)
        held = self.sampling.grammar or (self._grammar() if self.grammar and engine.card.grammars else None)
        ask = Ask(messages, opening, self._reserve, held)
        listen(Phase("reading"))
        if opening:
            listen(Wrote(opening))
        writing = False

        def read(done: int, of: int) -> None:
            listen(Phase("reading", done, of))

        def wrote(text: str) -> None:
            nonlocal writing
            if not writing:
                writing = True
                listen(Phase("writing"))
            listen(Wrote(text))

        return await engine.answer(ask, self._drawn(after), wrote, read)

    @property
    def _engine(self) -> Engine:
        if self.engine is None:
            raise NoEngine
        return self.engine

    @property
    def _reserve(self) -> int:
        """Tokens of the context that are kept for the answer."""
        return max(1, min(self.sampling.max_tokens, self._engine.card.context // 2))

    def _grammar(self) -> str:
        rules = self.rules
        outcomes = (rules.outcomes.success, rules.outcomes.failure)
        words = Vocabulary(rules.skills, rules.conditions, rules.uncontested, outcomes, rules.die, rules.default_dc)
        return grammar(self.tools, words, self.party.names)

    def _drawn(self, after: int | None) -> Sampling:
        """How the next answer is drawn: each place and each try there has a seed of its own."""
        tried = sum(self.nodes[one].kind == "DM" for one in self.tree.children(after))
        seed = random.Random(f"{self.sampling.seed}/{self._state(after).place}/{tried}").getrandbits(31)
        if self.sampling.temperature == 0 and tried:
            return replace(self.sampling, temperature=AGAIN, seed=seed)
        return replace(self.sampling, seed=seed) if self.sampling.temperature > 0 else self.sampling

    def _took(self, generation: Generation, tip: int) -> None:
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

    async def _summarise(self, path: Sequence[Node], opening: str, listen: Listener) -> None:
        """Lets the model sum up the turns that it is about to lose sight of, once."""
        _messages, cut = await self._shown(path, opening)
        if not cut or self._summary(path, cut) is not None:
            return
        listen(Phase("reading"))
        ask = await asking(self._engine, path[:cut], self.tree.summaries)
        told = await self._engine.answer(ask, Sampling(max_tokens=ask.max_tokens))
        if text := clean(told.text).strip():
            self._record(Summary(node=path[cut - 1].id, text=text))

    def _record(self, event: Event) -> None:
        super(Narration, self)._record(event)
        if not isinstance(event, Node | Summary):
            self._fit = None


def check_engine(engine: Engine) -> None:
    """Raises NoTemplate where a model cannot be spoken to."""
    if engine.card.template is None and engine.card.kind != "remote":
        raise NoTemplate(name=engine.card.name)


def stop_of(generation: Generation) -> str:
    """Why a model ended, where not by itself; `nothing` where it said nothing at all."""
    if not generation.text.strip():
        return "nothing"
    return "" if generation.stop == "end" else generation.stop
