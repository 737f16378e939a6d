"""Owns playing a written scenario through again: the sheets, the rolls and what is due, turn by turn; knows no code.

What a call comes to and who acts is asked of the rules. What the replay sees goes out as `Seen`, one kind a rule of
family R, and each stands in the turn that was stepped over.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from studio.lint.diagnostics import Cast, Finding
from studio.rules.party import Party
from studio.rules.resolve import Outcome
from studio.scenario import Character, ToolTable, Turn

MOST_SHEETS = 100
"""A larger party is not replayed: no game has one, and each change looks the sheets through."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A roll whose result has not come yet; `actor` as the call names it."""

    skill: str
    actor: str | None = None
    dc: int | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What holds before a turn. Two equal states have the same rest of the story before them; no place stands here.

    `owed` are the rolls of the last DM turn that no result has answered yet, `due` what the results since that turn
    came to: an outcome each, None for a roll that has no DC. `faces` are the numbers that those results show.
    """

    party: Party
    owed: tuple[Owed, ...] = ()
    due: tuple[Outcome | None, ...] = ()
    faces: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that cannot be as it is written; `rule` is the code of the rule that tells it."""

    rule: str
    finding: Finding


@dataclass(frozen=True, slots=True)
class Replay:
    """The replay of one scenario: what stays the same from turn to turn."""

    cast: Cast
    tools: ToolTable
    characters: Mapping[str, Character] = field(default_factory=dict)

    def start(self) -> State:
        """The state before the first turn."""
        return State(Party.of(self.cast.party[:MOST_SHEETS]))

    def step(self, state: State, turn: Turn) -> tuple[State, tuple[Seen, ...]]:
        """The state after a turn, and what is wrong in it."""
        return state, ()

    def all(self, turns: tuple[Turn, ...]) -> Iterator[Seen]:
        """What is wrong in the turns, from the first on."""
        state = self.start()
        for turn in turns:
            state, seen = self.step(state, turn)
            yield from seen
