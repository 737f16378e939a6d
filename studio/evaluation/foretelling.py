"""Owns what the words of a line foretell, learnt by counting. Knows neither calls nor decisions."""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from studio.intervals import Share

_WORD = re.compile(r"[^\W\d_]+")
_SEEN = 3
"""How often a word must have stood in a line before it foretells anything."""

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Foretold(Generic[T]):
    """What is answered, and how sure that may be at the least (Wilson's lower bound on what it was learnt from)."""

    answer: T
    sure: float


@dataclass(frozen=True, slots=True)
class Foretelling(Generic[T]):
    """By the word of a line that foretells an answer most surely; else what is usual in that place."""

    usual: Mapping[str, Foretold[T]]
    words: Mapping[tuple[str, str], Foretold[T]]

    @classmethod
    def learnt(cls, seen: Iterable[tuple[str, str, T]]) -> "Foretelling[T]":
        """What (place, line, answer) teach."""
        usual: dict[str, Counter[T]] = {}
        words: dict[tuple[str, str], Counter[T]] = {}
        for place, line, answer in seen:
            usual.setdefault(place, Counter())[answer] += 1
            for word in _words(line):
                words.setdefault((place, word), Counter())[answer] += 1
        often = {mark: counts for mark, counts in words.items() if counts.total() >= _SEEN}
        return cls(
            {place: _best(counts) for place, counts in usual.items()},
            {mark: _best(counts) for mark, counts in sorted(often.items())},
        )

    def told(self, place: str, line: str) -> T | None:
        """What a line foretells in a place; None where nothing was seen there."""
        best = self.usual.get(place)
        for word in sorted(_words(line)):
            found = self.words.get((place, word))
            if found is not None and (best is None or found.sure > best.sure):
                best = found
        return None if best is None else best.answer

    def as_json(self) -> list[object]:
        """Plain values, of which an identity is made."""
        usual = [[place, told.answer, told.sure] for place, told in sorted(self.usual.items())]
        return [usual, [[*mark, told.answer, told.sure] for mark, told in sorted(self.words.items())]]


def _best(counts: Counter[T]) -> Foretold[T]:
    answer = min(counts, key=lambda one: (-counts[one], repr(one)))
    bounds = Share(counts[answer], counts.total()).interval
    return Foretold(answer, round(bounds[0], 6) if bounds else 0.0)


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)}
