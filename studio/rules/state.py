"""Owns a party and the rules it played by as plain JSON values, and back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from studio.rules.party import Combat, Lasting, Party, Sheet
from studio.rules.recorded import as_json, read
from studio.rules.table import Rules
from studio.scenario.model import Item


@dataclass(frozen=True, slots=True)
class _Stand:
    """How one sheet stands."""

    name: str
    health: tuple[int, int] | None = None
    inventory: tuple[tuple[str, int], ...] = ()
    level: int | None = None
    conditions: tuple[str, ...] = ()
    experience: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class _Fight:
    order: tuple[tuple[str, int], ...]
    round: int = 1
    turn: int = 0
    done: int = 0
    out: tuple[str, ...] = ()
    lasting: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _State:
    sheets: tuple[_Stand, ...]
    initiative: tuple[tuple[str, int], ...] = ()
    combat: _Fight | None = None


def party_json(party: Party) -> dict[str, object]:
    """How a party stands, without what the scenario's sheets say."""
    sheets = tuple(_stand(sheet) for sheet in party.sheets)
    combat, fight = party.combat, None
    if combat is not None:
        lasting = tuple((one.who, one.condition, one.left) for one in combat.lasting)
        fight = _Fight(combat.order, combat.round, combat.turn, combat.done, combat.out, lasting)
    return as_json(_State(sheets, tuple(party.initiative.items()), fight))


def _stand(sheet: Sheet) -> _Stand:
    things = tuple((item.name, item.count) for item in sheet.inventory)
    return _Stand(sheet.name, sheet.health, things, sheet.level, sheet.conditions, sheet.experience)


def party_of(values: Mapping[str, object], party: Party) -> Party:
    """A party as it stood, over the sheets of its scenario, which are matched by their place; raises BadRecord."""
    state = read(_State, values)
    sheets = tuple(
        Sheet(
            one.character,
            stand.health,
            tuple(Item(name, count) for name, count in stand.inventory),
            stand.level,
            stand.conditions,
            stand.experience,
        )
        for one, stand in zip(party.sheets, state.sheets, strict=False)
    )
    fight = state.combat
    combat = None
    if fight is not None:
        lasting = tuple(Lasting(*one) for one in fight.lasting)
        combat = Combat(fight.order, fight.round, fight.turn, fight.done, fight.out, lasting)
    whole = (*sheets, *party.sheets[len(sheets) :])
    return replace(party, sheets=whole, initiative=dict(state.initiative), combat=combat)


def rules_json(rules: Rules) -> dict[str, object]:
    """The rules that a game was played by, with how its fights are fought also where that is as it ships."""
    return as_json(replace(rules, own_combat=rules.combat))


def rules_of(values: object) -> Rules:
    """The rules that a game was played by; raises BadRecord."""
    return read(Rules, values)
