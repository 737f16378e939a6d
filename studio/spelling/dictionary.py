"""Owns one language's words: which are known, how often each is used, which are near; knows no scenario.

The words come from pyspellchecker's list, read in slices so that loading on a thread never holds up the window; what
the list lacks (British spellings, words of the tabletop) stands in resources/spelling/.
"""

import gzip
import json
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml

from studio.errors import PartMissing
from studio.files import read_text
from studio.language import _
from studio.resources import resource

if TYPE_CHECKING:
    from studio.spelling.nearness import Nearness

_SLICE = 4000
_HALF = 4  # letters of the shortest half of a compound
_AFTER_PREFIX = 5  # letters of the shortest word that takes a prefix (`untill` is no un-till)
_KNOWN_ENOUGH = 200  # uses of a word that may be half of a compound; rarer ones are often slips themselves
_ENDINGS = ("s", "es", "ed", "d", "ing", "er", "ers", "less", "ful", "y", "able", "hood", "fully", "lessly")


@dataclass(frozen=True, slots=True)
class _Grammar:
    """What makes known words of others, by language."""

    variants: tuple[tuple[str, str], ...] = ()
    prefixes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    never_joined: frozenset[str] = frozenset()
    contractions: tuple[str, ...] = ()


class Dictionary:
    """The words of a language. Words are asked for in lower case, with the straight apostrophe."""

    def __init__(self, uses: Mapping[str, int], grammar: _Grammar | None = None) -> None:
        self._uses = uses
        self._grammar = grammar if grammar is not None else _Grammar()
        self._near = cache(self._nearness)

    @classmethod
    def load(cls, language: str = "en") -> "Dictionary":
        """The dictionary of a language; takes a moment. Raises PartMissing where the word list is not installed."""
        try:
            packed = files("spellchecker").joinpath("resources", f"{language}.json.gz").read_bytes()
            uses: dict[str, int] = {}
            for part in _slices(gzip.decompress(packed).decode("utf-8")):
                uses.update(part)
            if not uses:
                raise ValueError(_("it has no words"))
        except (ModuleNotFoundError, OSError, EOFError, ValueError, TypeError, zlib.error) as error:
            raise PartMissing(part="pyspellchecker", reason=str(error)) from error
        grammar, words = _added(language)
        for word in words:
            uses.setdefault(word, _KNOWN_ENOUGH - 1)
        made = cls(uses, grammar)
        made._near()
        return made

    def __contains__(self, word: str) -> bool:
        return word in self._uses

    def knows(self, word: str) -> bool:
        """Whether a word, or the word that it is made of, is in the dictionary."""
        return self._simple(word) or self._derived(word) or self._compound(word)

    def suggest(self, word: str, most: int = 6) -> tuple[str, ...]:
        """Known words that a word may have been meant as, the likeliest first; takes some milliseconds."""
        return self._near().to(word, most)

    def _nearness(self) -> "Nearness":
        # Here and not above: it takes numpy, which whoever only asks what is known need not load.
        from studio.spelling.nearness import Nearness

        return Nearness(self._uses)

    def _simple(self, word: str) -> bool:
        if word in self._uses:
            return True
        stem = word.removesuffix("'s").removesuffix("'")
        if stem in self._uses or self._british(stem):
            return True
        ending = next((ending for ending in self._grammar.contractions if word.endswith(ending)), "")
        if ending:
            return self._simple(word.removesuffix(ending))
        bare = _without_accents(word)
        return bool(self._grammar.variants) and bare != word and self._simple(bare)

    def _british(self, word: str) -> bool:
        """Whether the American spelling of a word is known."""
        for ending, other in self._grammar.variants:
            place = word.rfind(ending)
            if place < 0:
                continue
            rest = word[place + len(ending) :]
            if (not rest or rest in _ENDINGS) and word[:place] + other + rest in self._uses:
                return True
        return False

    def _derived(self, word: str) -> bool:
        stem = word.removesuffix("'s")
        for prefix in self._grammar.prefixes:
            rest = stem.removeprefix(prefix)
            if rest != stem and len(rest) >= _AFTER_PREFIX and self._often(rest):
                return True
        for suffix in self._grammar.suffixes:
            rest = stem.removesuffix(suffix)
            if rest != stem and len(rest) >= _HALF and self._often(rest):
                return True
        return False

    def _compound(self, word: str) -> bool:
        stem = word.removesuffix("'s")
        halves = ((stem[:place], stem[place:]) for place in range(_HALF, len(stem) - _HALF + 1))
        return any(self._joins(left) and self._joins(right) for left, right in halves)

    def _joins(self, half: str) -> bool:
        return half not in self._grammar.never_joined and self._often(half)

    def _often(self, word: str) -> bool:
        return self._uses.get(word, 0) >= _KNOWN_ENOUGH


def _without_accents(word: str) -> str:
    """A word as those write it who leave accents out: naïve as naive."""
    return "".join(sign for sign in unicodedata.normalize("NFD", word) if not unicodedata.combining(sign))


def _slices(text: str) -> Iterator[dict[str, int]]:
    """The word list in parts: one call on all of it would keep every other thread waiting."""
    lines = text.strip().removeprefix("{").removesuffix("}").splitlines()
    try:
        for start in range(0, len(lines), _SLICE):
            part = "".join(lines[start : start + _SLICE]).strip().rstrip(",")
            yield json.loads("{" + part + "}")
    except ValueError:  # the list is laid out in another way
        yield json.loads(text)


def _added(language: str) -> tuple[_Grammar, list[str]]:
    path = resource("spelling") / f"{language}.yaml"
    if not path.is_file():
        return _Grammar(), []
    table = yaml.safe_load(read_text(path))
    grammar = _Grammar(
        tuple((ending, other) for ending, other in table["variants"]),
        tuple(table["prefixes"]),
        tuple(table["suffixes"]),
        frozenset(table["never_joined"]),
        tuple(table["contractions"]),
    )
    return grammar, [word for line in table["words"] for word in line.split()]
