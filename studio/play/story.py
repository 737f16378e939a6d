"""Owns what the turns of a session come to: after each of them the sheets, and what must come next.

A turn's calls are carried out by the rules with the dice of its place, so that the same turns always come to the same;
results that stand already are taken as they stand. Knows no tree, no file and no model.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from studio.play.events import Applied, Deed, Malformed, Refused
from studio.play.limits import Loop
from studio.play.records import Node
from studio.play.standing import beginning
from studio.rules import Party, Resolution, Rules, resolve
from studio.rules.errors import CallRefused
from studio.rules.resolve import as_written, outcome_word
from studio.scenario.calls import find_calls
from studio.scenario.model import Character, ToolCall
from studio.scenario.tools import ToolTable


@dataclass(frozen=True, slots=True)
class Asked:
    """A narrator's turn whose calls have results: where it stood, what it was, and the results that stand so far."""

    before: "State"
    node: Node
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """What holds after a turn. `opening` is the word that must open the narrator's next one.

    `place` is the number that the next turn's dice are named by. `deeds` are what came of the calls of this turn,
    `waiting` the results that no turn tells yet, `answered` the one that this turn tells.
    """

    party: Party
    opening: str = ""
    place: int = 0
    loop: Loop = field(default_factory=Loop)
    deeds: tuple[Deed, ...] = ()
    waiting: tuple[Resolution, ...] = ()
    answered: Resolution | None = None
    asked: Asked | None = None


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
        """What holds after one more turn."""
        place = max(state.place, _place(node.random)) + 1
        if node.kind == "User":
            return State(state.party, place=place)
        if node.kind == "DM":
            return replace(self.carried_out(state, node, ()), place=place)
        return replace(self._answered(state, node), place=place)

    def carried_out(self, state: State, node: Node, lines: Sequence[str]) -> State:
        """The calls of a narrator's turn carried out; `lines` are results that stand already."""
        party, written = state.party, iter(lines)
        loop = Loop() if node.fresh or node.told else state.loop
        deeds, results = list[Deed](), list[Resolution]()
        for number, call in enumerate(find_calls(node.text, self.tools, party.names)):
            done = self._done(call, party, node, number, loop)
            if isinstance(done, Resolution):
                line = next(written, None) if done.line is not None else None
                done = done if line is None else as_written(done, line, self.rules)
                party, loop = done.party, loop if node.told else loop.carried(call)
                results += [done] if done.line is not None else []
                deeds.append(Applied(done))
            else:
                deeds.append(done)
        asked = Asked(state, node, tuple(lines)) if results else None
        return State(party, loop=loop, deeds=tuple(deeds), waiting=tuple(results[len(lines) :]), asked=asked)

    def _done(self, call: ToolCall, party: Party, node: Node, number: int, loop: Loop) -> Resolution | Deed:
        if call.problem is not None:
            return Malformed(call, call.problem)
        if loop.over:
            return Refused(call, loop.reason)
        rng = random.Random(f"{node.random}/{number}")  # dice, not secrets
        try:
            return resolve(call, party, player=self.player, rules=self.rules, rng=rng, tools=self.tools)
        except CallRefused as refused:
            return Refused(call, str(refused.fields["reason"]))

    def _answered(self, state: State, node: Node) -> State:
        """What holds after a result: as the rules gave it, or, where it says something else, as it says."""
        if not state.waiting or state.asked is None:
            return State(state.party, loop=state.loop)
        asked, told = state.asked, state.waiting[0]
        lines = (*asked.lines, node.text)
        if node.text == told.line:
            party, waiting, loop = state.party, state.waiting[1:], state.loop
        else:
            again = self.carried_out(asked.before, asked.node, lines)
            party, waiting, loop = again.party, again.waiting, again.loop
            told = as_written(told, node.text, self.rules)
        opening = outcome_word(told.outcome, self.rules) or ""
        return State(
            party, opening, loop=loop, waiting=waiting, answered=told, asked=Asked(asked.before, asked.node, lines)
        )


def _place(name: str | None) -> int:
    """The number in the name of a turn's dice; nothing where it has none."""
    number = (name or "").split("/")[1:2]
    return int(number[0]) if number and number[0].isdecimal() else 0
