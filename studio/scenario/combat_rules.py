"""Owns what a set of rules says of a fight: weapons, conditions' effects, experience; knows no rule of play.

How it is read from a table that people wrote, and what is wrong with one, is in `combat_reading`.
"""

from dataclasses import dataclass
from functools import cache

import yaml

from studio.files import read_text
from studio.resources import resource
from studio.scenario.model import plain_name
from studio.scenario.tables import SAFE

ADVANTAGE, DISADVANTAGE = "adv", "dis"
TARGETS = ("weakest", "strongest", "first", "random")
"""Whom a side can be told to attack."""


@dataclass(frozen=True, slots=True)
class Weapon:
    """What a blow does: `dice` such as `1d6+2` or `4`, the kind of damage, and the abilities of which one is added."""

    name: str
    dice: str
    damage: str = ""
    add: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """What a condition does to the one in it.

    `attacks`, `checks`, `against` are `adv`, `dis`, dice to add, or empty; `saves` says the same of an ability, or of
    every one where it is empty. `each_turn` is dice and kind of damage, `shakes_off` an ability and a DC.
    """

    attacks: str = ""
    checks: str = ""
    saves: tuple[tuple[str, str], ...] = ()
    against: str = ""
    fails: tuple[str, ...] = ()
    skips: bool = False
    each_turn: tuple[str, str] | None = None
    lasts: int | None = None
    shakes_off: tuple[str, int] | None = None
    ends_on: tuple[str, ...] = ()

    def on_save(self, ability: str) -> tuple[str, ...]:
        """What it does to a saving throw of that ability."""
        return tuple(mode for name, mode in self.saves if not name or name == ability)


@dataclass(frozen=True, slots=True)
class CombatRules:
    """How a fight is fought. Names are lower case; `armour_class` None is the usual DC.

    `unarmed` is what bare hands do, `natural` what a foe does on whose sheet no weapon stands.
    """

    abilities: tuple[tuple[str, tuple[str, ...]], ...] = ()
    weapons: tuple[Weapon, ...] = ()
    remedies: tuple[tuple[str, str], ...] = ()
    effects: tuple[tuple[str, Effect], ...] = ()
    challenge: tuple[tuple[str, int], ...] = ()
    levels: tuple[int, ...] = ()
    armour_class: int | None = None
    attack: str = "attack"
    initiative: str = "initiative"
    unarmed: Weapon = Weapon("", "1")
    natural: Weapon = Weapon("", "1")
    critical: int = 1
    times: int = 2
    fumble: int = 1
    attacks: int = 1
    rounds: int = 50
    foes: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    targets: tuple[tuple[str, str], ...] = ()

    @classmethod
    @cache
    def shipped(cls) -> "CombatRules":
        """The fight that comes with the studio."""
        from studio.scenario.combat_reading import combat_rules

        values = yaml.load(read_text(resource("rules/combat.yaml")), SAFE)
        rules, troubles = combat_rules(values, cls())
        assert not troubles, troubles
        return rules

    def effect(self, condition: str) -> Effect:
        """What a condition does; nothing where the rules do not say."""
        wanted = plain_name(condition)
        return next((effect for name, effect in self.effects if name == wanted), _NOTHING)

    def ability(self, name: str) -> str | None:
        """The ability of that name, or the one a skill falls under, or None."""
        wanted = plain_name(name)
        for ability, skills in self.abilities:
            if wanted == ability or wanted in skills:
                return ability
        return None


_NOTHING = Effect()
