"""Owns the sample lines of a run: what the player says, and the chat that asks the model to answer."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    """The lines to watch: those given, else the opening lines of the first scenarios, each on its own SYSTEM."""
    opened = [load(path).scenario for path in scenarios[:COUNT]]
    lines = list(given[:COUNT]) or [line for scenario in opened if (line := _opening(scenario))]
    return tuple(_sample(line, opened[i % len(opened)]) for i, line in enumerate(lines)) if opened else ()


def _opening(scenario: Scenario) -> str:
    return next((turn.content.strip() for turn in scenario.turns if turn.speaker is Speaker.USER), "")


def _sample(line: str, scenario: Scenario) -> SampleLine:
    opening = [Message(SYSTEM, scenario.system.content.strip())] if scenario.system else []
    return SampleLine(line, joined([*opening, Message(USER, line, 0)]))
