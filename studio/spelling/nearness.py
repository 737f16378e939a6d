"""Owns finding the words that are near to a wrong one; knows no language.

Two steps off at most: a letter too many, too few, another, or two that changed places. Every word has the set of its
letters as bits, and only those that differ little in it are compared letter by letter, so that one search over a
whole dictionary takes milliseconds, and not the seconds that trying all edits takes for a long word.
"""

from collections.abc import Mapping
from math import log

import numpy as np

from studio.spelling.steps import distance

_MOST_STEPS = 2
_COMMON = 60_000  # uses of a word that may be half of what should have been two words


class Nearness:
    """The words of a dictionary, ready to be compared."""

    def __init__(self, uses: Mapping[str, int]) -> None:
        self._uses = uses
        by_length: dict[int, list[str]] = {}
        for word in uses:
            if word.isalpha():
                by_length.setdefault(len(word), []).append(word)
        self._words = by_length
        self._bits = {
            length: np.array([letters(word) for word in words], np.uint64) for length, words in by_length.items()
        }

    def to(self, word: str, most: int) -> tuple[str, ...]:
        """The nearest words, the likeliest first; also two words between which a space may be missing."""
        steps_most = 1 if len(word) < 4 else _MOST_STEPS
        found = [
            (self._cost(word, other, steps), other)
            for other in self._alike(word, steps_most)
            if 0 < (steps := distance(word, other, steps_most)) <= steps_most
        ]
        found += [(1.2, f"{word[:place]} {word[place:]}") for place in range(1, len(word)) if self._parts(word, place)]
        return tuple(other for _cost, other in sorted(found)[:most])

    def _alike(self, word: str, steps: int) -> list[str]:
        """The words whose letters differ in no more than so many steps can change."""
        own, found = np.uint64(letters(word)), list[str]()
        for length in range(len(word) - steps, len(word) + steps + 1):
            if length in self._bits:
                near = np.nonzero(np.bitwise_count(self._bits[length] ^ own) <= 2 * steps)[0]
                found += [self._words[length][place] for place in near]
        # Two steps off, hardly anybody gets the first letter wrong; that leaves a tenth to compare.
        own_bits, first = letters(word), word[:2]
        return [other for other in found if other[0] in first or (letters(other) ^ own_bits).bit_count() <= 2]

    def _parts(self, word: str, place: int) -> bool:
        halves = word[:place], word[place:]
        return all(self._uses.get(half, 0) >= _COMMON and (len(half) > 1 or half in "ai") for half in halves)

    def _cost(self, word: str, other: str, steps: int) -> float:
        """What speaks against a word: steps, another first letter, being rare; the same letters speak for it."""
        first = 0.0 if word[:1] == other[:1] else 0.7
        same = -0.4 if set(word) == set(other) else 0.0
        return steps * 1.6 + first + same - log(1 + self._uses[other]) / 12


def letters(word: str) -> int:
    """The set of a word's letters as bits."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) % 61)
    return bits
