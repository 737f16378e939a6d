"""Owns finding listed phrases among the words of a text; knows no list.

A text is split into words once and every list looks at those, so that the cost does not grow with the lists.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

_WORD = re.compile(r"\w+(?:['’]\w+)*")
ANY = "*"
"""Stands for any one word in a phrase."""


def words_of(text: str) -> list[str]:
    """The words, in lower case and with straight apostrophes."""
    found: list[str] = _WORD.findall(text.lower())
    return [word.replace("’", "'") for word in found] if "’" in text else found


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
        self._firsts = frozenset(self._by_first)

    def among(self, words: Sequence[str], known: Collection[str] | None = None) -> Iterator[tuple[int, str]]:
        """Where a phrase begins, and the phrase, the longest at each place. `known` are the words as a set."""
        present = self._firsts.intersection(words if known is None else known)
        if not present:
            return
        after = 0
        for at, word in enumerate(words):
            if word in present and at >= after:
                phrase = next((one for one in self._by_first[word] if _stands(one, words, at)), None)
                if phrase is not None:
                    after = at + len(phrase)
                    yield at, " ".join(words[at:after])


def _stands(phrase: tuple[str, ...], words: Sequence[str], at: int) -> bool:
    if len(phrase) == 1:
        return True
    if at + len(phrase) > len(words):
        return False
    return all(part in (ANY, words[at + step]) for step, part in enumerate(phrase))
