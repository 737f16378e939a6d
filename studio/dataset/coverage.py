"""Owns what a data set covers: how often each type, tool, skill, DC, outcome, class, level, length, turn count occurs.

Knows no target and no source's format; what happens in a row stands in its facts.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from studio.dataset.balance import Bands, shipped_balance
from studio.dataset.facts import facts_in
from studio.dataset.rows import Row
from studio.language import N_
from studio.rules import Rules
from studio.scenario.model import plain_name

WHATS = {
    "kind": N_("kind of example"),
    "source": N_("source"),
    "type": N_("type of scenario"),
    "tool": N_("tool"),
    "skill": N_("skill"),
    "dc": N_("DC"),
    "outcome": N_("outcome"),
    "class": N_("class"),
    "level": N_("level"),
    "game": N_("game"),
    "length": N_("length in words"),
    "turns": N_("answers"),
}
"""What is counted, in the order in which it is shown, and how it is called."""

ONCE_A_GROUP = ("type", "class", "level", "game")
"""Counted once for all parts of a scenario that was cut, or all decisions of a game."""

Mark = tuple[str, str]
"""What is counted, and a value of it."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How often each value occurs, and in which rows. `rows` and `groups` are how many of each there are in all.

    Tools, skills, DCs and outcomes count every time that they occur; types, classes, levels and games once a group;
    all else once a row. Bands stand in their order, other values by how often they occur.
    """

    counts: dict[str, dict[str, int]]
    by_row: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    rows: int = 0
    groups: int = 0

    def count(self, what: str, value: str) -> int:
        """How often a value occurs."""
        return self.counts.get(what, {}).get(value, 0)

    def total(self, what: str) -> int:
        """How often anything of the kind occurs."""
        return sum(self.counts.get(what, {}).values())

    def keys(self, what: str, value: str) -> tuple[str, ...]:
        """The keys of the rows in which a value occurs, in their order."""
        return self.by_row.get(what, {}).get(value, ())

    def as_json(self) -> dict[str, object]:
        """The counts as plain values."""
        return {"rows": self.rows, "groups": self.groups, "counts": self.counts}


def marks_of(row: Row, rules: Rules | None = None) -> tuple[Mark, ...]:
    """All that is counted of a row, what happens twice in it twice. `rules` are those of the game that is played."""
    facts = _facts(row, rules)
    marks: list[Mark] = [("kind", row.kind.value), ("source", row.source)]
    for what, values in facts.items():
        marks += [(what, value) for value in values if value and what in WHATS]
    words = len(row.trained_text.split())
    return tuple((what, _banded(what, value)) for what, value in [
        *marks, ("length", str(words)), ("turns", str(row.turns)),
    ])  # fmt: skip


def fact_marks(row: Row, whats: Container[str], rules: Rules | None = None) -> tuple[Mark, ...]:
    """Of all that is counted of a row, what its facts say of these kinds; quicker than all of it."""
    facts = _facts(row, rules)
    return tuple((what, _banded(what, value)) for what in facts if what in whats for value in facts[what] if value)


def _facts(row: Row, rules: Rules | None) -> Mapping[str, tuple[str, ...]]:
    """The facts that a row brings; of one that calls tools and says no more, what its messages tell."""
    if row.calls and "tool" not in row.facts:
        return {**row.facts, **facts_in(row.messages, rules if rules is not None else Rules.shipped())}
    return row.facts


@lru_cache(maxsize=8192)
def _banded(what: str, value: str) -> str:
    bands = shipped_balance().banded(what)
    if bands is None:
        return value if what == "source" else plain_name(value)
    try:
        return bands.of(int(value))
    except ValueError:
        return plain_name(value)


def coverage(rows: Iterable[Row], rules: Rules | None = None) -> Coverage:
    """What the rows cover; they are gone through once."""
    counted = Counter[Mark]()
    keys: dict[Mark, dict[str, None]] = {}
    seen: set[tuple[Mark, str]] = set()
    groups: set[str] = set()
    number = 0
    for row in rows:
        number += 1
        groups.add(row.group)
        key = row.key
        for mark in marks_of(row, rules):
            keys.setdefault(mark, {})[key] = None
            if mark[0] in ONCE_A_GROUP:
                if (mark, row.group) in seen:
                    continue
                seen.add((mark, row.group))
            counted[mark] += 1
    counts = {what: _ordered(what, counted) for what in WHATS}
    by_row = {what: {value: tuple(keys[what, value]) for value in values} for what, values in counts.items()}
    return Coverage({what: found for what, found in counts.items() if found}, by_row, number, len(groups))


def _ordered(what: str, counted: Counter[Mark]) -> dict[str, int]:
    found = {value: count for (of, value), count in counted.items() if of == what}
    bands = shipped_balance().banded(what)
    order = _by_band(bands) if bands is not None else _by_count(found)
    return {value: found[value] for value in sorted(found, key=order)}


def _by_band(bands: Bands) -> Callable[[str], tuple[int, str]]:
    places = {name: place for place, name in enumerate(bands.names)}
    return lambda value: (places.get(value, len(places)), value)


def _by_count(found: Mapping[str, int]) -> Callable[[str], tuple[int, str]]:
    return lambda value: (-found[value], value)
