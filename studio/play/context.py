"""Owns what of a session the model is shown, as messages; knows no engine."""

from dataclasses import dataclass, replace

from studio.chat import Message
from studio.chat.messages import message_of as message_of_turn
from studio.play.fitting import system_text
from studio.play.records import Node
from studio.rules import Party
from studio.scenario.model import Scenario, Span, Speaker, Turn


@dataclass(frozen=True, slots=True)
class Seen:
    """What the model no longer sees of the path, and what it is told in its place."""

    dropped: frozenset[int] = frozenset()
    summary: str | None = None


def message_of(node: Node, index: int, *, own: bool = False) -> Message:
    """A turn as the model reads it; with its ids where that is the model's own."""
    turn = Turn(index, Speaker(node.kind), node.content, 0, Span(0, 0), Span(0, 0))
    return replace(message_of_turn(turn), trained=False, ids=node.ids or None if own else None)


def system_of(scenario: Scenario, party: Party | None = None, summary: str | None = None) -> tuple[Message, ...]:
    """SYSTEM as `system_text` has it."""
    text = system_text(scenario, party, summary)
    return () if text is None else (Message("system", text),)
