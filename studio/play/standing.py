"""Owns SYSTEM with the sheets as they stand later in a game.

Only the lines of a sheet that say something else by then are written anew. Knows neither turns nor tokens.
"""

from collections.abc import Iterator
from dataclasses import replace

from studio.rules.party import Party, Sheet
from studio.scenario import Scenario, parse
from studio.scenario.fields import split_list
from studio.scenario.model import Character, plain_name
from studio.scenario.writer import NotWritable, with_field

_CONDITIONS = ("conditions", "condition")
_NOTHING = frozenset({"", "-", "–", "—", "none"})


def beginning(party: Party) -> Party:
    """A party with the conditions that its sheets list."""
    sheets = (replace(sheet, conditions=listed_conditions(sheet.character)) for sheet in party.sheets)
    return replace(party, sheets=tuple(sheets))


def standing(scenario: Scenario, party: Party) -> str:
    """The text of a scenario's SYSTEM with the sheets of `party`; raises NotWritable. It must have a SYSTEM."""
    system = scenario.system
    assert system is not None
    alone = parse(scenario.text[system.span.start : system.span.end]).scenario
    for sheet in party.sheets:
        for field, value in _changes(sheet):
            alone = _with(alone, sheet.name, field, value)
    assert alone.system is not None
    return alone.system.content.strip()


def sheets(party: Party) -> dict[str, dict[str, str]]:
    """The sheets by name as plain words, fields that say nothing left out."""
    return {sheet.name: {key: value for key, value in _words(sheet) if value} for sheet in party.sheets}


def _words(sheet: Sheet) -> Iterator[tuple[str, str]]:
    yield "health", f"{sheet.health[0]}/{sheet.health[1]}" if sheet.health else ""
    yield (
        "inventory",
        ", ".join(f"{item.name} x{item.count}" if item.count > 1 else item.name for item in sheet.inventory),
    )
    yield "conditions", ", ".join(sheet.conditions)
    yield "level", str(sheet.level or "")
    yield "experience", sheet.told("experience")


def listed_conditions(character: Character) -> tuple[str, ...]:
    """The conditions that a sheet lists, as they are compared."""
    told = character.other.get(_conditions_key(character), "")
    entries = (plain_name(told[start:end]) for start, end in split_list(told))
    return tuple(entry for entry in entries if entry not in _NOTHING)


def _conditions_key(character: Character) -> str:
    return next((key for key in character.other if plain_name(key) in _CONDITIONS), "Conditions")


def _changes(sheet: Sheet) -> Iterator[tuple[str, object]]:
    """What the sheet says now and did not say in the beginning."""
    was = sheet.character
    if sheet.health != was.health:
        yield "health", sheet.health
    if sheet.level != was.level:
        yield "level", sheet.level
    if sheet.experience != was.experience:
        yield "experience", sheet.experience
    if sheet.inventory != was.inventory:
        yield "inventory", sheet.inventory
    if sheet.conditions != listed_conditions(was):
        yield _conditions_key(was), ", ".join(sheet.conditions) or None


def _with(scenario: Scenario, name: str, field: str, value: object) -> Scenario:
    """One field as given; a list that became empty keeps its line where the sheet can say that, else loses it."""
    try:
        return with_field(scenario, name, field, value)
    except NotWritable:
        if value:
            raise
        return with_field(scenario, name, field, None)
