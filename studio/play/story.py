"""Owns what the turns and steps of a session come to: after each of them the sheets, and what must come next.

A turn's calls are carried out by the rules with the dice of its place, so that the same turns always come to the same;
results that stand already are taken as they stand. Knows no tree, no file and no model.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from studio.errors import InputError
from studio.play.events import Applied, Deed, Malformed, Refused
from studio.play.limits import Loop
from studio.play.records import Node
from studio.play.standing import beginning
from studio.rules import Act, Change, HandChange, Outcome, Party, Resolution, Rules, Throw, Thrown, resolve
from studio.rules.combat import Deed as Asked
from studio.rules.combat import carry_out, settled
from studio.rules.errors import CallRefused
from studio.rules.hand import by_hand
from studio.rules.resolve import as_written, judge, outcome_word
from studio.rules.tray import throw
from studio.scenario.calls import find_calls, write_call
from studio.scenario.model import Character, ToolCall, plain_name
from studio.scenario.tools import ToolTable


@dataclass(frozen=True, slots=True)
class Calling:
    """A narrator's turn whose calls have results: where it stood, what it was, and the results that stand so far."""

    before: "State" = field(compare=False, repr=False)  # it leads back to the first turn
    node: Node
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Telling:
    """What the narrator is still to be told of a step.

    `lines` are results that no turn tells yet, each with its outcome; `told` the calls with which the narrator's turn
    must end. `decides`: what the narrator calls for besides is not carried out, for the rules have decided it.
    """

    asked: str
    lines: tuple[tuple[str, Outcome | None], ...]
    told: str = ""
    decides: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """What holds after a turn or a step. `opening` is the word that must open the narrator's next turn.

    `place` is the number that the next turn's dice are named by, `steps` how many steps came since the last turn.
    `deeds` are what came of the calls of this turn, `waiting` the results that no turn tells yet, `answered` the one
    that this turn tells. Of a step: `act`, `thrown` or `changes`.
    """

    party: Party
    opening: str = ""
    place: int = 0
    steps: int = 0
    loop: Loop = field(default_factory=Loop)
    deeds: tuple[Deed, ...] = ()
    waiting: tuple[Resolution, ...] = ()
    answered: Resolution | None = None
    calling: Calling | None = None
    telling: Telling | None = None
    act: Act | None = None
    thrown: Thrown | None = None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """The table that a session is played at: whose character acts, the rules, and the tools."""

    player: str | None
    rules: Rules
    tools: ToolTable

    @staticmethod
    def start(members: Sequence[Character]) -> State:
        """What holds before the first turn."""
        return State(beginning(Party.of(members)))

    def after(self, state: State, node: Node) -> State:
        """What holds after one more turn or step."""
        if not node.is_turn:
            return self._stepped(state, node)
        place = max(state.place, _place(node.random)) + 1
        if node.kind == "User":
            return State(state.party, place=place)
        if node.kind == "TOOLCALL":
            return replace(self._answered(state, node), place=place)
        if node.ruled:
            telling = state.telling if state.telling is not None and state.telling.lines else None
            return State(state.party, place=place, loop=state.loop, telling=telling)
        return replace(self.carried_out(state, node, ()), place=place)

    def _stepped(self, state: State, node: Node) -> State:
        """What holds after a step; one that can't be done any more, since what was before has changed, does nothing."""
        kept = replace(state, steps=state.steps + 1, deeds=(), answered=None, act=None, thrown=None, changes=())
        try:
            return self.step(kept, node)
        except InputError:
            return kept

    def step(self, state: State, node: Node) -> State:
        """What holds after a step; raises HandRefused, ThrowRefused, CombatRefused, BadDice or RecordUnreadable."""
        rng = random.Random(node.random)  # dice, not secrets
        if node.kind == "hand":
            party, changes = by_hand(HandChange.of(node.asked), state.party, self.rules)
            return replace(state, party=party, changes=changes)
        if node.kind == "throw":
            thrown = throw(Throw.of(node.asked), state.party, rules=self.rules, rng=rng)
            told = self._thrown(thrown, state.party) if node.tell and thrown.line else state.telling
            return replace(state, thrown=thrown, telling=told)
        act = carry_out(Asked.of(node.asked), state.party, rules=self.rules, rng=rng, tools=self.tools)
        lines = tuple((step.line, step.outcome) for step in act.steps if step.call and step.line is not None)
        telling = Telling(self._asks(act.asked, state.party), lines, act.told, decides=True)
        return replace(state, party=act.party, act=act, changes=act.changes, telling=telling, opening="")

    def _asks(self, text: str, party: Party) -> str:
        """The calls of a step as scenarios write them: who plays rolls without being named."""
        if self.player is None:
            return text
        for call in reversed(find_calls(text, self.tools, party.names)):
            if call.actor is not None and plain_name(call.actor) == plain_name(self.player):
                text = text[: call.span.start] + write_call(replace(call, actor=None)) + text[call.span.end :]
        return text

    def _thrown(self, thrown: Thrown, party: Party) -> Telling:
        skill = thrown.line.partition(":")[0]
        return Telling(
            self._asks(thrown.call, party), ((thrown.line, judge(skill, thrown.total, thrown.dc, self.rules)),)
        )

    def carried_out(self, state: State, node: Node, lines: Sequence[str]) -> State:
        """The calls of a narrator's turn carried out; `lines` are results that stand already."""
        party, written = state.party, iter(lines)
        loop = Loop() if node.fresh or node.told else state.loop
        deeds, results = list[Deed](), list[Resolution]()
        for number, call in enumerate(find_calls(node.text, self.tools, party.names)):
            if self._is_decided(call, state):
                continue
            done = self._done(call, party, node, number, loop)
            if isinstance(done, Resolution):
                line = next(written, None) if done.line is not None else None
                done = done if line is None else as_written(done, line, self.rules)
                party, loop = done.party, loop if node.told else loop.carried(call)
                results += [done] if done.line is not None else []
                deeds.append(Applied(done))
            else:
                deeds.append(done)
        calling = Calling(state, node, tuple(lines)) if results else None
        return State(party, loop=loop, deeds=tuple(deeds), waiting=tuple(results[len(lines) :]), calling=calling)

    def _is_decided(self, call: ToolCall, state: State) -> bool:
        """Whether the rules have decided already what a call is about."""
        telling = state.telling
        return telling is not None and telling.decides and settled(self.tools.effect(call.name))

    def told(self, state: State, text: str) -> str:
        """What a narrator wrote of a step, without calls of its own for what is decided, and with those of the step."""
        if state.telling is None:
            return text
        for call in reversed(find_calls(text, self.tools, state.party.names)):
            if self._is_decided(call, state):
                text = text[: call.span.start].rstrip(" ") + text[call.span.end :]
        return "\n\n".join(part for part in (text.strip(), state.telling.told) if part)

    def _done(self, call: ToolCall, party: Party, node: Node, number: int, loop: Loop) -> Resolution | Deed:
        if call.problem is not None:
            return Malformed(call, call.problem)
        if loop.over:
            return Refused(call, loop.reason, past=True)
        rng = random.Random(f"{node.random}/{number}")  # dice, not secrets
        try:
            return resolve(call, party, player=self.player, rules=self.rules, rng=rng, tools=self.tools)
        except CallRefused as refused:
            return Refused(call, str(refused.fields["reason"]))

    def _answered(self, state: State, node: Node) -> State:
        """What holds after a result: as the rules gave it, or, where it says something else, as it says."""
        if state.telling is not None and state.telling.lines:
            (_line, outcome), *left = state.telling.lines
            telling = replace(state.telling, lines=tuple(left))
            return State(state.party, outcome_word(outcome, self.rules) or "", loop=state.loop, telling=telling)
        if not state.waiting or state.calling is None:
            return State(state.party, loop=state.loop)
        calling, told = state.calling, state.waiting[0]
        lines = (*calling.lines, node.text)
        if node.text == told.line:
            party, waiting, loop = state.party, state.waiting[1:], state.loop
        else:
            again = self.carried_out(calling.before, calling.node, lines)
            party, waiting, loop = again.party, again.waiting, again.loop
            told = as_written(told, node.text, self.rules)
        opening, calling = outcome_word(told.outcome, self.rules) or "", Calling(calling.before, calling.node, lines)
        return State(party, opening, loop=loop, waiting=waiting, answered=told, calling=calling)


def _place(name: str | None) -> int:
    """The number in the name of a turn's dice; nothing where it has none."""
    number = (name or "").split("/")[1:2]
    return int(number[0]) if number and number[0].isdecimal() else 0
