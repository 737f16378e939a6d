"""Owns a session: a tree of turns on a scenario, in which the model narrates and the rules decide.

The dice, the sheets and the tree live here, with the caller; the engine only continues tokens, so that its crash
loses nothing. A die belongs to its place in the story: the same seed, depth and call give the same face, whatever
was tried there before.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path

from studio.chat import ChatTemplate, Message
from studio.chat.messages import message_of
from studio.errors import InputError
from studio.inference.asking import encoded
from studio.inference.engine import Engine, Generation
from studio.inference.errors import NoTemplate
from studio.inference.records import Node, SessionFile, SessionHeader
from studio.inference.sampling import Sampling
from studio.language import N_, _
from studio.rules import Party, Resolution, Rules, resolve
from studio.rules.errors import CallRefused
from studio.rules.resolve import as_written, outcome_word
from studio.scenario.calls import find_calls
from studio.scenario.model import Scenario, Span, Speaker, ToolCall, Turn
from studio.scenario.tools import ToolTable

MOST_CALLS = 8
"""Calls a turn of the player may lead to before the narrator is stopped."""


class ContextFull(InputError):
    """SYSTEM and the last turn alone do not fit the model's context."""

    sentence = N_("SYSTEM and the last turn need {needed} tokens; the model holds {context}. Shorten SYSTEM.")


@dataclass(frozen=True, slots=True)
class Wrote:
    """A stretch of the narrator's text, as it comes."""

    text: str


@dataclass(frozen=True, slots=True)
class TurnAdded:
    """A turn that now stands; `generation` for the narrator's, `resolution` for a roll's result."""

    node: Node
    generation: Generation | None = None
    resolution: Resolution | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """A call that was carried out."""

    resolution: Resolution


@dataclass(frozen=True, slots=True)
class Refused:
    """A call that stays text, and why."""

    call: ToolCall
    reason: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The narrator was stopped after too many calls."""

    calls: int


PlayEvent = Wrote | TurnAdded | Applied | Refused | Stopped
Listener = Callable[[PlayEvent], None]


@dataclass(frozen=True, slots=True)
class _State:
    """What holds after a turn: the sheets, and the word that must open the next one."""

    party: Party
    opening: str = ""


@dataclass(slots=True)
class Session:
    """A play of one scenario. `tip` is the turn that the next one follows; `swapped` the model where not the first."""

    scenario: Scenario
    engine: Engine
    seed: int
    rules: Rules = field(default_factory=Rules.shipped)
    tools: ToolTable = field(default_factory=ToolTable.shipped)
    sampling: Sampling = field(default_factory=Sampling)
    file: SessionFile | None = None
    nodes: dict[int, Node] = field(default_factory=dict)
    tip: int | None = None
    told: frozenset[int] = frozenset()
    swapped: str | None = None
    left_out: int = 0
    context_used: int = 0
    _states: dict[int | None, _State] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.engine.card.template is None:
            raise NoTemplate(name=self.engine.card.name)
        members = self.scenario.system.party if self.scenario.system else ()
        self._states[None] = _State(Party.of(members))

    @property
    def party(self) -> Party:
        """The sheets as they stand."""
        return self._states[self.tip].party

    @property
    def template(self) -> ChatTemplate:
        """The model's chat template."""
        return self.engine.card.chat

    def go_on_with(self, engine: Engine, model: str) -> None:
        """Another engine writes from here on, with the model of this SHA-256.

        Where that is another model than wrote so far, the turns lose their token ids, which mean nothing to it.
        """
        first = self.file.header.model if self.file is not None else ""
        self.engine = engine
        if model != (self.swapped or first):
            self.nodes = {number: node.model_copy(update={"ids": None}) for number, node in self.nodes.items()}
        self.swapped = None if model == first else model

    def path(self, tip: int | None = None) -> list[Node]:
        """The turns from the first to `tip` (the current one when None)."""
        nodes: list[Node] = []
        at = self.tip if tip is None else tip
        while at is not None:
            nodes.append(self.nodes[at])
            at = nodes[-1].parent
        return nodes[::-1]

    def tell(self, turns: Sequence[Turn], listen: Listener) -> None:
        """Takes turns that are written already: their calls change the sheets and their results stand.

        Rolled is only what the last of them leaves unanswered.
        """
        place, rolled = 0, set[int]()
        while place < len(turns):
            turn = turns[place]
            node = Node(id=self._next_id(), parent=self.tip, kind=turn.speaker.value, text=turn.content)
            place += 1
            if turn.speaker is not Speaker.DM:
                self._add(node, self.party, "", listen)
                continue
            written = [one.content for one in takewhile(lambda one: one.speaker is Speaker.TOOLCALL, turns[place:])]
            node = node.model_copy(update={"random": self._random})
            results = self._carry_out(node, None, MOST_CALLS, listen, iter(written))[1]
            kept = results if place + len(written) == len(turns) else results[: len(written)]
            for number, resolution in enumerate(kept):
                if number >= len(written):
                    rolled.add(self._next_id())
                self._add_result(resolution, listen)
            place += min(len(kept), len(written))
        self.told = frozenset(self.nodes) - rolled

    @property
    def due(self) -> bool:
        """Whether it is the narrator's turn."""
        return self.tip is not None and self.nodes[self.tip].kind != "DM"

    def played(self) -> tuple[Node, ...]:
        """The turns of the current path that were played, not told."""
        return tuple(node for node in self.path() if node.id not in self.told)

    async def say(self, text: str, listen: Listener) -> None:
        """The player's line, and all that follows until it is the player's turn again."""
        self._add(Node(id=self._next_id(), parent=self.tip, kind="User", text=text.strip()), self.party, "", listen)
        await self.narrate(listen)

    async def narrate(self, listen: Listener) -> None:
        """The narrator's turns, with the rolls between them, until it is the player's turn again."""
        left = MOST_CALLS
        while True:
            carried_out, results = await self._reply(left, listen)
            left -= carried_out
            if not results:
                return
            if left <= 0:
                listen(Stopped(MOST_CALLS))
                return

    async def _reply(self, left: int, listen: Listener) -> tuple[int, list[Resolution]]:
        """One turn of the narrator: how many of `left` calls were carried out, and those with a result."""
        opening = self._states[self.tip].opening
        prompt = await self._prompt(opening)
        if opening:
            listen(Wrote(opening))
        generation = await self.engine.generate(prompt[0], self.sampling, lambda text: listen(Wrote(text)))
        self.context_used = len(prompt[0]) + len(generation.ids)
        node = Node(
            id=self._next_id(),
            parent=self.tip,
            kind="DM",
            text=(opening + generation.text).strip(),
            ids=(*prompt[1], *generation.ids),
            forced=opening,
            random=self._random,
            model=self.swapped,
        )
        done, results = self._carry_out(node, generation, left, listen)
        for resolution in results:
            self._add_result(resolution, listen)
        return done, results

    @property
    def _random(self) -> str:
        """The name of the generator that the next turn's calls are rolled with: their place in the story."""
        return f"{self.seed}/{len(self.path())}"

    def _carry_out(
        self,
        node: Node,
        generation: Generation | None,
        left: int,
        listen: Listener,
        written: Iterator[str] | None = None,
    ) -> tuple[int, list[Resolution]]:
        """Adds a narrator's turn with what its calls change; how many were carried out, and those with a result.

        `written` are results that stand already; a roll without one is rolled.
        """
        party, events = self.party, list[PlayEvent]()
        done: list[Resolution] = []
        for number, call in enumerate(find_calls(node.text, self.tools, party.names)):
            if len(done) >= left:
                events.append(Refused(call, _("{n} calls a turn are the most").format(n=MOST_CALLS)))
                continue
            rng = random.Random(f"{node.random}/{number}")  # dice, not secrets
            try:
                resolution = resolve(
                    call, party, player=self.scenario.player, rules=self.rules, rng=rng, tools=self.tools
                )
            except CallRefused as refused:
                events.append(Refused(call, str(refused.fields["reason"])))
                continue
            line = next(written, None) if written is not None and resolution.line is not None else None
            resolution = resolution if line is None else as_written(resolution, line, self.rules)
            party = resolution.party
            events.append(Applied(resolution))
            done.append(resolution)
        self._add(node, party, "", listen, generation=generation)
        for event in events:
            listen(event)
        return len(done), [resolution for resolution in done if resolution.line is not None]

    def _add_result(self, resolution: Resolution, listen: Listener) -> None:
        """Adds a result's TOOLCALL turn, and what must open the next turn."""
        opening = outcome_word(resolution.outcome, self.rules) or ""
        node = Node(id=self._next_id(), parent=self.tip, kind="TOOLCALL", text=resolution.line or "")
        self._add(node, self.party, opening, listen, resolution=resolution)

    def _add(
        self,
        node: Node,
        party: Party,
        opening: str,
        listen: Listener,
        *,
        generation: Generation | None = None,
        resolution: Resolution | None = None,
    ) -> None:
        self.nodes[node.id] = node
        self._states[node.id] = _State(party, opening)
        self.tip = node.id
        if self.file is not None:
            self.file.add(node)
        listen(TurnAdded(node, generation, resolution))

    def _next_id(self) -> int:
        return len(self.nodes) + 1

    def messages(self) -> tuple[Message, ...]:
        """SYSTEM and the turns of the current path, as the model reads them."""
        opening = [] if self.scenario.system is None else [Message("system", self.scenario.system.content.strip())]
        return (*opening, *(_message(node, i) for i, node in enumerate(self.path())))

    async def _prompt(self, opening: str) -> tuple[list[int], list[int]]:
        """The ids to continue, oldest turns left out where the context is too small, and those of the opening."""
        whole, self.left_out = self.messages(), 0
        while True:
            kept = (*whole[:1], *whole[1 + self.left_out :])
            prompt, opened = await self._encode(kept, opening)
            if len(prompt) + self.sampling.max_tokens <= self.engine.card.context:
                return prompt, opened
            if len(kept) <= 2:
                raise ContextFull(needed=len(prompt) + self.sampling.max_tokens, context=self.engine.card.context)
            self.left_out += 1

    async def _encode(self, messages: tuple[Message, ...], opening: str) -> tuple[list[int], list[int]]:
        return (await encoded(self.engine.tokenise, self.template, [(messages, opening)]))[0]

    def back_to(self, tip: int | None) -> None:
        """Goes back to a turn (None: to the beginning); what came after stays in the tree."""
        if tip is not None and tip not in self.nodes:
            raise KeyError(tip)
        self.tip = tip

    def as_text(self) -> str:
        """The played turns as a scenario, on top of the one that was played."""
        scenario = self.scenario
        end = scenario.system.span.end if scenario.system else 0
        turns = (f"<{node.kind}>{node.text}</{node.kind}>" for node in self.path())
        return "\n\n".join([scenario.text[:end], *turns]) + "\n"


def _message(node: Node, index: int) -> Message:
    turn = Turn(index, Speaker(node.kind), node.text, 0, Span(0, 0), Span(0, 0))
    return replace(message_of(turn), trained=False, ids=node.ids)


def open_session(
    scenario: Scenario, engine: Engine, *, seed: int, file: Path | None = None, model_hash: str = "", **options: object
) -> Session:
    """A new session on a scenario's SYSTEM, kept in `file` when given; options are Session's own fields."""
    header = SessionHeader(scenario=scenario.text, model=model_hash, name=engine.card.name, seed=seed)
    kept = SessionFile(file, header) if file is not None else None
    return Session(scenario, engine, seed, file=kept, **options)  # type: ignore[arg-type]  # fields of Session
