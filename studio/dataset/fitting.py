"""Owns bringing rows of other sources than scenarios to the length that a model learns from; knows no sheet.

A long chat is cut between turns, each part with its SYSTEM, or with what somebody who knows the sheets gives for it.
What fits in none, or what the model's template cannot render, is left out and told.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from studio.chat.template import TemplateRefused
from studio.dataset.cutting import Cut, Cutter, Opening, Part, cut
from studio.dataset.facts import facts_in
from studio.dataset.problems import RowProblem
from studio.dataset.reading import Reading
from studio.dataset.rows import Kind, Row
from studio.dataset.scenario_rows import NOTHING, TOO_LONG, CallsLost, calls_in
from studio.language import _
from studio.rules import Rules
from studio.scenario.game import Game

REFUSED = "template"


def fitted(rows: Iterable[Row | RowProblem], cutter: Cutter, reading: Reading) -> Iterator[Row | RowProblem]:
    """The rows in parts that fit; notes how many ids each has, and counts none that is noted. Raises CallsLost."""
    for row in rows:
        if isinstance(row, RowProblem):
            yield row
        else:
            yield from fit(row, cutter, reading)


def fit(row: Row, cutter: Cutter, reading: Reading, opening: Opening | None = None) -> Iterator[Row | RowProblem]:
    """The same of one row. `opening` gives SYSTEM as it stands before a turn, and may raise NotWritable; without it
    each part opens with the row's own."""
    known = reading.notes.tokens.get(row.key)
    if known is not None and known <= cutter.limit:
        yield row
        return
    try:
        yield from _fitted(row, cutter, reading, opening)
    except TemplateRefused as error:
        yield RowProblem(row.source, row.place, REFUSED, str(error))


def _fitted(row: Row, cutter: Cutter, reading: Reading, opening: Opening | None) -> Iterator[Row | RowProblem]:
    if not any(message.trained for message in row.messages):
        sentence = _("It has no answer, so there is nothing to learn.")
        yield RowProblem(row.source, row.place, NOTHING, sentence, error=False)
        return
    length = cutter.length(row.messages)
    if length <= cutter.limit:
        reading.notes.tokens[row.key] = length
        yield row
    elif row.kind in (Kind.PAIR, Kind.PREFERENCE, Kind.DECISION):
        yield _too_long(row, length, cutter.limit)
    else:
        yield from _in_parts(row, cut(row.messages, cutter, opening), cutter.limit, reading)


def _in_parts(row: Row, found: Cut, limit: int, reading: Reading) -> Iterator[Row | RowProblem]:
    """The parts of a long talk as rows, and those that are learnt by none; raises CallsLost."""
    game = reading.games.of(reading.root / row.place.path)
    _all_calls(row, found, game)
    for part in found.parts:
        if not part.trained:
            sentence = _("A part of it has no answer that is learnt, so it is left out.")
            yield RowProblem(row.source, row.place, NOTHING, sentence, error=False)
            continue
        facts = _facts(row, part, game)
        one = replace(row, messages=part.messages, calls=len(facts.get("tool", ())), facts=facts)
        reading.notes.tokens[one.key] = part.tokens
        yield one
    for part in found.left_out:
        yield _too_long(row, part.tokens, limit)


def _all_calls(row: Row, found: Cut, game: Game) -> None:
    wanted = calls_in(row.messages, game)
    arrived = sum(calls_in(part.own, game) for part in (*found.parts, *found.left_out))
    if wanted != arrived:
        raise CallsLost(path=row.place.path, wanted=wanted, found=arrived)


def _facts(row: Row, part: Part, game: Game) -> Mapping[str, tuple[str, ...]]:
    """What happens in a part and in no other; a result that stands at the head of the next one is heard too."""
    own = {message.turn_index for message in part.own}
    spoken = [one if one.turn_index in own else replace(one, trained=False) for one in row.messages]
    rules = Rules.of(game.words)
    happened = facts_in(spoken, rules, game.tools)
    others = Counter(row.facts.get("tool", ())) - Counter(facts_in(row.messages, rules, game.tools).get("tool", ()))
    called = (*happened.get("tool", ()), *_elsewhere(part, others))
    kept = {name: told for name, told in row.facts.items() if name not in _HAPPENS}
    return {**kept, **happened, **({"tool": called} if called else {})}


_HAPPENS = ("tool", "skill", "dc", "outcome")
"""The facts that calls give; the others hold for the whole of a talk."""


def _elsewhere(part: Part, others: Iterable[str]) -> Iterator[str]:
    """The calls in a part of tools that the game does not know, as they are written into a talk."""
    text = "\n".join(message.content for message in part.own if message.trained)
    for name in others:
        for end in (":", "]", "("):
            yield from [name] * text.count(f"[{name}{end}")


def _too_long(row: Row, tokens: int, limit: int) -> RowProblem:
    sentence = _("It has {tokens} tokens and {limit} are allowed, so it is left out. Shorten it, or raise max_length.")
    return RowProblem(row.source, row.place, TOO_LONG, sentence.format(tokens=tokens, limit=limit), error=False)
