"""Owns how a fight goes on that is played by typing: the blow that a call means, and what the rules do by themselves.

A blow is a roll of the rules' attack: who strikes, whom and with what is read from the call, the player's line and the
narrator's words. Knows no session and no model.
"""

import random
import re
from collections.abc import Sequence

from studio.play.records import Node
from studio.rules import Party, Rules, Sheet
from studio.rules.blows import may_act
from studio.rules.combat import Deed, choose, over
from studio.rules.scores import attacks
from studio.rules.sides import PARTY, opponents, side, stands
from studio.rules.tactics import target_among
from studio.rules.weapons import weapons
from studio.scenario.model import ToolCall, plain_name
from studio.scenario.tools import ToolTable

_WORD = re.compile(r"\w+")
_SHORTEST = 4
"""A shorter word of a name tells nobody apart, unless it is the last."""


def is_played(party: Party, name: str, player: str | None, rules: Rules) -> bool:
    """Whether a person plays somebody: who plays, a player character, or where there is neither, all of the party."""
    people = [sheet for sheet in party.sheets if _is_person(sheet, player)]
    people = people or [sheet for sheet in party.sheets if side(sheet, rules) == PARTY]
    return any(plain_name(sheet.name) == plain_name(name) for sheet in people)


def _is_person(sheet: Sheet, player: str | None) -> bool:
    by_name = player is not None and plain_name(player) == plain_name(sheet.name)
    return by_name or "player" in plain_name(sheet.character.kind or "")


def is_check(call: ToolCall, rules: Rules, tools: ToolTable) -> bool:
    """Whether a call asks for a throw that goes well or badly."""
    plain = {plain_name(skill) for skill in rules.uncontested}
    rolls = call.problem is None and tools.effect(call.name) == "roll" and bool(call.arguments)
    return rolls and plain_name(call.arguments[0]) not in plain


def is_initiative(call: ToolCall, rules: Rules, tools: ToolTable) -> bool:
    """Whether a call asks who acts when."""
    rolls = call.problem is None and tools.effect(call.name) == "roll" and bool(call.arguments)
    return rolls and plain_name(call.arguments[0]) == plain_name(rules.combat.initiative)


def strikes(call: ToolCall, party: Party, rules: Rules, tools: ToolTable) -> bool:
    """Whether a call is a blow: a roll of the attack in a fight."""
    if party.combat is None or not is_check(call, rules, tools):
        return False
    return plain_name(call.arguments[0]) == plain_name(rules.combat.attack)


def blow_of(
    call: ToolCall, party: Party, said: Node | None, words: str, *, player: str | None, rules: Rules, rng: random.Random
) -> Deed | None:
    """The blow that a call means, `words` being the narrator's; None where there is nobody to strike.

    Raises CombatRefused where the one who is to strike cannot act now.
    """
    sheet = _striker(call, party, said, player, rules)
    there = opponents(party, sheet.name, rules) if sheet is not None else ()
    if sheet is None or not there:
        return None
    may_act(party, sheet, rules)
    line = said.text if said is not None else ""
    names = [one.name for one in there]
    meant = _meant(line, names) or _meant(words, names) or names
    fit = [one for one in there if one.name in meant]
    target = fit[0] if len(fit) == 1 else target_among(fit, sheet, rules, rng)
    named = _meant(line, [weapon.name for weapon in weapons(sheet, rules)])
    weapon = named[0] if len(named) == 1 else ""
    return Deed("attack", sheet.name, target.name, weapon=weapon, advantage=call.advantage or "")


def _striker(call: ToolCall, party: Party, said: Node | None, player: str | None, rules: Rules) -> Sheet | None:
    """Who strikes: whom the call names, else who speaks, else whose turn it is if they are played, else the player."""
    whose = party.combat.whose if party.combat is not None else None
    if whose is not None and not is_played(party, whose, player, rules):
        whose = player or whose
    speaker = said.speaker if said is not None and party.find(said.speaker) is not None else ""
    return party.find(call.actor or speaker or whose or "")


def _meant(text: str, names: Sequence[str]) -> list[str]:
    """Which of some names a text means: the longest that it has whole, else those of which it has the most words."""
    said = _words(text)
    padded = f" {' '.join(said)} "
    whole = [name for name in names if _words(name) and f" {' '.join(_words(name))} " in padded]
    if whole:
        return [max(whole, key=len)]
    hits = [sum(word in said or f"{word}s" in said for word in _telling(name)) for name in names]
    return [name for name, count in zip(names, hits, strict=True) if count and count == max(hits)]


def _telling(name: str) -> list[str]:
    words = _words(name)
    return [word for place, word in enumerate(words) if len(word) >= _SHORTEST or place == len(words) - 1]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.replace("_", " ").lower())


def goes_on(party: Party, player: str | None, rules: Rules, rng: random.Random) -> Deed | None:
    """What the rules do next in a fight until a person is to act: end a turn, or act for whom nobody plays."""
    combat = party.combat
    if combat is None or combat.whose is None:
        return None
    if over(party, rules) is not None:
        return Deed("end")
    sheet = party.find(combat.whose)
    if sheet is None or not stands(party, sheet.name):
        return Deed("next")
    if not is_played(party, sheet.name, player, rules):
        return choose(party, sheet.name, rules, rng)
    return Deed("next") if combat.done >= attacks(sheet, rules) else None
