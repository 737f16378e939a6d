"""Owns who fights against whom, who still stands, and who has won."""

from collections.abc import Iterator

from studio.rules.party import Party, Sheet
from studio.rules.table import Rules
from studio.scenario.model import plain_name

PARTY, FOES, ASIDE, NOBODY = "party", "foes", "aside", "nobody"
"""The sides; `NOBODY` has won where a fight has no winner."""


def side(sheet: Sheet, rules: Rules) -> str:
    """Whose side somebody is on: by the sheet's line `Side: foes`, else by its kind and the rules."""
    said = next((plain_name(value) for key, value in sheet.character.other.items() if plain_name(key) == "side"), "")
    if said in (PARTY, FOES, ASIDE):
        return said
    kind = f" {plain_name(sheet.character.kind or '')} "
    if any(f" {word} " in kind for word in rules.combat.foes):
        return FOES
    return ASIDE if any(f" {word} " in kind for word in rules.combat.aside) else PARTY


def stands(party: Party, name: str) -> bool:
    """Whether somebody can go on fighting: not at zero health, and has not left."""
    sheet = party.find(name)
    left = party.combat is not None and any(plain_name(name) == plain_name(one) for one in party.combat.out)
    return sheet is not None and not left and (sheet.health is None or sheet.health[0] > 0)


def fighters(party: Party) -> Iterator[Sheet]:
    """The sheets of those in the fight, in its order."""
    for name, _total in party.combat.order if party.combat else ():
        sheet = party.find(name)
        if sheet is not None:
            yield sheet


def opponents(party: Party, name: str, rules: Rules) -> tuple[Sheet, ...]:
    """Whom somebody fights against and can hurt: who stands on the other side and has health to lose."""
    sheet = party.find(name)
    other = {PARTY: FOES, FOES: PARTY}.get(side(sheet, rules)) if sheet is not None else None
    fit = (one for one in fighters(party) if one.health is not None and stands(party, one.name))
    return tuple(one for one in fit if side(one, rules) == other)


def over(party: Party, rules: Rules) -> str | None:
    """The side that has won, `nobody` where the rounds are over or nobody stands; None while a fight goes on.

    Where only one side is on the sheets, the end is the narrator's to tell, or that of the rounds.
    """
    if party.combat is None:
        return None
    mortal = [sheet for sheet in fighters(party) if sheet.health is not None]
    sides = {side(sheet, rules) for sheet in mortal} & {PARTY, FOES}
    left = {side(sheet, rules) for sheet in mortal if stands(party, sheet.name)} & {PARTY, FOES}
    if len(sides) == 2 and len(left) < 2:
        return next(iter(left), NOBODY)
    if party.combat.round > rules.combat.rounds or not any(stands(party, name) for name in party.names):
        return NOBODY
    return None
