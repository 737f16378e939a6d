"""Owns SYSTEM as it stands later in a scenario: the sheets with what the tools have changed on them so far.

The calls are carried out as the checks do it, by the rules; only the lines of a sheet that say something else by then
are written anew. Knows neither tokens nor examples.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

from studio.lint.diagnostics import Cast
from studio.lint.replay import Replay
from studio.lint.state import Rulebook, rules_of
from studio.rules.party import Party, Sheet
from studio.scenario import Scenario, parse
from studio.scenario.fields import split_list
from studio.scenario.game import Game
from studio.scenario.model import Character, plain_name
from studio.scenario.writer import NotWritable, with_field

_CONDITIONS = ("conditions", "condition")
_NOTHING = frozenset({"", "-", "–", "—", "none"})


class Standing:
    """SYSTEM before any turn of one scenario."""

    def __init__(self, scenario: Scenario, game: Game | None = None) -> None:
        self._scenario = scenario
        self._game = game if game is not None else Game.shipped()

    def before(self, turn: int) -> str | None:
        """The text of SYSTEM before the turn of that index, None where there is none; raises NotWritable."""
        system = self._scenario.system
        if system is None:
            return None
        return self._written(self._parties[turn]) if turn else system.content.strip()

    @cached_property
    def _parties(self) -> tuple[Party, ...]:
        """The party before each turn, and after the last."""
        scenario, words = self._scenario, self._game.words
        replay = Replay(Rulebook(Cast(scenario, words), self._game.tools, rules_of(words)))
        state = replay.start()
        sheets = tuple(replace(sheet, conditions=listed_conditions(sheet.character)) for sheet in state.party.sheets)
        state = state._replace(party=replace(state.party, sheets=sheets))
        parties = [state.party]
        for turn in scenario.turns:
            state, _seen = replay.step(state, turn)
            parties.append(state.party)
        return tuple(parties)

    def _written(self, party: Party) -> str:
        system = self._scenario.system
        assert system is not None
        alone = parse(self._scenario.text[system.span.start : system.span.end]).scenario
        for sheet in party.sheets:
            for field, value in _changes(sheet):
                alone = _with(alone, sheet.name, field, value)
        assert alone.system is not None
        return alone.system.content.strip()


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
