"""Owns the numbers and words that the game is played by; how a file of them is read is in `reading`."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from studio.resources import resource
from studio.scenario.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The words that open the turn after a check."""

    success: str
    failure: str


@dataclass(frozen=True, slots=True)
class Rules:
    """The die, the usual DC, which skills and conditions there are, and which rolls have no DC."""

    die: int
    default_dc: int
    uncontested: tuple[str, ...]
    skills: tuple[str, ...]
    conditions: tuple[str, ...]
    outcomes: Outcomes

    @classmethod
    def load(cls, path: Path) -> "Rules":
        """The rules in a YAML file; raises BadRules, or the errors of reading a file."""
        from studio.rules.reading import read_rules  # what is replayed only does not pay for validation

        return read_rules(path)

    @classmethod
    def of(cls, words: Vocabulary) -> "Rules":
        """The rules with the words and numbers of a game."""
        success, failure = words.outcomes
        return cls(
            die=words.die,
            default_dc=words.default_dc,
            uncontested=words.uncontested,
            skills=words.skills,
            conditions=words.conditions,
            outcomes=Outcomes(success=success, failure=failure),
        )

    @classmethod
    @cache
    def shipped(cls) -> "Rules":
        """The rules that come with the studio."""
        return cls.load(resource("rules.yaml"))
