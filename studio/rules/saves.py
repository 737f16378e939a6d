"""Owns saving throws: how one goes, what it spares, and what a turn's end shakes off."""

from studio.language import _
from studio.rules.acts import Act, CombatRefused, Scene, found, mode_of
from studio.rules.checks import Outcome, check, save_name, saved_ability
from studio.rules.harms import Table, begin_condition, end_condition, harm, mortal
from studio.rules.party import Party, Sheet
from studio.rules.sides import stands
from studio.scenario.model import plain_name


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
        mortal(sheet, only=bool(dice))
    if not plain_name(ability) or not 1 <= dc <= 9999:
        raise CombatRefused(reason=_("A saving throw needs an ability and a DC from 1 to 9999."))
    saved = _saves(scene, sheet, ability, dc, mode_of(advantage), table)
    if dice and (half or not saved):
        harm(scene, sheet.name, dice, plain_name(kind), table, share=0.5 if saved else 1.0)
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
    scene.tries(_("{name} must make a {save}.").format(name=sheet.name, save=name))
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


def shake_off(scene: Scene, who: str, table: Table) -> None:
    """The saving throws at a turn's end that end a condition."""
    for condition in scene.sheet(who).conditions:
        needs = table.rules.combat.effect(condition).shakes_off
        if needs is not None and stands(scene.party, who) and _saves(scene, scene.sheet(who), *needs, None, table):
            end_condition(scene, who, condition)
