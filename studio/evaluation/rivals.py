"""Owns who a model is measured beside: rules that need no model, and its own base with help.

Measures nothing. Which of them a kind has, and why it lacks the others, the kind itself says.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from studio.evaluation.too_long import REFUSALS, is_too_long
from studio.inference.engine import Ask, Generation

BASE, KEYWORD, COMMONEST = "base", "keyword", "commonest"
RIVALS = (BASE, KEYWORD, COMMONEST)
"""The three by their names in a file: the helped base, a rule, and always the same."""

UNREAD = "unread"
"""How an answer stopped that was never begun, since what was asked is longer than what can be read."""


class Answering(Protocol):
    """What answers chats: an engine, or a rule that is measured beside one."""

    async def answer_many(self, asks: Sequence[Ask]) -> list[Generation]:
        """An answer to each chat, in order."""


@dataclass(frozen=True, slots=True)
class Rival:
    """Who a model is measured beside: a rule that needs no model. `title` is for people.

    `identity` is the SHA-256 of what it goes by, so that kept results are found again.
    """

    name: str
    title: str
    identity: str
    rule: Answering


@dataclass(frozen=True, slots=True)
class Prompting:
    """How an untrained base is helped: `change` puts instructions, examples and a grammar into each question.

    `identity` is the SHA-256 of what is put in, so that kept results are found again.
    """

    title: str
    identity: str
    change: Callable[[Ask], Ask]


def no_rivals(_part: object, _place: object) -> Sequence[Rival]:
    """No rule is measured beside models of this kind."""
    return ()


def no_prompting(_part: object, _place: object) -> Prompting | None:
    """A base is not measured beside models of this kind."""
    return None


@dataclass(frozen=True, slots=True)
class Forbearing:
    """An engine that gives an empty answer to what is too long for it, so that one ends no others."""

    engine: Answering

    async def answer_many(self, asks: Sequence[Ask]) -> list[Generation]:
        """The engine's answers; one too long is refused with all that were asked beside it, so then each is asked."""
        try:
            return await self.engine.answer_many(asks)
        except REFUSALS as error:
            if not is_too_long(error):
                raise
            if len(asks) == 1:
                return [Generation((), "", UNREAD, 0, 0, 0.0, 0.0)]
            return [(await self.answer_many([ask]))[0] for ask in asks]
