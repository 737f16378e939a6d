"""Owns reading who is at the table out of the chat that a model reads: its SYSTEM message says it."""

from collections.abc import Sequence
from functools import lru_cache

from studio.chat import Message
from studio.scenario import parse
from studio.scenario.model import Character

_PLAYER = "player character"


@lru_cache(maxsize=64)
def _party(system: str) -> tuple[Character, ...]:
    found = parse(f"<SYSTEM>\n{system}\n</SYSTEM>\n").scenario.system
    return found.party if found is not None else ()


def party_in(messages: Sequence[Message]) -> tuple[Character, ...]:
    """The characters that the first message tells of."""
    return _party(messages[0].content) if messages and messages[0].role == "system" else ()


def names_in(messages: Sequence[Message]) -> tuple[str, ...]:
    """Their names."""
    return tuple(member.name for member in party_in(messages))


def player_in(messages: Sequence[Message]) -> str | None:
    """The first who is a player's character."""
    return next((one.name for one in party_in(messages) if (one.kind or "").lower() == _PLAYER), None)
