"""Owns the words that a scenario may use: skills, conditions, outcome words; knows no rule of play."""

from dataclasses import dataclass
from functools import cache

import yaml

from studio.files import read_text
from studio.resources import resource


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one set of rules. `uncontested` names the skills whose roll has no outcome word."""

    skills: tuple[str, ...]
    conditions: tuple[str, ...]
    uncontested: tuple[str, ...]
    outcomes: tuple[str, ...]
    die: int = 20

    @classmethod
    @cache
    def shipped(cls) -> "Vocabulary":
        """The words of the rules that come with the studio."""
        rules = yaml.safe_load(read_text(resource("rules.yaml")))
        return cls(
            skills=tuple(rules["skills"]),
            conditions=tuple(rules["conditions"]),
            uncontested=tuple(rules["uncontested"]),
            outcomes=tuple(rules["outcomes"].values()),
            die=int(rules["die"]),
        )
