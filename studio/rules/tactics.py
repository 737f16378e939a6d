"""Owns what somebody can do on a turn, and what the rules choose for who has no player."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from studio.language import _
from studio.rules.blows import remedy
from studio.rules.deeds import Deed
from studio.rules.party import Party, Sheet
from studio.rules.scores import attacks, target_rule
from studio.rules.sides import opponents, side, stands
from studio.rules.table import Rules
from studio.rules.weapons import mean, weapons
from studio.scenario.combat_rules import TARGETS, Weapon
from studio.scenario.model import plain_name


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be done now, and how it is told."""

    deed: Deed
    sentence: str


def offers(party: Party, who: str, rules: Rules) -> tuple[Offer, ...]:
    """What somebody can do: on their turn attacks and remedies, always to leave; nothing for who is out of it."""
    sheet, combat = party.find(who), party.combat
    if sheet is None or combat is None or not stands(party, who):
        return ()
    made: list[Offer] = []
    if _can_act(party, sheet, rules):
        made += _attacks(party, sheet, rules)
        made += _remedies(sheet, rules)
    if combat.whose is not None and plain_name(combat.whose) == plain_name(sheet.name):
        made.append(Offer(Deed("next"), _("End the turn")))
    made.append(Offer(Deed("leave", sheet.name), _("Leave the fight")))
    return tuple(made)


def _can_act(party: Party, sheet: Sheet, rules: Rules) -> bool:
    combat = party.combat
    if combat is None or combat.whose is None or plain_name(combat.whose) != plain_name(sheet.name):
        return False
    held = any(rules.combat.effect(name).skips for name in sheet.conditions)
    return stands(party, sheet.name) and not held and combat.done < attacks(sheet, rules)


def _attacks(party: Party, sheet: Sheet, rules: Rules) -> Iterator[Offer]:
    for other in opponents(party, sheet.name, rules):
        for weapon in weapons(sheet, rules):
            text = _("Attack {target} with {weapon} ({dice})")
            told = text.format(target=other.name, weapon=weapon.name, dice=weapon.dice)
            yield Offer(Deed("attack", sheet.name, other.name, weapon=weapon.name), told)


def _remedies(sheet: Sheet, rules: Rules) -> Iterator[Offer]:
    hurt = sheet.health is not None and sheet.health[0] < sheet.health[1]
    for item in sheet.inventory if hurt else ():
        dice = remedy(item.name, rules)
        if dice is not None:
            told = _("Use {item} (+{dice} health)").format(item=item.name, dice=dice)
            yield Offer(Deed("use", sheet.name, sheet.name, item=item.name), told)


def choose(party: Party, who: str, rules: Rules, rng: random.Random) -> Deed:
    """What the rules choose for somebody whose turn it is: an attack by the side's tactics, else the end of the turn.

    The sheet's line `Target: strongest` goes before the side's. The weapon is the one that hurts most on average.
    """
    sheet = party.find(who)
    there = opponents(party, who, rules)
    if sheet is None or not there or not _can_act(party, sheet, rules):
        return Deed("next")
    weapon = max(weapons(sheet, rules), key=_strength)
    return Deed("attack", sheet.name, target_among(there, sheet, rules, rng).name, weapon=weapon.name)


def target_among(there: Sequence[Sheet], sheet: Sheet, rules: Rules, rng: random.Random) -> Sheet:
    """Whom of some the tactics of a sheet, or of its side, choose."""
    rule = target_rule(sheet)
    if rule not in TARGETS:
        rule = dict(rules.combat.targets).get(side(sheet, rules), TARGETS[0])
    return _CHOICES[rule](there, rng)


def _strength(weapon: Weapon) -> float:
    return mean(weapon.dice)


def _health(sheet: Sheet) -> int:
    return sheet.health[0] if sheet.health else 0


_CHOICES: dict[str, Callable[[Sequence[Sheet], random.Random], Sheet]] = {
    "weakest": lambda there, rng: min(there, key=_health),
    "strongest": lambda there, rng: max(there, key=_health),
    "first": lambda there, rng: there[0],
    "random": lambda there, rng: there[rng.randrange(len(there))],
}
