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


def lines_of_talks(given: Sequence[str], talks: Sequence[Sequence[Message]]) -> tuple[SampleLine, ...]:
    """The same of talks: the lines given on the SYSTEM of a talk, else what was said before a talk's first answer."""
    asked = [talk for talk in talks if any(message.role == USER for message in talk)][:COUNT]
    if given:
        return tuple(_line(line, asked[i % len(asked)]) for i, line in enumerate(given[:COUNT])) if asked else ()
    return tuple(_first(talk) for talk in asked)


def _line(line: str, talk: Sequence[Message]) -> SampleLine:
    opening = [message for message in talk[:1] if message.role == SYSTEM]
    return SampleLine(line, joined([*opening, Message(USER, line, 0)]))


def _first(talk: Sequence[Message]) -> SampleLine:
    at = next(place for place, message in enumerate(talk) if message.role == USER)
    return SampleLine(talk[at].content, tuple(talk[: at + 1]))


def _spoken(scenario: Scenario) -> list[str]:
    return [turn.content.strip() for turn in scenario.turns if turn.speaker is Speaker.USER]


def _sample(line: str, scenario: Scenario) -> SampleLine:
    opening = [Message(SYSTEM, scenario.system.content.strip())] if scenario.system else []
    return SampleLine(line, joined([*opening, Message(USER, line, 0)]))
