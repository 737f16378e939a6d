"""Owns how often a row is drawn in training: by sampling weight, never by copies of it.

A row's weight is that of its source (its authority) times its balance: rows with what is rare weigh more, tempered and
capped. Weights are normalised to a mean of 1, so a weight is how often a row is drawn in an epoch on the average. Knows
no model and no file.
"""

import math
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from studio.dataset.coverage import Mark, fact_marks
from studio.dataset.description import SourceSettings
from studio.dataset.rows import Row
from studio.rules import Rules

BALANCED = ("type", "tool", "skill", "outcome")
"""What is balanced; DC, level, length and turn count are only counted."""
MOST = 4.0
"""A balance weight is at most this and at least one divided by it."""
TEMPER = 0.5
"""The power of the inverse frequency: 0 balances nothing, 1 all the way."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Each row's weight, their mean 1. `passes`: how often a row of a source is drawn in one epoch on the average;
    `shares`: which part of what is drawn comes from it."""

    by_key: dict[str, float]
    passes: dict[str, float]
    shares: dict[str, float]


def weights(
    rows: Sequence[Row],
    sources: Sequence[SourceSettings],
    *,
    temper: float = TEMPER,
    most: float = MOST,
    rules: Rules | None = None,
) -> Weights:
    """The weights of the rows that are trained on; a source that is not described weighs 1.

    Rows with one key share its weight: each is drawn so often.
    """
    if not rows:
        return Weights({}, {}, {})
    authority = {source.name: source.weight for source in sources}
    raw = [
        authority.get(row.source, 1.0) * balance
        for row, balance in zip(rows, balances(rows, temper=temper, most=most, rules=rules), strict=True)
    ]
    whole = math.fsum(raw)
    drawn = [weight * len(rows) / whole for weight in raw]
    by_source: dict[str, list[float]] = {}
    for row, weight in zip(rows, drawn, strict=True):
        by_source.setdefault(row.source, []).append(weight)
    return Weights(
        {row.key: weight for row, weight in zip(rows, drawn, strict=True)},
        {name: fmean(found) for name, found in by_source.items()},
        {name: math.fsum(found) / len(rows) for name, found in by_source.items()},
    )


def balances(
    rows: Sequence[Row], *, temper: float = TEMPER, most: float = MOST, rules: Rules | None = None
) -> list[float]:
    """A balance weight for each row, from 1/`most` to `most`, by how rare is what happens in it.

    Of each kind that is balanced the row has the mean rarity of its values; a row's weight is the geometric mean over
    the kinds. A row in which none of it happens weighs 1, so plain text is neither pushed nor held back.
    """
    marks = [fact_marks(row, BALANCED, rules) for row in rows]
    rarity = _rarity(mark for found in marks for mark in found)
    pulls = {mark: temper * math.log(rare) for mark, rare in rarity.items()}
    return [_balance(found, pulls, most) for found in marks]


def _rarity(marks: Iterable[Mark]) -> dict[Mark, float]:
    """How much rarer than the average of its kind each value is: 2 is half as frequent."""
    counted = Counter(marks)
    values = Counter(what for what, _value in counted)
    totals = Counter[str]()
    for (what, _value), count in counted.items():
        totals[what] += count
    return {mark: totals[mark[0]] / values[mark[0]] / count for mark, count in counted.items()}


def _balance(marks: Sequence[Mark], pulls: Mapping[Mark, float], most: float) -> float:
    by_what: dict[str, list[float]] = {}
    for mark in marks:
        by_what.setdefault(mark[0], []).append(pulls[mark])
    if not by_what:
        return 1.0
    bound = math.log(most)
    means = [math.fsum(found) / len(found) for found in by_what.values()]
    return math.exp(max(-bound, min(bound, math.fsum(means) / len(means))))


def draws(wanted: Sequence[float], seed: int, length: int | None = None) -> list[int]:
    """The places of the rows of one epoch, shuffled: `length` draws (default: as many as rows) by weight.

    Systematic, so a row whose weight is 2.3 is drawn two or three times and never ten; deterministic by the seed.
    """
    count = len(wanted) if length is None else length
    whole = math.fsum(wanted)
    if not count or whole <= 0:
        return []
    chance = random.Random(seed)
    order = list(range(len(wanted)))
    chance.shuffle(order)  # which of equal rows is drawn once more must not depend on where they stand
    step, at, reached = whole / count, 0, wanted[order[0]]
    start = chance.random() * step
    drawn: list[int] = []
    for number in range(count):
        point = start + number * step
        while point >= reached and at + 1 < len(order):
            at += 1
            reached += wanted[order[at]]
        drawn.append(order[at])
    chance.shuffle(drawn)
    return drawn
