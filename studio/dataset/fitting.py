"""Owns bringing rows of other sources than scenarios to the length that a model learns from; knows no sheet.

A long chat is cut between turns, each part with its SYSTEM. What fits in none, or what the model's template cannot
render, is left out and told.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from studio.chat.template import TemplateRefused
from studio.dataset.cutting import Cutter, Part, cut
from studio.dataset.problems import RowProblem
from studio.dataset.rows import Kind, Row
from studio.dataset.scenario_rows import NOTHING, TOO_LONG
from studio.language import _
from studio.scenario import ToolTable, find_calls

REFUSED = "template"


def fitted(rows: Iterable[Row | RowProblem], cutter: Cutter, tokens: dict[str, int]) -> Iterator[Row | RowProblem]:
    """The rows in parts that fit; notes how many ids each has in `tokens`, and counts none that stands there."""
    for row in rows:
        if isinstance(row, RowProblem):
            yield row
            continue
        known = tokens.get(row.key)
        if known is not None and known <= cutter.limit:
            yield row
            continue
        try:
            yield from _fitted(row, cutter, tokens)
        except TemplateRefused as error:
            yield RowProblem(row.source, row.place, REFUSED, str(error))


def _fitted(row: Row, cutter: Cutter, tokens: dict[str, int]) -> Iterator[Row | RowProblem]:
    if not any(message.trained for message in row.messages):
        sentence = _("It has no answer, so there is nothing to learn.")
        yield RowProblem(row.source, row.place, NOTHING, sentence, error=False)
        return
    length = cutter.length(row.messages)
    if length <= cutter.limit:
        tokens[row.key] = length
        yield row
    elif row.kind in (Kind.PAIR, Kind.PREFERENCE, Kind.DECISION):
        yield _too_long(row, length, cutter.limit)
    else:
        found = cut(row.messages, cutter)
        for part in found.parts:
            if part.trained:
                one = replace(row, messages=part.messages, calls=_calls(part))
                tokens[one.key] = part.tokens
                yield one
        for part in found.left_out:
            yield _too_long(row, part.tokens, cutter.limit)


def _calls(part: Part) -> int:
    table = ToolTable.shipped()
    return sum(len(find_calls(message.content, table, ())) for message in part.own if message.trained)


def _too_long(row: Row, tokens: int, limit: int) -> RowProblem:
    sentence = _("It has {tokens} tokens and {limit} are allowed, so it is left out. Shorten it, or raise max_length.")
    return RowProblem(row.source, row.place, TOO_LONG, sentence.format(tokens=tokens, limit=limit), error=False)
