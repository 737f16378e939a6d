"""Owns what the replay of a scenario carries from turn to turn, and what stays the same; knows no check."""

from dataclasses import dataclass
from typing import NamedTuple

from studio.lint.diagnostics import Cast
from studio.rules.party import Party
from studio.rules.resolve import Outcome
from studio.rules.table import Rules
from studio.scenario import Span, ToolCall, ToolTable, Vocabulary

_NOWHERE = Span(0, 0)


class State(NamedTuple):
    """What holds before a turn; from two equal states on, equal turns give equal findings. No place stands here.

    `owed` are the rolls of the last DM turn that no result has answered yet. `due` is what the results since that
    turn came to: an outcome each, None for a check that cannot be judged; a roll without a DC is left out. `unsure`
    says that a result could not be read, `faces` the numbers that the results show, `silent` a call of the last DM
    turn that gives no result. `peace` is true from the end of a fight on; a story may begin within one.
    """

    party: Party
    owed: tuple[ToolCall, ...] = ()
    due: tuple[Outcome | None, ...] = ()
    unsure: bool = False
    faces: tuple[int, ...] = ()
    silent: str = ""
    peace: bool = False


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What stays the same from turn to turn; no die is thrown, since the text says what fell."""

    cast: Cast
    tools: ToolTable
    rules: Rules

    @property
    def player(self) -> str | None:
        """Who acts where a call names nobody."""
        return self.cast.player


def rules_of(vocabulary: Vocabulary) -> Rules:
    """The rules by their words and numbers."""
    return Rules.of(vocabulary)


def placeless(call: ToolCall) -> ToolCall:
    """A call as a state keeps it."""
    parts = call.arguments, call.actor, call.dc, call.advantage, call.text
    return ToolCall(call.name, *parts, _NOWHERE, None, call.problem)
