"""Owns what somebody fights with: the weapons among the things on a sheet, and the dice of a blow."""

import re
from collections.abc import Iterator
from dataclasses import replace

from studio.language import _
from studio.rules.party import Sheet
from studio.rules.sides import FOES, side
from studio.rules.table import Rules
from studio.scenario.combat_rules import Weapon
from studio.scenario.model import plain_name

_OWN = re.compile(
    r"(?P<name>[^()]+?)\s*\((?P<dice>(?:[1-9]\d?)?d[1-9]\d{0,3}(?:\s?[+-]\s?\d{1,3})?|\d{1,4})(?P<kind> [^()]*)?\)"
)
_PARTS = re.compile(r"(?:(?P<number>\d{0,3})d(?P<size>\d{1,5}))?(?P<flat>[+-]?\d{1,6})?\Z")


def weapons(sheet: Sheet, rules: Rules) -> tuple[Weapon, ...]:
    """What they can fight with, in the order of their things, spells with dice after them, bare hands last.

    A foe without any of these has what nature gave it.
    """
    carried = tuple(_carried(sheet, rules))
    if side(sheet, rules) != FOES:
        return (*carried, replace(rules.combat.unarmed, name=_("bare hands")))
    return carried or (replace(rules.combat.natural, name=_("a blow")),)


def _carried(sheet: Sheet, rules: Rules) -> Iterator[Weapon]:
    seen = set[str]()
    for name in (*(item.name for item in sheet.inventory), *sheet.character.spells):
        weapon = weapon_of(name, rules)
        if weapon is not None and plain_name(weapon.name) not in seen:
            seen.add(plain_name(weapon.name))
            yield weapon


def weapon_of(item: str, rules: Rules) -> Weapon | None:
    """The weapon that a thing is: by its own dice, `Mallet (6)`, else by the longest known name within its own."""
    known = _known(plain_name(item), rules)
    own = _OWN.match(item.strip()) if len(item) <= 200 else None
    if own is not None:
        kind = plain_name(own["kind"] or "") or (known.damage if known else "")
        return Weapon(own["name"], own["dice"].replace(" ", "").lower(), kind)
    return None if known is None else Weapon(item, known.dice, known.damage, known.add)


def _known(plain: str, rules: Rules) -> Weapon | None:
    padded = f" {plain} "
    fits = [weapon for weapon in rules.combat.weapons if f" {weapon.name} " in padded]
    return max(fits, key=lambda weapon: len(weapon.name)) if fits else None


def times(dice: str, count: int) -> str:
    """The dice of a critical hit: as many times the dice, what is added once; a bare number so many times."""
    number, size, flat = _read(dice)
    if not size:
        return str(flat * count)
    return f"{number * count}d{size}" + (f"{flat:+d}" if flat else "")


def plus(dice: str, more: int) -> str:
    """Dice with a number added."""
    number, size, flat = _read(dice)
    flat += more
    if not size:
        return str(max(0, flat))
    return f"{number}d{size}" + (f"{flat:+d}" if flat else "")


def mean(dice: str) -> float:
    """What dice come to on average."""
    number, size, flat = _read(dice)
    return number * (size + 1) / 2 + flat


def _read(dice: str) -> tuple[int, int, int]:
    """How many dice, of how many sides, and what is added."""
    parts = _PARTS.match(dice)
    if parts is None:
        return 0, 0, 0
    size = int(parts["size"] or 0)
    return int(parts["number"] or 1) if size else 0, size, int(parts["flat"] or 0)
