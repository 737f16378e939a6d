"""Owns turning a checked scenario into rows: as many as its length needs, with what happens in each.

Every tool call of a scenario is in one of its rows or in a stretch that is listed as left out: that is counted in the
rows' own text, and a difference is our mistake. Knows no file and no cache.
"""

from collections.abc import Iterator

from studio.chat import Message, messages
from studio.chat.messages import SYSTEM
from studio.dataset.cutting import Cut, Cutter, Part
from studio.dataset.examples import cut_scenario, nothing_learnt, turns_of
from studio.dataset.facts import facts_of
from studio.dataset.problems import RowProblem
from studio.dataset.remembered import Given, Read
from studio.dataset.rows import Kind, Place, Row
from studio.errors import LorewrightError
from studio.language import N_, _
from studio.rules import Rules
from studio.scenario import Parsed, Scenario, find_calls
from studio.scenario.fields import write_value
from studio.scenario.game import Game
from studio.scenario.writer import NotWritable

TOO_LONG, NOTHING, SHEET = "too-long", "nothing-to-learn", "sheet"
_MADE = ("synthetic", "augmented")


class CallsLost(LorewrightError):
    """Tool calls vanished on the way: our mistake."""

    sentence = N_(
        "This is a mistake in Lorewright, not yours: {path} has {wanted} tool calls and {found} of them arrived. "
        "Nothing was built."
    )


def rows_of(
    parsed: Parsed, source: str, place: Place, game: Game, cutter: Cutter | None = None, parent: str | None = None
) -> Given:
    """The rows of a scenario and the stretches of it that fit in none; raises CallsLost, TemplateRefused.

    Without a cutter it is one row, however long. `parent` is the scenario that it was made from.
    """
    scenario = parsed.scenario
    try:
        found = cut_scenario(scenario, cutter, game) if cutter is not None else _whole(scenario)
    except NotWritable as error:
        return [RowProblem(source, place, SHEET, unwritable(error))]
    made: Given = [
        Read(_row(part, scenario, source, place, game, parent), part.tokens if cutter is not None else None)
        for part in found.parts
        if part.trained
    ]
    made += _left_out(found, scenario, source, place, cutter.limit if cutter is not None else 0)
    _all_calls(scenario, made, found, game, place)
    return made


def unwritable(error: NotWritable) -> str:
    """Why a long scenario cannot be cut, and what to do."""
    sentence = _("It is too long for one row, and its sheets cannot be written as they stand later on: “{value}” would "
                 "not be read as {field}. Mend the call that makes it so, or raise max_length.")  # fmt: skip
    return sentence.format(value=write_value(error.fields["value"]), field=error.fields["field"])


def _whole(scenario: Scenario) -> Cut:
    spoken = messages(scenario)
    given = sum(message.role == SYSTEM for message in spoken[:1])
    return Cut((Part(spoken, given, 0),)) if spoken else Cut(())


def _row(part: Part, scenario: Scenario, source: str, place: Place, game: Game, parent: str | None) -> Row:
    turns = turns_of(part, scenario)
    told = scenario.metadata.get("parent")
    parent = parent or (told if isinstance(told, str) and told else None)
    return Row(
        kind=Kind.SCENARIO,
        source=source,
        place=Place(place.path, scenario.turns[turns[0]].line),
        messages=part.messages,
        group=parent or place.path,
        calls=calls_in(part.own, game),
        synthetic=parent is not None or any(map(scenario.is_tagged, _MADE)),
        parent=parent,
        facts=facts_of(scenario, Rules.of(game.words), game.tools, turns),
    )


def _left_out(found: Cut, scenario: Scenario, source: str, place: Place, limit: int) -> Iterator[RowProblem]:
    """What is learnt by no row, as warnings."""
    for part in (*found.left_out, *(part for part in found.parts if not part.trained)):
        first = turns_of(part, scenario)[0]
        where = Place(place.path, scenario.turns[first].line if scenario.turns else 1)
        if not part.trained:
            yield RowProblem(source, where, NOTHING, nothing_learnt(), error=False)
            continue
        sentence = _("With SYSTEM before it, it has {tokens} tokens and {limit} are allowed, so it is left out. "
                     "Shorten it, or raise max_length.")  # fmt: skip
        yield RowProblem(source, where, TOO_LONG, sentence.format(tokens=part.tokens, limit=limit), error=False)


def calls_in(spoken: tuple[Message, ...], game: Game) -> int:
    """How many calls stand in what is learnt, counted in the very text."""
    return sum(len(find_calls(message.content, game.tools, ())) for message in spoken if message.trained)


def _all_calls(scenario: Scenario, made: Given, found: Cut, game: Game, place: Place) -> None:
    wanted = sum(len(turn.tool_calls) for turn in scenario.turns)
    kept = sum(one.row.calls for one in made if isinstance(one, Read))
    left_out = sum(calls_in(part.own, game) for part in found.left_out)
    if wanted != kept + left_out:
        raise CallsLost(path=place.path, wanted=wanted, found=kept + left_out)
