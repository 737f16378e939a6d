"""Owns what the game panel says of the party: cards, the order of a fight, the log. Knows no Qt."""

from dataclasses import dataclass, replace

from studio.language import _
from studio.rules import Change, Party, Sheet
from studio.scenario.model import plain_name
from studio.ui.cards.content import SheetCard


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the order in a fight."""

    name: str
    initiative: int
    down: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything in the game panel."""

    cards: tuple[SheetCard, ...]
    order: tuple[Place, ...]
    log: tuple[str, ...]


def panel(party: Party, *, player: str | None, changes: tuple[Change, ...], log: tuple[str, ...]) -> Panel:
    """The panel for a party; `changes` are those of the last turn."""
    cards = tuple(_card(sheet, player, changes) for sheet in party.sheets)
    return Panel(cards, _order(party), log)


def _card(sheet: Sheet, player: str | None, changes: tuple[Change, ...]) -> SheetCard:
    now = replace(
        sheet.character, health=sheet.health, inventory=sheet.inventory, level=sheet.level, experience=None
    )  # a play gives levels, not experience: what the sheet said of it is no longer true
    return replace(
        SheetCard.of(now),
        conditions=sheet.conditions,
        player=player is not None and plain_name(player) == plain_name(sheet.name),
        changed=frozenset(change.field for change in changes if change.who == sheet.name),
    )


def _order(party: Party) -> tuple[Place, ...]:
    """The order of the fight. Nobody's turn is marked: whose it is, the narrator says."""
    if party.combat is None:
        return ()
    down = {sheet.name for sheet in party.sheets if sheet.health is not None and sheet.health[0] == 0}
    return tuple(Place(name, total, name in down) for name, total in party.combat.order)


def change_line(change: Change) -> str:
    """One change for the log."""
    if change.field == "combat":
        return _("A fight begins: {order}").format(order=change.after) if change.after else _("The fight is over")
    before, after = change.before or _("nothing"), change.after or _("nothing")
    return _("{who}: {field} {before} → {after}").format(
        who=change.who, field=_field_word(change.field), before=before, after=after
    )


def _field_word(name: str) -> str:
    words = {"health": _("health"), "inventory": _("inventory"), "conditions": _("conditions"), "level": _("level")}
    return words.get(name, name)
