"""Owns finding the misspelt words of a line, each line once; knows neither files nor windows."""

from collections.abc import Sequence
from functools import lru_cache

from studio.scenario import Span
from studio.spelling.dictionary import Dictionary
from studio.spelling.names import NO_NAMES, Names
from studio.spelling.prose import words
from studio.spelling.steps import distance

_LINES_KEPT = 4096
_WORDS_KEPT = 65_536
_LONGEST = 40  # letters; what is longer is no word that a dictionary could know
_LINE_LIMIT = 20_000


class Speller:
    """A dictionary with what it was asked before."""

    def __init__(self, dictionary: Dictionary) -> None:
        self.dictionary = dictionary
        self._lines = lru_cache(_LINES_KEPT)(self._line)
        self._words = lru_cache(_WORDS_KEPT)(dictionary.knows)

    def misspelt(self, line: str, known: Names = NO_NAMES, taken: Sequence[Span] = ()) -> tuple[Span, ...]:
        """Where a line has words that neither the dictionary nor `known` has; `taken` are stretches without prose.

        Lines of more than 20,000 letters are not looked at.
        """
        return self._lines(line, known, tuple(taken)) if len(line) <= _LINE_LIMIT else ()

    def suggest(self, word: str, known: Names = NO_NAMES) -> tuple[str, ...]:
        """What a word may have been meant as, in its own capitals; the names nearest to it come first."""
        plain = word.replace("’", "'")
        own = "'s" if plain.lower().endswith("'s") else ""
        bare = plain.lower().removesuffix("'s")
        found = dict.fromkeys((*_near_names(bare, known), *self.dictionary.suggest(bare)))
        return tuple(_as_written(plain, other + own) for other in found)[:6]

    def _line(self, line: str, known: Names, taken: tuple[Span, ...]) -> tuple[Span, ...]:
        return tuple(span for span, word in words(line, taken) if not self._right(word, known))

    def _right(self, word: str, known: Names) -> bool:
        lower = word.lower()
        if len(word) < 2 or len(word) > _LONGEST or lower in known or self._words(lower):
            return True
        letters = word.removesuffix("'s")
        return letters.isupper() and len(letters) <= 4  # short ones in capitals are abbreviations


def _near_names(word: str, known: Names) -> list[str]:
    most = 1 if len(word) < 6 else 2
    near = [(distance(word, name, most), name) for name in known.words if abs(len(name) - len(word)) <= most]
    return [name for steps, name in sorted(near) if steps <= most][:3]


def _as_written(word: str, other: str) -> str:
    if word.isupper() and len(word) > 1:
        return other.upper()
    return other[:1].upper() + other[1:] if word[:1].isupper() else other
