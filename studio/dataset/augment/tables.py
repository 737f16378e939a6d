"""Owns the words that variants are made with: names, classes, equivalent places, outcomes; knows no scenario."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import yaml

from studio.files import read_text
from studio.resources import resource
from studio.rules import Outcome
from studio.scenario.model import plain_name


@dataclass(frozen=True, slots=True)
class Names:
    """Names by whom they fit (`she`, `he`, `any`, `foe`, `family`), and the titles that stand before a name.

    `says` are words of a kind or class that say of whom it is.
    """

    groups: Mapping[str, tuple[str, ...]]
    titles: frozenset[str]
    says: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Profession:
    """A class: health a level, its skills with their modifiers at level 1, best first, and what one of it carries."""

    name: str
    health: int
    skills: Mapping[str, int]
    gear: tuple[str, ...]

    def modifier(self, skill: str, level: int) -> int | None:
        """What one of a level adds to a skill; None where the class does not teach it."""
        first = self.skills.get(plain_name(skill))
        return None if first is None else first + (level - 1) // 2

    def health_at(self, level: int) -> int:
        """The most health at a level."""
        return 6 + self.health * level


@dataclass(frozen=True, slots=True)
class Professions:
    """All classes, and what experience the next level needs, by level from 1."""

    all: tuple[Profession, ...]
    experience: tuple[int, ...]

    def needed(self, level: int) -> int:
        """What the level after this one needs."""
        return self.experience[max(0, min(level, len(self.experience)) - 1)]

    def named(self, name: str) -> Profession | None:
        """The class of that name."""
        return next((one for one in self.all if plain_name(one.name) == plain_name(name)), None)


@dataclass(frozen=True, slots=True)
class Equivalents:
    """Groups of common nouns that may stand for one another, and proper names of places.

    `within` are words that only a place follows, `before` others that may stand before one.
    """

    nouns: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]
    within: frozenset[str]
    before: frozenset[str]


@cache
def names() -> Names:
    """The names that ship."""
    raw = _table("names.yaml")
    titles, says = raw.pop("titles"), raw.pop("says")
    groups = {group: tuple(words) for group, words in raw.items()}
    said = {group: frozenset(words) for group, words in says.items()}
    return Names(groups, frozenset(word.lower() for word in titles), said)


@cache
def professions() -> Professions:
    """The classes that ship."""
    raw = _table("classes.yaml")
    found = (
        Profession(
            name,
            row["health"],
            {plain_name(skill): value for skill, value in row["skills"].items()},
            tuple(row["gear"]),
        )
        for name, row in raw["classes"].items()
    )
    return Professions(tuple(found), tuple(raw["experience"]))


@cache
def equivalents() -> Equivalents:
    """The equivalent places that ship."""
    raw = _table("equivalents.yaml")
    return Equivalents(
        tuple(map(tuple, raw["nouns"])), tuple(raw["names"]), frozenset(raw["within"]), frozenset(raw["before"])
    )


@cache
def tellings() -> Mapping[tuple[str, Outcome], tuple[str, ...]]:
    """What may be told of a check, by its skill as names are compared, and how it went."""
    raw = _table("outcomes.yaml")
    return {(plain_name(skill), Outcome(way)): tuple(told) for skill, ways in raw.items() for way, told in ways.items()}


def _table(name: str) -> dict:  # type: ignore[type-arg]  # its shape is said by the values above
    table = yaml.safe_load(read_text(resource(name)))
    assert isinstance(table, dict)
    return table
