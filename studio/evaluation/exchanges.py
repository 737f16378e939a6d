"""Owns the cases of tool calls: a player's line and all that the narrator is to answer it with, from a scenario.

An exchange ends where the player speaks again. Each of the narrator's turns in it is a step, with the calls that are
due in it and the results that stand after it. Knows no model.
"""

import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from studio.chat import Message, messages
from studio.evaluation.toolcalls import Calls, calls_in, opening_of
from studio.rules import Party, Resolution, Rules, resolve
from studio.rules.errors import CallRefused
from studio.rules.resolve import as_written
from studio.scenario import load
from studio.scenario.model import Scenario, Speaker, ToolCall, Turn
from studio.scenario.tools import ToolTable


@dataclass(frozen=True, slots=True)
class Step:
    """One turn of the narrator as the scenario has it: `before` it stands this chat, and `opening` the rules put first.

    `expected` are its calls, `results` the lines that answer them, `party` the sheets before it.
    """

    before: tuple[Message, ...]
    opening: str
    expected: Calls
    reference: str
    results: tuple[str, ...]
    party: Party


@dataclass(frozen=True, slots=True)
class Exchange:
    """A player's line and the steps that follow it. `group` is the scenario's path as it is told."""

    id: str
    group: str
    scenario_type: str
    line: str
    steps: tuple[Step, ...]
    names: tuple[str, ...]
    player: str | None

    @property
    def digest(self) -> str:
        """The SHA-256 of what is asked and expected."""
        steps = [
            [[asdict(message) for message in step.before], step.opening, step.expected, step.reference, step.results]
            for step in self.steps
        ]
        told = json.dumps([self.id, self.player, self.names, steps], ensure_ascii=False)
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def exchanges_in(path: Path, told: str, rules: Rules, table: ToolTable) -> list[Exchange]:
    """The exchanges of a scenario's file; raises the errors of reading one."""
    return exchanges_of(load(path, tools=table).scenario, told, rules, table)


def exchanges_of(scenario: Scenario, told: str, rules: Rules, table: ToolTable) -> list[Exchange]:
    """The exchanges of a scenario, in order; what the narrator says before any player's line is none's."""
    members = scenario.system.party if scenario.system else ()
    party, names = Party.of(members), tuple(member.name for member in members)
    found: list[Exchange] = []
    for stretch in _stretches(scenario.turns):
        line = "\n\n".join(turn.content for turn in stretch if turn.speaker is Speaker.USER)
        steps: list[Step] = []
        for answer, results in _answers(stretch):
            expected = calls_in(answer.content, names, table, scenario.player)[0]
            opening = opening_of(scenario, answer.index, rules) if answer.index else ""
            before = messages(scenario, upto=answer.index)
            steps.append(Step(before, opening, expected, answer.content, results, party))
            party = _after(answer.tool_calls, party, scenario.player, rules, table)
        if line and steps:
            kind = scenario.scenario_type or ""
            found.append(Exchange(f"{told}#{stretch[0].index}", told, kind, line, tuple(steps), names, scenario.player))
    return found


def _stretches(turns: Sequence[Turn]) -> Iterator[list[Turn]]:
    """The turns cut before each player's line that follows another's turn."""
    stretch: list[Turn] = []
    for turn in turns:
        if turn.speaker is Speaker.USER and stretch and stretch[-1].speaker is not Speaker.USER:
            yield stretch
            stretch = []
        stretch.append(turn)
    if stretch:
        yield stretch


def _answers(stretch: Sequence[Turn]) -> Iterator[tuple[Turn, tuple[str, ...]]]:
    """The narrator's turns of a stretch with the results after each; one right after another has no step of its own."""
    for place, turn in enumerate(stretch):
        if turn.speaker is not Speaker.DM or (place and stretch[place - 1].speaker is Speaker.DM):
            continue
        results: list[str] = []
        for after in stretch[place + 1 :]:
            if after.speaker is not Speaker.TOOLCALL:
                break
            results.append(after.content)
        yield turn, tuple(results)


def _after(calls: Sequence[ToolCall], party: Party, player: str | None, rules: Rules, table: ToolTable) -> Party:
    """The sheets after the calls of a turn, with the results as they stand in the scenario."""
    for call in calls:
        try:
            resolution = resolve(call, party, player=player, rules=rules, rng=random.Random(0), tools=table)
        except CallRefused:
            continue
        party = told(resolution, call.result, rules).party
    return party


def told(resolution: Resolution, line: str | None, rules: Rules) -> Resolution:
    """The resolution with the result that stands already, where one does."""
    return resolution if line is None or resolution.line is None else as_written(resolution, line, rules)
