"""Owns what the game panel says of the sheets: their cards, and the order of a fight. Knows no Qt."""

from dataclasses import dataclass, replace

from studio.language import _
from studio.rules import Party, Rules, Sheet
from studio.scenario.combat_rules import ADVANTAGE
from studio.scenario.model import plain_name
from studio.ui.cards.content import SheetCard


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the order in a fight. `state` says in a word why somebody takes no part; empty for who does."""

    name: str
    initiative: int
    state: str = ""
    health: tuple[int, int] | None = None
    acts: bool = False


def card_of(sheet: Sheet, before: Sheet | None, *, player: bool) -> SheetCard:
    """A sheet as it stands; what differs from the one `before` is marked as changed."""
    now = replace(
        sheet.character,
        health=sheet.health,
        inventory=sheet.inventory,
        level=sheet.level,
        experience=sheet.experience,
    )
    changed = frozenset(change.field for change in before.changes(sheet)) if before is not None else frozenset()
    return replace(SheetCard.of(now), conditions=sheet.conditions, player=player, changed=changed)


def is_player(sheet: Sheet, player: str | None) -> bool:
    """Whether the sheet is the player's own."""
    return player is not None and plain_name(player) == plain_name(sheet.name)


def order_of(party: Party) -> tuple[Place, ...]:
    """The order of the fight, and whose turn it is; nothing while there is none."""
    combat = party.combat
    if combat is None:
        return ()
    out = {plain_name(name) for name in combat.out}
    return tuple(
        _place(name, total, party.find(name), gone=plain_name(name) in out, acts=number == combat.turn)
        for number, (name, total) in enumerate(combat.order)
    )


def _place(name: str, total: int, sheet: Sheet | None, *, gone: bool, acts: bool) -> Place:
    health = sheet.health if sheet is not None else None
    down = health is not None and health[0] == 0
    return Place(name, total, _("down") if down else _("left") if gone else "", health, acts)


def effect_words(condition: str, rules: Rules) -> str:
    """What a condition does by the rules, in words; empty where they say nothing of it."""
    effect, told = rules.combat.effect(condition), list[str]()
    for mode, what in (
        (effect.attacks, _("own attacks")),
        (effect.checks, _("checks")),
        (effect.against, _("attacks against it")),
    ):
        if mode:
            told.append(f"{what}: {_mode(mode)}")
    told += [f"{ability if ability else _('saves')}: {_mode(mode)}" for ability, mode in effect.saves]
    if effect.fails:
        told.append(_("fails saves of {names}").format(names=", ".join(effect.fails)))
    if effect.skips:
        told.append(_("cannot act"))
    if effect.each_turn is not None:
        told.append(_("each turn {dice} {kind} damage").format(dice=effect.each_turn[0], kind=effect.each_turn[1]))
    if effect.lasts is not None:
        told.append(_("lasts {n} turns").format(n=effect.lasts))
    if effect.shakes_off is not None:
        told.append(
            _("ends on a save of {ability}, DC {dc}").format(ability=effect.shakes_off[0], dc=effect.shakes_off[1])
        )
    return "; ".join(told)


def _mode(mode: str) -> str:
    if mode == ADVANTAGE:
        return _("advantage")
    return _("disadvantage") if mode == "dis" else mode
