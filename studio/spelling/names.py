"""Owns the words that a scenario teaches: the names of its party, its world, its place; knows no dictionary."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from studio.scenario import Character, Scenario
from studio.spelling.steps import distance

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_INSIDE = re.compile(r"(?<=[a-zà-ÿ,;] )[A-ZÀ-Þ][^\W\d_]+(?:['’][^\W\d_]+)*")  # a capital that begins no sentence
_SURE = 4  # letters of a name that another word can be a slip of


@dataclass(frozen=True, slots=True)
class Names:
    """Words that count as known, in lower case with the straight apostrophe; equal where the words are."""

    words: frozenset[str] = frozenset()

    def __contains__(self, word: str) -> bool:
        """Whether a word is one of them, or the possessive or plural of one."""
        return word in self.words or any(stem in self.words for stem in _stems(word))

    def __or__(self, other: "Names") -> "Names":
        return Names(self.words | other.words)


NO_NAMES = Names()


def names_of(scenario: Scenario, *more: Iterable[str]) -> Names:
    """The names of a scenario, and other words given.

    All words of the sheets, the capitalised ones of World and Location, and those that a turn writes with a capital
    inside a sentence, unless they look like a slip in one of the others.
    """
    found: set[str] = set()
    system = scenario.system
    if system is not None:
        for character in system.party:
            found.update(_plain(word) for text in _told(character) for word in _WORD.findall(text))
        for section in (system.world, system.location):
            found.update(_plain(word) for word in _WORD.findall(section or "") if word[0].isupper())
    for words in more:
        found.update(_plain(word) for word in words)
    spoken = {_plain(word) for turn in scenario.turns for word in _INSIDE.findall(turn.content)} - found
    return Names(frozenset(found | {word for word in spoken if not _slip(word, found)}))


def _slip(word: str, names: Iterable[str]) -> bool:
    """Whether a word is one step from a longer name, and not its plural."""
    near = (name for name in names if len(name) >= _SURE and abs(len(name) - len(word)) <= 1)
    return any(distance(word, name, 1) == 1 and word != f"{name}s" and name != f"{word}s" for name in near)


def _told(character: Character) -> Iterator[str]:
    """What of a sheet is names: not the lines that are told in sentences."""
    yield character.name
    yield character.kind or ""
    yield character.class_name or ""
    yield from (item.name for item in character.inventory)
    yield from character.spells
    yield from character.skills
    yield from character.other
    yield from (word for value in character.other.values() for word in _WORD.findall(value) if word[0].isupper())


def _plain(word: str) -> str:
    return word.replace("’", "'").lower().removesuffix("'s")


def _stems(word: str) -> Iterator[str]:
    """What a word may be the possessive or the plural of."""
    bare = word.removesuffix("'s").removesuffix("'")
    if bare != word:
        yield bare
    if bare.endswith("s") and len(bare) > 3:
        yield bare[:-1]
        yield bare[:-2] if bare.endswith("es") else bare
        yield bare[:-3] + "y" if bare.endswith("ies") else bare
        yield bare[:-3] + "f" if bare.endswith("ves") else bare
