"""Owns what is asked of a fight, as a value that a log can keep, and carrying it out."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from studio.language import _
from studio.rules import blows, harms, saves, turns
from studio.rules.acts import Act, CombatRefused, Scene, found
from studio.rules.harms import Table
from studio.rules.party import Party
from studio.rules.recorded import as_json, read
from studio.rules.table import Rules
from studio.scenario.model import plain_name
from studio.scenario.tools import ToolTable


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody does, or what the table decides. `kind` is one of `KINDS`; a kind uses the fields that it needs.

    `dice` is `2d6+1` or a number, `damage` its kind, `off` ends a condition instead of beginning it.
    """

    kind: str
    who: str = ""
    target: str = ""
    weapon: str = ""
    item: str = ""
    ability: str = ""
    condition: str = ""
    dice: str = ""
    damage: str = ""
    dc: int = 0
    advantage: str = ""
    half: bool = False
    off: bool = False

    def as_json(self) -> dict[str, object]:
        """The deed for a log."""
        return as_json(self)

    @classmethod
    def of(cls, values: object) -> "Deed":
        """The deed of a log; raises RecordUnreadable."""
        return read(cls, values)


def carry_out(deed: Deed, party: Party, *, rules: Rules, rng: random.Random, tools: ToolTable | None = None) -> Act:
    """What a deed comes to. Equal deeds with equal parties and generators come to the same.

    `tools` are those of the game, for the calls that a scenario writes. Raises CombatRefused or BadDice.
    """
    done = _DEEDS.get(deed.kind)
    if done is None:
        raise CombatRefused(reason=_("The rules know no “{kind}”.").format(kind=deed.kind))
    return done(deed, party, Table(rules, rng, tools))


def _attack(deed: Deed, party: Party, table: Table) -> Act:
    weapon, advantage = deed.weapon or None, deed.advantage or None
    return blows.attack(party, deed.who, deed.target, weapon=weapon, advantage=advantage, table=table)


def _save(deed: Deed, party: Party, table: Table) -> Act:
    return saves.save(
        party,
        deed.who,
        deed.ability,
        deed.dc or table.rules.default_dc,
        advantage=deed.advantage or None,
        dice=deed.dice,
        kind=deed.damage,
        half=deed.half,
        condition=deed.condition,
        table=table,
    )


def _condition(deed: Deed, party: Party, table: Table) -> Act:
    scene, sheet = Scene(party, table.tools), found(party, deed.who)
    if not plain_name(deed.condition):
        raise CombatRefused(reason=_("Name the condition."))
    turn = harms.end_condition if deed.off else harms.begin_condition
    turn(scene, sheet.name, deed.condition)
    return scene.act("condition", None, sheet.name)


def _gain(deed: Deed, party: Party, table: Table) -> Act:
    scene, sheet = Scene(party, table.tools), found(party, deed.who)
    if sheet.experience is None or not deed.dice.isdecimal():
        raise CombatRefused(reason=_("The sheet of {name} counts no experience.").format(name=sheet.name))
    turns.gain(scene, sheet.name, int(deed.dice[:9]), table)
    return scene.act("gain", None, sheet.name)


_DEEDS: dict[str, Callable[[Deed, Party, Table], Act]] = {
    "begin": lambda deed, party, table: turns.begin(party, table=table),
    "next": lambda deed, party, table: turns.next_turn(party, table=table),
    "attack": _attack,
    "save": _save,
    "damage": lambda deed, party, table: blows.damage(party, deed.who, deed.dice, deed.damage, table=table),
    "heal": lambda deed, party, table: blows.heal(party, deed.who, deed.dice, table=table),
    "use": lambda deed, party, table: blows.use(party, deed.who, deed.item, deed.target, table=table),
    "condition": _condition,
    "gain": _gain,
    "leave": lambda deed, party, table: turns.leave(party, deed.who, table=table),
    "end": lambda deed, party, table: turns.end(party, table=table),
}

KINDS = tuple(_DEEDS)
"""What can be asked."""
