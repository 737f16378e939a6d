"""Owns turning a member of a scenario's party into a character card; knows no files.

A sheet tells less than a card does, so a card that the character came from can be given: what Lorewright has no place
for is kept from it.
"""

import re
from collections.abc import Iterator, Mapping

from studio.scenario.cards.card import Card, blank_card
from studio.scenario.cards.errors import NoSuchMember
from studio.scenario.cards.importing import one_line, plain_named, plain_text
from studio.scenario.cards.sheets import sheet_of
from studio.scenario.model import Character, Scenario, Speaker, Turn, plain_name

_TURNS = 12
_CALL = re.compile(r"\s*\[[^\[\]\r\n]{1,300}\]\s*$")
_OUTCOME = re.compile(r"^\*(?:SUCCESS|FAILED)\*\s*")


def card_from(scenario: Scenario, name: str, onto: Card | None = None) -> Card:
    """The card of one member; with `onto`, that card with the scenario's values put in. Raises NoSuchMember."""
    character = _find(scenario, name)
    base = onto if onto is not None else blank_card()
    own = scenario.player is not None and plain_name(scenario.player) == plain_name(character.name)
    player = character.name if own else scenario.player or ""
    told = {
        "description": character.other.get("Description")
        or ("" if base.text("description") else _described(character)),
        "personality": character.other.get("Personality", ""),
        "scenario": _place(scenario),
        "first_mes": _opening(scenario),
        "mes_example": _talk(scenario),
    }
    names = {"char": character.name, "user": player}
    values: dict[str, object] = {} if plain_named(base.name) == character.name else {"name": character.name}
    for field, text in told.items():
        if text and _says_more(base, field, text, names):
            values[field] = _templated(text, character.name, "" if own else player)
    return base.changed(values, {"sheet": sheet_of(character)})


def _says_more(base: Card, field: str, text: str, names: Mapping[str, str]) -> bool:
    """Whether the scenario's text goes into the card: a card's own words stay unless the sheet was edited since."""
    had = base.text(field)
    if not had.strip():
        return True
    return field in ("description", "personality") and one_line(plain_text(had, names)) != text


def _find(scenario: Scenario, name: str) -> Character:
    party = scenario.system.party if scenario.system is not None else ()
    for character in party:
        if plain_name(character.name) == plain_name(name):
            return character
    raise NoSuchMember(path=scenario.path, name=name, party=", ".join(one.name for one in party) or "-")


def _described(character: Character) -> str:
    return ", ".join(part for part in (character.class_name, character.kind) if part)


def _place(scenario: Scenario) -> str:
    system = scenario.system
    parts = (system.world, system.location) if system is not None else ()
    return "\n\n".join(part for part in parts if part)


def _opening(scenario: Scenario) -> str:
    return next((_said(turn) for turn in scenario.turns if turn.speaker is Speaker.DM and _said(turn)), "")


def _talk(scenario: Scenario) -> str:
    """The first turns as example talk; rolls and calls are ours and mean nothing elsewhere."""
    lines = list(_lines(scenario.turns[:_TURNS]))
    return "\n".join(["<START>", *lines]) if lines else ""


def _lines(turns: tuple[Turn, ...]) -> Iterator[str]:
    heads = {Speaker.USER: "{{user}}", Speaker.DM: "{{char}}"}
    for turn in turns:
        if turn.speaker in heads and (said := _said(turn)):
            yield f"{heads[turn.speaker]}: {said}"


def _said(turn: Turn) -> str:
    """A turn's words without the calls at its end and the outcome at its beginning."""
    text = turn.content
    if turn.speaker is Speaker.DM:
        while (bare := _CALL.sub("", text)) != text:
            text = bare
        text = _OUTCOME.sub("", text)
    return text.strip()


def _templated(text: str, name: str, player: str) -> str:
    """Text with the names as macros, so that the card fits any player; one pass, the longer name first."""
    macros = {word: macro for word, macro in ((player, "{{user}}"), (name, "{{char}}")) if word}
    words = sorted(macros, key=len, reverse=True)
    either = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, words)) + r")(?!\w)")
    return either.sub(lambda match: macros[match.group()], text)
