"""Owns what the rules read from a sheet beyond its listed skills: ability scores, armour class, resistances, worth."""

import re

from studio.rules.party import Sheet
from studio.rules.table import Rules
from studio.scenario.model import plain_name

MOST_ATTACKS = 20
"""A sheet that lists more attacks in a turn has so many."""

_NUMBER = re.compile(r"-?\d{1,4}\b")
_SCORE = re.compile(r"([a-z]{3,20})[: ]{1,3}(\d{1,2})\b")
_SCORES = ("abilities", "ability scores", "attributes")
_ARMOUR = ("ac", "armor class", "armour class")
_WORTH = ("reward",)
_CHALLENGE = ("challenge", "challenge rating", "cr")
_FACTORS = (
    (("immunities", "immunity", "damage immunities"), 0.0),
    (("resistances", "resistance", "damage resistances"), 0.5),
    (("vulnerabilities", "vulnerability", "damage vulnerabilities"), 2.0),
)


def modifier(sheet: Sheet, skill: str, rules: Rules) -> int | None:
    """What a sheet adds to a throw: the listed modifier, else that of an ability's score, else None.

    A saving throw (`dexterity save`) is looked up by that name, then by the ability's.
    """
    listed = sheet.modifier(skill)
    if listed is not None:
        return listed
    plain = plain_name(skill)
    bare = plain.removesuffix(" save")
    if bare != plain and (listed := sheet.modifier(f"{bare} saving throw")) is not None:
        return listed
    if bare != plain and (listed := sheet.modifier(bare)) is not None:
        return listed
    ability = rules.combat.ability(bare) if sheet.character.other else None
    score = _scored(sheet, ability) if ability is not None else None
    return None if score is None else (score - 10) // 2


def added(sheet: Sheet, abilities: tuple[str, ...]) -> int:
    """The best modifier of some abilities' scores; nothing where the sheet gives none."""
    scores = [score for ability in abilities if (score := _scored(sheet, ability)) is not None]
    return (max(scores) - 10) // 2 if scores else 0


def _scored(sheet: Sheet, ability: str) -> int | None:
    """An ability's score: `Dexterity: 14`, `DEX: 14`, or within `Abilities: Dexterity 14, ...`."""
    for key, value in sheet.character.other.items():
        plain = plain_name(key)
        if plain in (ability, ability[:3]) and (found := _NUMBER.match(value.strip())):
            return int(found[0])
        if plain in _SCORES:
            for name, score in _SCORE.findall(value.lower()[:400]):
                if name in (ability, ability[:3]):
                    return int(score)
    return None


def _line(sheet: Sheet, keys: tuple[str, ...]) -> str:
    return next((value for key, value in sheet.character.other.items() if plain_name(key) in keys), "")


def _number(sheet: Sheet, keys: tuple[str, ...]) -> int | None:
    found = _NUMBER.match(_line(sheet, keys).strip())
    return int(found[0]) if found else None


def armour_class(sheet: Sheet, rules: Rules) -> int:
    """What an attack on them must reach: the sheet's, else the rules', which may be the usual DC."""
    listed = _number(sheet, _ARMOUR)
    if listed is not None:
        return listed
    return rules.default_dc if rules.combat.armour_class is None else rules.combat.armour_class


def factor(sheet: Sheet, damage: str) -> float:
    """How much of a kind of damage gets through: none, half, all, or twice as much."""
    if not damage or not sheet.character.other:
        return 1.0
    for keys, times in _FACTORS:
        if damage in (plain_name(word) for word in re.split(r"[,;]", _line(sheet, keys))):
            return times
    return 1.0


def attacks(sheet: Sheet, rules: Rules) -> int:
    """How often they may attack in a turn."""
    return max(1, min(_number(sheet, ("attacks",)) or rules.combat.attacks, MOST_ATTACKS))


def target_rule(sheet: Sheet) -> str:
    """Whom they attack where the rules choose, if their sheet says so."""
    return plain_name(_line(sheet, ("target", "targets")))


def worth(sheet: Sheet, rules: Rules) -> int:
    """The experience for beating them: `Reward: 75`, else by `Challenge: 1/4`, else by level."""
    listed = _number(sheet, _WORTH)
    if listed is not None:
        return max(0, listed)
    challenge = _line(sheet, _CHALLENGE).strip() or str(sheet.level or 0)
    return dict(rules.combat.challenge).get(challenge, 0)
