"""Owns what somebody does on a turn: an attack, or a remedy; and damage and healing that the table decides."""

from dataclasses import replace

from studio.language import _
from studio.rules.acts import Act, CombatRefused, Scene, found, mode_of
from studio.rules.checks import Check, Outcome, check
from studio.rules.harms import Table, ended_by, harm, mend, mortal
from studio.rules.party import Party, Sheet
from studio.rules.scores import added, armour_class, attacks
from studio.rules.sides import stands
from studio.rules.table import Rules
from studio.rules.weapons import plus, times, weapons
from studio.scenario.combat_rules import Weapon
from studio.scenario.model import plain_name


def attack(
    party: Party,
    attacker: str,
    target: str,
    *,
    weapon: str | None = None,
    advantage: str | None = None,
    table: Table,
) -> Act:
    """One attack against the target's armour class, with a named weapon or the first; raises CombatRefused.

    Only whoever's turn it is attacks, and as often as the rules allow. The die's highest faces hit whatever the armour
    and throw the damage again, its lowest miss.
    """
    rules, scene = table.rules, Scene(party, table.tools)
    one, other = found(party, attacker), found(party, target)
    may_act(party, one, rules)
    if one is other:
        raise CombatRefused(reason=_("{name} cannot be attacked: the turn is theirs. Let them act, or end it.").format(
            name=one.name))  # fmt: skip
    if other.health is None or not stands(party, other.name):
        raise CombatRefused(reason=_("{name} cannot be attacked.").format(name=other.name))
    used, armour = _weapon(one, weapon, rules), armour_class(other, rules)
    made = _swing(one, other, armour, mode_of(advantage), table)
    critical, hit = _lands(made, armour, rules)
    outcome = Outcome.SUCCESS if hit else Outcome.FAILURE
    scene.tries(_("{0} attacks {1} with {2}.").format(one.name, other.name, used.name))
    scene.checked(one.name, made, dc=_decided(made, armour, hit), advantage=mode_of(advantage), outcome=outcome)
    scene.outcome = outcome
    if scene.party.combat is not None:
        scene.fight(replace(scene.party.combat, done=scene.party.combat.done + 1))
    names = one.name, other.name, used.name
    scene.brief = _told(critical, hit).format(*names)
    scene.say(_numbered(critical, hit).format(*names, made.total, armour))
    if hit:
        dice = plus(used.dice, added(one, used.add)) if used.add else used.dice
        harm(scene, other.name, times(dice, rules.combat.times) if critical else dice, used.damage, table)
    ended_by(scene, one.name, "attack", rules)
    return scene.act("attack", one.name, other.name)


def _swing(one: Sheet, other: Sheet, armour: int, advantage: str | None, table: Table) -> Check:
    """The throw of an attack, with what the conditions of both do to it."""
    rules = table.rules
    modes = [(rules.combat.effect(name).against, name) for name in other.conditions]
    against = [(mode, name) for mode, name in modes if mode]
    skill = rules.combat.attack
    return check(skill, one, rules=rules, rng=table.rng, dc=armour, advantage=advantage, against=against)


def _lands(made: Check, armour: int, rules: Rules) -> tuple[bool, bool]:
    """Whether an attack is a critical hit, and whether it hits."""
    critical = made.rolled.natural > rules.die - rules.combat.critical
    missed = made.rolled.natural <= rules.combat.fumble and not critical
    return critical, critical or (not missed and made.total >= armour)


def _decided(made: Check, armour: int, hit: bool) -> int:
    """The DC that a scenario writes: the armour class, but where the face alone decided, one that says the same."""
    return max(1, min(armour, made.total) if hit else max(armour, made.total + 1))


def _told(critical: bool, hit: bool) -> str:
    """How an attack went; its places are who, whom, and with what."""
    if critical:
        return _("A critical hit! {0} hits {1} with {2}.")
    return _("{0} hits {1} with {2}.") if hit else _("{0} misses {1} with {2}.")


def _numbered(critical: bool, hit: bool) -> str:
    """The sentence of an attack; its places are who, whom, with what, the total, and the armour class."""
    if critical:
        return _("A critical hit! {0} hits {1} with {2} ({3} against {4}).")
    return _("{0} hits {1} with {2} ({3} against {4}).") if hit else _("{0} misses {1} with {2} ({3} against {4}).")


def may_act(party: Party, sheet: Sheet, rules: Rules) -> None:
    """Raises CombatRefused where somebody cannot act now."""
    combat = party.combat
    if combat is None:
        raise CombatRefused(reason=_("There is no fight. Begin one first."))
    whose = combat.whose
    if whose is None or plain_name(whose) != plain_name(sheet.name):
        raise CombatRefused(reason=_("It is {whose}'s turn, not {name}'s.").format(whose=whose, name=sheet.name))
    if not stands(party, sheet.name):
        raise CombatRefused(reason=_("{name} is out of the fight.").format(name=sheet.name))
    if any(rules.combat.effect(name).skips for name in sheet.conditions):
        raise CombatRefused(reason=_("{name} cannot act this turn.").format(name=sheet.name))
    if combat.done >= attacks(sheet, rules):
        raise CombatRefused(
            reason=_("{name} has acted this turn. End it, and the next one acts.").format(name=sheet.name)
        )


def _weapon(sheet: Sheet, name: str | None, rules: Rules) -> Weapon:
    there = weapons(sheet, rules)
    if not name:
        return there[0]
    wanted = plain_name(name)
    fits = [one for one in there if wanted == plain_name(one.name)] or [
        one for one in there if wanted in plain_name(one.name) or plain_name(one.name) in wanted
    ]
    if not fits:
        raise CombatRefused(reason=_("{name} has no {weapon} to fight with.").format(name=sheet.name, weapon=name))
    return fits[0]


def damage(party: Party, who: str, dice: str, kind: str = "", *, table: Table) -> Act:
    """Damage of a kind, with what the sheet says of it; raises CombatRefused or BadDice."""
    scene, sheet = Scene(party, table.tools), found(party, who)
    mortal(sheet)
    harm(scene, sheet.name, dice, plain_name(kind), table)
    return scene.act("damage", None, sheet.name)


def heal(party: Party, who: str, dice: str, *, table: Table) -> Act:
    """Health back, up to the maximum; raises CombatRefused or BadDice."""
    scene, sheet = Scene(party, table.tools), found(party, who)
    mend(scene, sheet.name, dice, table)
    return scene.act("heal", None, sheet.name)


def use(party: Party, who: str, item: str, target: str = "", *, table: Table) -> Act:
    """Uses up a remedy, on oneself or another; in a fight it is what one does in a turn. Raises CombatRefused."""
    scene, sheet = Scene(party, table.tools), found(party, who)
    dice = remedy(item, table.rules)
    if dice is None:
        raise CombatRefused(reason=_("{item} heals nobody by these rules.").format(item=item))
    if sheet.count(item) < 1:
        raise CombatRefused(reason=_("{name} has no {item}.").format(name=sheet.name, item=item))
    if party.combat is not None:
        may_act(party, sheet, table.rules)
        scene.fight(replace(party.combat, done=attacks(sheet, table.rules)))
    scene.say(_("{name} uses {item}.").format(name=sheet.name, item=item))
    scene.put(sheet.with_item(item, -1))
    scene.call("take", sheet.name, item)
    other = found(scene.party, target or sheet.name)
    mend(scene, other.name, dice, table)
    return scene.act("use", sheet.name, other.name)


def remedy(item: str, rules: Rules) -> str | None:
    """The dice of a remedy, by the longest known name within a thing's, or None."""
    padded = f" {plain_name(item)} "
    fits = [(name, dice) for name, dice in rules.combat.remedies if f" {name} " in padded]
    return max(fits, key=lambda fit: len(fit[0]))[1] if fits else None
