"""Owns finding listed phrases among the words of a text; knows no list.

A text is split into words once and every list looks at those, by one and by two of them at a time, so that the cost
does not grow with the lists.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from studio.dataset.audit.lazy import lazy

_WORD = re.compile(r"\w+(?:['’]\w+)*")
ANY = "*"
"""Stands for any one word in a phrase."""


def words_of(text: str) -> list[str]:
    """The words, in lower case and with straight apostrophes."""
    found: list[str] = _WORD.findall(text.lower())
    return [word.replace("’", "'") for word in found] if "’" in text else found


class Words(list[str]):
    """The words of a text, and what is asked of them again and again."""

    @classmethod
    def of(cls, text: str) -> "Words":
        """The words of a text."""
        return cls(words_of(text))

    @lazy
    def known(self) -> frozenset[str]:
        """Which words there are."""
        return frozenset(self)

    @lazy
    def pairs(self) -> frozenset[tuple[str, str]]:
        """Which two words stand beside each other."""
        return frozenset(pairwise(self))

    def narrowed(self, alone: frozenset[str], pairs: frozenset[tuple[str, str]]) -> "Words":
        """The same words, known by no more than what some lists ask for. It is made once: ask for the same."""
        found: Words | None = self.__dict__.get("_narrow")
        if found is None:
            found = self.__dict__["_narrow"] = Words(self)
            found.__dict__.update(known=alone & self.known, pairs=pairs & self.pairs)
        return found


class Phrases:
    """Phrases of whole words, found whatever their case and what stands between the words."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        for phrase in phrases:
            parts = tuple(word for part in phrase.split() for word in ((ANY,) if part == ANY else words_of(part)))
            if parts:
                self._by_first.setdefault(parts[0], []).append(parts)
        for same in self._by_first.values():
            same.sort(key=len, reverse=True)
        all_parts = [parts for same in self._by_first.values() for parts in same]
        # One word in a list of long phrases is in every text, two are in few.
        self.alone = frozenset(parts[0] for parts in all_parts if len(parts) == 1 or parts[1] == ANY)
        self.pairs = frozenset((parts[0], parts[1]) for parts in all_parts if len(parts) > 1 and parts[1] != ANY)

    def among(self, words: Words) -> Iterator[tuple[int, str]]:
        """Where a phrase begins, and the phrase, the longest at each place."""
        firsts = self.alone & words.known
        if self.pairs:
            firsts |= {first for first, _second in self.pairs & words.pairs}
        if not firsts:
            return
        after = 0
        for at, word in enumerate(words):
            if word in firsts and at >= after:
                phrase = next((one for one in self._by_first[word] if _stands(one, words, at)), None)
                if phrase is not None:
                    after = at + len(phrase)
                    yield at, " ".join(words[at:after])

    def first(self, words: Words) -> str:
        """The first phrase that stands there; empty where there is none."""
        return next((phrase for _at, phrase in self.among(words)), "")


def _stands(phrase: tuple[str, ...], words: Words, at: int) -> bool:
    if at + len(phrase) > len(words):
        return False
    return all(part in (ANY, words[at + step]) for step, part in enumerate(phrase))
