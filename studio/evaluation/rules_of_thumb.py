"""Owns the rivals that need no model: words of the player's line that foretell a call, and always the commonest call.

Both learn from the scenarios that are trained on, and play as a model does: they are asked, and they answer.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from studio.chat import Message, joined
from studio.evaluation.call_matching import in_brackets
from studio.evaluation.exchanges import Exchange
from studio.evaluation.party_names import player_in
from studio.evaluation.toolcalls import Calls
from studio.inference.engine import Ask, Generation
from studio.intervals import Share
from studio.scenario.model import plain_name

_WORD = re.compile(r"[^\W\d_]+")
_SEEN = 3
"""How often a word must have stood in a line before it foretells anything."""

_PLAYER = "{player}"
_RESULT = "</TOOLCALL>"

Place = str
"""Where a turn stands: after a line of the player's, or after a result with this word."""


def place_of(messages: Sequence[Message], opening: str) -> Place:
    """The place of the turn that follows these messages."""
    last = messages[-1].content if messages else ""
    return f"result {opening}".strip() if last.endswith(_RESULT) else "line"


@dataclass(frozen=True, slots=True)
class _Foretold:
    """What a rule answers, and how sure it may be at the least (Wilson's lower bound on what it learnt from)."""

    calls: Calls
    sure: float


@dataclass(frozen=True, slots=True)
class KeywordRule:
    """By the word of the player's line that foretells a list of calls most surely; else what is commonest there."""

    usual: Mapping[Place, _Foretold]
    words: Mapping[tuple[Place, str], _Foretold]

    @classmethod
    def learnt(cls, training: Iterable[Exchange]) -> "KeywordRule":
        """The rule that the exchanges teach."""
        usual: dict[Place, Counter[Calls]] = {}
        words: dict[tuple[Place, str], Counter[Calls]] = {}
        for exchange in training:
            for step in exchange.steps:
                place, calls = place_of(step.before, step.opening), _unnamed(step.expected, exchange.player)
                usual.setdefault(place, Counter())[calls] += 1
                for word in _words(exchange.line):
                    words.setdefault((place, word), Counter())[calls] += 1
        often = {mark: counts for mark, counts in words.items() if counts.total() >= _SEEN}
        return cls(
            {place: _best(counts) for place, counts in usual.items()},
            {mark: _best(counts) for mark, counts in sorted(often.items())},
        )

    @property
    def identity(self) -> str:
        """The SHA-256 of the rule."""
        usual = [[place, told.calls, told.sure] for place, told in sorted(self.usual.items())]
        words = [[*mark, told.calls, told.sure] for mark, told in sorted(self.words.items())]
        return _identity(["keyword", usual, words])

    async def answer_many(self, asks: Sequence[Ask]) -> list[Generation]:
        """The calls that the player's words foretell, without a word around them."""
        return [_answer(self._calls(ask), ask) for ask in asks]

    def _calls(self, ask: Ask) -> Calls:
        place = place_of(ask.messages, ask.opening)
        best = self.usual.get(place, _Foretold((), 0.0))
        for word in sorted(_words(_line(ask.messages))):
            told = self.words.get((place, word))
            if told is not None and told.sure > best.sure:
                best = told
        return best.calls


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
        return _identity(["commonest", self.calls])

    async def answer_many(self, asks: Sequence[Ask]) -> list[Generation]:
        """The one call."""
        return [_answer(self.calls, ask) for ask in asks]


def _best(counts: Counter[Calls]) -> _Foretold:
    calls = min(counts, key=lambda one: (-counts[one], one))
    bounds = Share(counts[calls], counts.total()).interval
    return _Foretold(calls, round(bounds[0], 6) if bounds else 0.0)


def _unnamed(calls: Calls, player: str | None) -> Calls:
    """The calls with a mark in place of the player's name, so that they fit another's."""
    name = plain_name(player) if player else None
    return tuple((tool, tuple(_PLAYER if one == name else one for one in arguments)) for tool, arguments in calls)


def _answer(calls: Calls, ask: Ask) -> Generation:
    text = in_brackets(calls, "\n")
    if _PLAYER in text:
        text = text.replace(_PLAYER, player_in(ask.messages) or "")
    return Generation((), text, "end", 0, 0, 0.0, 0.0)


def _line(messages: Sequence[Message]) -> str:
    """What the player said last."""
    lines = (one.content for one in reversed(joined(messages)) if one.role == "user")
    return next((line for line in lines if not line.endswith(_RESULT)), "")


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)}


def _identity(told: object) -> str:
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()
