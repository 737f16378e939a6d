"""Owns the rivals that need no training: words of the player's line that foretell a call, always the commonest call,
and always the same words.

They learn from the scenarios that are trained on, and play as a model does: they are asked, and they answer.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from studio.chat import Message, joined
from studio.evaluation.call_matching import in_brackets
from studio.evaluation.exchanges import Exchange
from studio.evaluation.foretelling import Foretelling
from studio.evaluation.party_names import player_in
from studio.evaluation.toolcalls import Calls
from studio.inference.engine import Ask, Generation
from studio.scenario.model import plain_name

_PLAYER = "{player}"
_RESULT = "</TOOLCALL>"

Place = str
"""Where a turn stands: after a line of the player's, or after a result with this word."""


def place_of(messages: Sequence[Message], opening: str) -> Place:
    """The place of the turn that follows these messages."""
    last = messages[-1].content if messages else ""
    return f"result {opening}".strip() if last.endswith(_RESULT) else "line"


@dataclass(frozen=True, slots=True)
class KeywordRule:
    """By the word of the player's line that foretells a list of calls most surely; else what is commonest there."""

    foretelling: Foretelling[Calls]

    @classmethod
    def learnt(cls, training: Iterable[Exchange]) -> "KeywordRule":
        """The rule that the exchanges teach."""
        seen = (
            (place_of(step.before, step.opening), one.line, _unnamed(step.expected, one.player))
            for one in training
            for step in one.steps
        )
        return cls(Foretelling.learnt(seen))

    @property
    def identity(self) -> str:
        """The SHA-256 of the rule."""
        return identity_of(["keyword", *self.foretelling.as_json()])

    async def answer_many(self, asks: Sequence[Ask]) -> list[Generation]:
        """The calls that the player's words foretell, without a word around them."""
        return [_answer(self._calls(ask), ask) for ask in asks]

    def _calls(self, ask: Ask) -> Calls:
        return self.foretelling.told(place_of(ask.messages, ask.opening), _line(ask.messages)) or ()


@dataclass(frozen=True, slots=True)
class Commonest:
    """Always the call that is commonest, whatever is said."""

    calls: Calls

    @classmethod
    def learnt(cls, training: Iterable[Exchange]) -> "Commonest":
        """The call that the exchanges have most often."""
        counts = Counter(call for one in training for step in one.steps for call in _unnamed(step.expected, one.player))
        return cls((min(counts, key=lambda call: (-counts[call], call)),) if counts else ())

    @property
    def identity(self) -> str:
        """The SHA-256 of the rule."""
        return identity_of(["commonest", self.calls])

    async def answer_many(self, asks: Sequence[Ask]) -> list[Generation]:
        """The one call."""
        return [_answer(self.calls, ask) for ask in asks]


@dataclass(frozen=True, slots=True)
class Always:
    """Always the same words, whatever is said."""

    text: str

    @property
    def identity(self) -> str:
        """The SHA-256 of the rule."""
        return identity_of(["always", self.text])

    async def answer_many(self, asks: Sequence[Ask]) -> list[Generation]:
        """The words."""
        return [said(self.text) for _ask in asks]


def said(text: str) -> Generation:
    """What a rule says, as a model would have."""
    return Generation((), text, "end", 0, 0, 0.0, 0.0)


def identity_of(told: object) -> str:
    """The SHA-256 of plain values."""
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


def _unnamed(calls: Calls, player: str | None) -> Calls:
    """The calls with a mark in place of the player's name, so that they fit another's."""
    name = plain_name(player) if player else None
    return tuple((tool, tuple(_PLAYER if one == name else one for one in arguments)) for tool, arguments in calls)


def _answer(calls: Calls, ask: Ask) -> Generation:
    text = in_brackets(calls, "\n")
    if _PLAYER in text:
        text = text.replace(_PLAYER, player_in(ask.messages) or "")
    return said(text)


def _line(messages: Sequence[Message]) -> str:
    """What the player said last."""
    lines = (one.content for one in reversed(joined(messages)) if one.role == "user")
    return next((line for line in lines if not line.endswith(_RESULT)), "")
