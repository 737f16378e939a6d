"""Owns the numbers and words that the game is played by; how a file of them is read is the scenario language's."""

from dataclasses import dataclass
from functools import cache

from studio.scenario.combat_rules import CombatRules
from studio.scenario.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The words that open the turn after a check."""

    success: str
    failure: str


@dataclass(frozen=True, slots=True)
class Rules:
    """The die, the usual DC, which skills and conditions there are, which rolls have no DC, and how a fight is fought.

    `own_combat` is None where fights are fought as they ship.
    """

    die: int
    default_dc: int
    uncontested: tuple[str, ...]
    skills: tuple[str, ...]
    conditions: tuple[str, ...]
    outcomes: Outcomes
    own_combat: CombatRules | None = None

    @property
    def combat(self) -> CombatRules:
        """How a fight is fought."""
        return self.own_combat or CombatRules.shipped()

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
            own_combat=words.combat,
        )

    @classmethod
    @cache
    def shipped(cls) -> "Rules":
        """The rules that come with the studio."""
        return cls.of(Vocabulary.shipped())
