"""Owns what hurts and what heals, and conditions that begin and end; each is told in a scene. Knows no attack."""

import random
from dataclasses import dataclass, replace

from studio.language import _
from studio.rules.acts import CombatRefused, Scene
from studio.rules.dice import roll
from studio.rules.party import Sheet
from studio.rules.scores import factor
from studio.rules.table import Rules
from studio.scenario.model import plain_name
from studio.scenario.tools import ToolTable


@dataclass(frozen=True, slots=True)
class Table:
    """What an act is decided by."""

    rules: Rules
    rng: random.Random
    tools: ToolTable | None = None


def mortal(sheet: Sheet, *, only: bool = True) -> None:
    """Raises CombatRefused for somebody without health to lose."""
    if only and sheet.health is None:
        raise CombatRefused(reason=_("The sheet of {name} lists no health.").format(name=sheet.name))
    if sheet.health is not None and sheet.health[0] == 0:
        raise CombatRefused(reason=_("{name} is at 0 health already.").format(name=sheet.name))


def harm(scene: Scene, who: str, dice: str, kind: str, table: Table, *, share: float = 1.0) -> None:
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
    scene.say((_("{name} takes {n}{kind} damage ({health}).") if amount else _("{name} is unhurt.")).format(**words))
    if through != 1.0:
        scene.say(_RESISTED[through](sheet.name, kind))
    if amount:
        ended_by(scene, sheet.name, "hurt", table.rules)
    if after.health is not None and after.health[0] == 0 and amount:
        scene.say(_("{name} is down.").format(name=sheet.name))


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
    regained = after.health[0] - sheet.health[0] if after.health is not None else 0
    scene.say(text.format(name=sheet.name, n=regained, health=after.told("health")))


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


def ended_by(scene: Scene, who: str, event: str, rules: Rules) -> None:
    """Ends the conditions that end when somebody attacks, or is hurt."""
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
            harm(scene, who, *hurts, table)
