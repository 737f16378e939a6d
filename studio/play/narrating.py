"""Owns what a session's narrator answers: how it is asked, with which words its answer is drawn, and how it serves.

Knows neither how a person's wishes come in nor where the session is opened from.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from studio.inference.engine import Ask, Engine, Generation, Halted, Sampling
from studio.inference.errors import NoTemplate
from studio.inference.tool_grammar import grammar
from studio.play.book import clean
from studio.play.dialogue import Dialogue
from studio.play.events import Advised, Listener, Phase, Wrote
from studio.play.health import WINDOW, Faults, Health, free_memory
from studio.play.records import Node, Summary
from studio.play.showing import Showing
from studio.play.summarising import asking
from studio.scenario.vocabulary import Vocabulary

AGAIN = 0.8
"""The temperature of another try where the usual one is 0, which would only say the same."""


@dataclass(slots=True, kw_only=True)
class Narration(Showing, Dialogue):
    """A session whose narrator can be asked. `grammar` holds it to calls that cannot be malformed."""

    grammar: bool = False
    health: Health = field(default_factory=Health)

    @property
    def faults(self) -> Faults:
        """The narrator's calls in the last turns of the model that writes now, and how many were no good."""
        spoken = [node for node in self.path() if node.kind == "DM" and not node.told and not node.ruled]
        spoken = [node for node in spoken if node.model == self._writer]
        return Faults.of(self.state(node.id).deeds for node in spoken[-WINDOW:])

    async def _narrate(self, listen: Listener) -> None:
        await super(Narration, self)._narrate(listen)
        for advice in self.health.advice(self.faults, free_memory()):
            listen(Advised(advice.kind, advice.sentence))

    async def _reply(self, listen: Listener, *, fresh: bool) -> None:
        """One turn of the narrator; what it wrote until it was stopped is kept, and Halted goes on."""
        opening, place = self.state().opening, self.tip
        try:
            generation = await self._answer(place, opening, listen)
        except Halted as halted:
            if clean(opening + halted.written.text).strip():
                self._took(halted.written, self._stand(halted.written, opening, listen, fresh=fresh))
            raise
        self._took(generation, self._stand(generation, opening, listen, fresh=fresh))

    def _took(self, generation: Generation, tip: int) -> None:
        super(Narration, self)._took(generation, tip)
        self.health.wrote(generation.tokens_per_second)

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


def check_engine(engine: Engine) -> None:
    """Raises NoTemplate where a model cannot be spoken to."""
    if engine.card.template is None and engine.card.kind != "remote":
        raise NoTemplate(name=engine.card.name)
