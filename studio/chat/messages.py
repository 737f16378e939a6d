"""Owns how the turns of a scenario become the messages of a chat; knows no template and no token.

SYSTEM is `system`; User is `user`; TOOLCALL is `user` with its tags, because as role `tool` several families of
models raise or drop it silently; DM is `assistant` and the only thing trained on.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from studio.scenario.model import Scenario, Speaker, Turn

SYSTEM, USER, ASSISTANT = "system", "user", "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `turn_index` is the first turn in it, None for SYSTEM.

    `ids`, where given, are what a model generated for this content; they are sent back unchanged.
    """

    role: str
    content: str
    turn_index: int | None = None
    trained: bool = False
    ids: tuple[int, ...] | None = None


def messages(scenario: Scenario, upto: int | None = None) -> tuple[Message, ...]:
    """SYSTEM and the turns before index `upto` (all when None), neighbours of one role joined."""
    opening = [] if scenario.system is None else [Message(SYSTEM, scenario.system.content.strip())]
    turns = (message_of(turn) for turn in scenario.turns if upto is None or turn.index < upto)
    return joined([*opening, *turns])


def message_of(turn: Turn) -> Message:
    """One turn as a message."""
    content = turn.content.strip()
    if turn.speaker is Speaker.DM:
        return Message(ASSISTANT, content, turn.index, trained=True)
    if turn.speaker is Speaker.TOOLCALL:
        content = f"<TOOLCALL>{content}</TOOLCALL>"
    return Message(USER, content, turn.index)


def joined(parts: Iterable[Message]) -> tuple[Message, ...]:
    """The messages with neighbours of one role joined by a blank line, as templates demand."""
    result: list[Message] = []
    for part in parts:
        if result and result[-1].role == part.role:
            last = result[-1]
            result[-1] = replace(last, content=f"{last.content}\n\n{part.content}", ids=None)
        else:
            result.append(part)
    return tuple(result)
