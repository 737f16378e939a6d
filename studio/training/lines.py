"""Owns the sample lines of a run: what the player says, and the chat that asks the model to answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path

from studio.chat import Message, joined
from studio.chat.messages import SYSTEM, USER
from studio.scenario import Scenario, load
from studio.scenario.model import Speaker

COUNT = 3


@dataclass(frozen=True, slots=True)
class SampleLine:
    """A player's line and the messages up to and with it."""

    line: str
    messages: tuple[Message, ...]


def sample_lines(given: Sequence[str], scenarios: Sequence[Path]) -> tuple[SampleLine, ...]:
    """The lines to watch: those given, else a player's line of each of the first scenarios in turn, on its SYSTEM."""
    opened = [load(path).scenario for path in scenarios[:COUNT]]
    if given:
        return tuple(_sample(line, opened[i % len(opened)]) for i, line in enumerate(given[:COUNT])) if opened else ()
    rounds = zip_longest(*(_spoken(scenario) for scenario in opened))
    found = ((line, scenario) for spoken in rounds for line, scenario in zip(spoken, opened, strict=True) if line)
    return tuple(_sample(line, scenario) for line, scenario in islice(found, COUNT))


def _spoken(scenario: Scenario) -> list[str]:
    return [turn.content.strip() for turn in scenario.turns if turn.speaker is Speaker.USER]


def _sample(line: str, scenario: Scenario) -> SampleLine:
    opening = [Message(SYSTEM, scenario.system.content.strip())] if scenario.system else []
    return SampleLine(line, joined([*opening, Message(USER, line, 0)]))
