"""Owns what hurts and what heals: attacks, saving throws, damage by its kind, and what conditions begin and end."""

import random
from dataclasses import dataclass, replace

from studio.language import _
from studio.rules.acts import Act, CombatRefused, Scene, found
from studio.rules.checks import Check, Outcome, check, save_name, saved_ability
from studio.rules.dice import roll
from studio.rules.party import Party, Sheet
from studio.rules.scores import added, armour_class, attacks, factor
from studio.rules.sides import stands
from studio.rules.table import Rules
from studio.rules.weapons import plus, times, weapons
from studio.scenario.combat_rules import ADVANTAGE, DISADVANTAGE, Weapon
from studio.scenario.model import plain_name
from studio.scenario.tools import ToolTable


@dataclass(frozen=True, slots=True)
class Table:
    """What an act is decided by."""

    rules: Rules
    rng: random.Random
    tools: ToolTable | None = None


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
    _may_act(party, one, rules)
    if one is other or other.health is None or not stands(party, other.name):
        raise CombatRefused(reason=_("{name} cannot be attacked.").format(name=other.name))
    used = _weapon(one, weapon, rules)
    armour = armour_class(other, rules)
    modes = [(rules.combat.effect(name).against, name) for name in other.conditions]
    made = check(
        rules.combat.attack,
        one,
        rules=rules,
        rng=table.rng,
        dc=armour,
        advantage=_mode(advantage),
        against=[(mode, name) for mode, name in modes if mode],
    )
    critical = made.rolled.natural > rules.die - rules.combat.critical
    missed = made.rolled.natural <= rules.combat.fumble and not critical
    hit = critical or (not missed and made.total >= armour)
    outcome = Outcome.SUCCESS if hit else Outcome.FAILURE
    scene.outcome = outcome
    scene.checked(one.name, made, dc=_decided(made, armour, hit), advantage=_mode(advantage), outcome=outcome)
    if scene.party.combat is not None:
        scene.fight(replace(scene.party.combat, done=scene.party.combat.done + 1))
    words = {"name": one.name, "target": other.name, "weapon": used.name, "total": made.total, "armour": armour}
    if hit:
        told = _("A critical hit!") + " " if critical else ""
        text = _("{name} hits {target} with {weapon} ({total} against {armour}).")
        scene.say(told + text.format(**words))
        dice = plus(used.dice, added(one, used.add)) if used.add else used.dice
        _harm(scene, other.name, times(dice, rules.combat.times) if critical else dice, used.damage, table)
    else:
        scene.say(_("{name} misses {target} with {weapon} ({total} against {armour}).").format(**words))
    _ended_by(scene, one.name, "attack", rules)
    return scene.act("attack", one.name, other.name)


def _decided(made: Check, armour: int, hit: bool) -> int:
    """The DC that a scenario writes: the armour class, but where the face alone decided, one that says the same."""
    return min(armour, max(1, made.total)) if hit else max(armour, made.total + 1)


def _mode(advantage: str | None) -> str | None:
    if advantage not in (None, "", ADVANTAGE, DISADVANTAGE):
        raise CombatRefused(reason=_("“{word}” is neither adv nor dis.").format(word=advantage))
    return advantage or None


def _may_act(party: Party, sheet: Sheet, rules: Rules) -> None:
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
        raise CombatRefused(reason=_("{name} has acted this turn.").format(name=sheet.name))


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
    _mortal(sheet)
    _harm(scene, sheet.name, dice, plain_name(kind), table)
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
        _may_act(party, sheet, table.rules)
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


def save(
    party: Party,
    who: str,
    ability: str,
    dc: int,
    *,
    advantage: str | None = None,
    dice: str = "",
    kind: str = "",
    half: bool = False,
    condition: str = "",
    table: Table,
) -> Act:
    """A saving throw by an ability, or by a skill that the sheet lists; raises CombatRefused.

    Where it fails there is damage, or a condition, or both; where it succeeds nothing, or `half` the damage.
    """
    scene, sheet = Scene(party, table.tools), found(party, who)
    if dice or condition:
        _mortal(sheet, only=bool(dice))
    if not plain_name(ability) or not 1 <= dc <= 9999:
        raise CombatRefused(reason=_("A saving throw needs an ability and a DC from 1 to 9999."))
    saved = _saves(scene, sheet, ability, dc, _mode(advantage), table)
    if dice and (half or not saved):
        _harm(scene, sheet.name, dice, plain_name(kind), table, share=0.5 if saved else 1.0)
    if condition and not saved:
        begin_condition(scene, sheet.name, condition)
    return scene.act("save", None, sheet.name)


def _saves(scene: Scene, sheet: Sheet, ability: str, dc: int, advantage: str | None, table: Table) -> bool:
    """Whether somebody saves; some conditions leave no throw."""
    rules, name = table.rules, save_name(ability, table.rules)
    plain = saved_ability(name, rules)
    for condition in sheet.conditions:
        if plain in rules.combat.effect(condition).fails:
            scene.outcome = Outcome.FAILURE
            text = _("{name} is {condition}, and the {save} fails.")
            scene.say(text.format(name=sheet.name, condition=condition, save=name))
            return False
    made = check(name, sheet, rules=rules, rng=table.rng, dc=dc, advantage=advantage)
    saved = made.total >= dc
    scene.outcome = Outcome.SUCCESS if saved else Outcome.FAILURE
    scene.checked(sheet.name, made, dc=dc, advantage=advantage, outcome=scene.outcome)
    text = (
        _("{name} makes the {save} ({total} against {dc}).")
        if saved
        else _("{name} fails the {save} ({total} against {dc}).")
    )
    scene.say(text.format(name=sheet.name, save=name, total=made.total, dc=dc))
    return saved


def _mortal(sheet: Sheet, *, only: bool = True) -> None:
    """Raises CombatRefused for somebody without health to lose."""
    if only and sheet.health is None:
        raise CombatRefused(reason=_("The sheet of {name} lists no health.").format(name=sheet.name))
    if sheet.health is not None and sheet.health[0] == 0:
        raise CombatRefused(reason=_("{name} is at 0 health already.").format(name=sheet.name))


def _harm(scene: Scene, who: str, dice: str, kind: str, table: Table, *, share: float = 1.0) -> None:
    """Damage that is thrown, and what comes of it."""
    sheet = scene.sheet(who)
    rolled = roll(dice, table.rng)
    if rolled.dice:
        scene.threw(rolled)
    through = factor(sheet, kind)
    amount = int(int(max(0, rolled.total) * share) * through)
    after = sheet.with_health(-amount)
    if amount:
        scene.put(after)
        scene.call("damage", sheet.name, amount)
    words = {"name": sheet.name, "n": amount, "kind": f" {kind}" if kind else "", "health": after.told("health")}
    scene.say(_("{name} takes {n}{kind} damage ({health}).").format(**words))
    if through != 1.0:
        scene.say(_RESISTED[through](sheet.name, kind))
    if amount:
        _ended_by(scene, sheet.name, "hurt", table.rules)
    if after.health is not None and after.health[0] == 0 and amount:
        scene.say(_("{name} is out of the fight.").format(name=sheet.name))


_RESISTED = {
    0.0: lambda name, kind: _("{name} is immune to {kind}.").format(name=name, kind=kind),
    0.5: lambda name, kind: _("{name} resists {kind}.").format(name=name, kind=kind),
    2.0: lambda name, kind: _("{name} is vulnerable to {kind}.").format(name=name, kind=kind),
}


def mend(scene: Scene, who: str, dice: str, table: Table) -> None:
    """Health back."""
    sheet = scene.sheet(who)
    if sheet.health is None:
        raise CombatRefused(reason=_("The sheet of {name} lists no health.").format(name=sheet.name))
    rolled = roll(dice, table.rng)
    if rolled.dice:
        scene.threw(rolled)
    amount, after = max(0, rolled.total), sheet.with_health(max(0, rolled.total))
    if after.health != sheet.health:
        scene.put(after)
        scene.call("heal", sheet.name, amount)
    text = _("{name} regains {n} health ({health}).")
    scene.say(text.format(name=sheet.name, n=amount, health=after.told("health")))


def begin_condition(scene: Scene, who: str, condition: str) -> None:
    """Somebody is in a condition; nothing where they are already."""
    sheet = scene.sheet(who)
    after = sheet.with_condition(condition, off=False)
    if set(after.conditions) == set(sheet.conditions):
        return
    scene.put(after)
    scene.call("condition", sheet.name, plain_name(condition))
    scene.say(_("{name} is {condition}.").format(name=sheet.name, condition=plain_name(condition)))


def end_condition(scene: Scene, who: str, condition: str) -> None:
    """Somebody is out of a condition."""
    sheet = scene.sheet(who)
    if plain_name(condition) not in sheet.conditions:
        return
    scene.put(sheet.with_condition(condition, off=True))
    scene.call("condition", sheet.name, plain_name(condition), "off")
    scene.say(_("{name} is no longer {condition}.").format(name=sheet.name, condition=plain_name(condition)))
    combat = scene.party.combat
    if combat is not None:
        left = tuple(one for one in combat.lasting if (one.who, one.condition) != (sheet.name, plain_name(condition)))
        scene.fight(replace(combat, lasting=left))


def _ended_by(scene: Scene, who: str, event: str, rules: Rules) -> None:
    for condition in scene.sheet(who).conditions:
        if event in rules.combat.effect(condition).ends_on:
            end_condition(scene, who, condition)


def harm_each_turn(scene: Scene, who: str, table: Table) -> None:
    """What conditions do as a turn begins."""
    for condition in scene.sheet(who).conditions:
        hurts = table.rules.combat.effect(condition).each_turn
        sheet = scene.sheet(who)
        if hurts is not None and sheet.health is not None and sheet.health[0] > 0:
            scene.say(_("{name} is {condition}.").format(name=who, condition=condition))
            _harm(scene, who, *hurts, table)


def shake_off(scene: Scene, who: str, table: Table) -> None:
    """The saving throws at a turn's end that end a condition."""
    for condition in scene.sheet(who).conditions:
        needs = table.rules.combat.effect(condition).shakes_off
        if needs is not None and stands(scene.party, who) and _saves(scene, scene.sheet(who), *needs, None, table):
            end_condition(scene, who, condition)
