"""Owns which rows must stay together when a data set is split: families, by group, near-duplicate cluster and parent.

Knows neither sides nor shares.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from studio.dataset.rows import Kind, Row

Stratum = tuple[str, str, str]
"""Kind, source and type of scenario."""


@dataclass(frozen=True, slots=True)
class Family:
    """Rows that stay together: their places. `name` is the first of their groups, `size` counts those that are not
    synthetic, `stratum` is that of most of these."""

    name: str
    places: tuple[int, ...]
    size: int
    stratum: Stratum


def families(rows: Sequence[Row], keys: Sequence[str], clusters: Mapping[str, str]) -> list[Family]:
    """The families of the rows, in the order of their names; `keys` are the rows'.

    Rows are joined that have one group, one cluster or one key, and a synthetic row with its parent: the row of that
    key, or all of the scenario at that path.
    """
    joined = _Joined(len(rows))
    for place, (row, key) in enumerate(zip(rows, keys, strict=True)):
        joined.at(place, ("group", row.group))
        joined.at(place, ("row", key))
        if row.kind is Kind.SCENARIO and not row.synthetic:
            joined.at(place, ("row", row.place.path))
        if key in clusters:
            joined.at(place, ("cluster", clusters[key]))
    for place, row in enumerate(rows):
        if row.parent is not None:
            joined.at(place, ("row", row.parent))
    members: dict[int, list[int]] = {}
    for place in range(len(rows)):
        members.setdefault(joined.head(place), []).append(place)
    return sorted((_family(rows, places) for places in members.values()), key=lambda family: family.name)


class _Joined:
    """Which places belong together (union-find)."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))
        self._first: dict[Hashable, int] = {}

    def head(self, place: int) -> int:
        """The place that stands for all that belong to this one."""
        while self._above[place] != place:
            self._above[place] = self._above[self._above[place]]
            place = self._above[place]
        return place

    def at(self, place: int, what: Hashable) -> None:
        """This place belongs to all others of which the same was said."""
        one, other = self.head(place), self.head(self._first.setdefault(what, place))
        self._above[max(one, other)] = min(one, other)


def _family(rows: Sequence[Row], places: Sequence[int]) -> Family:
    real = [rows[place] for place in places if not rows[place].synthetic]
    named = real or [rows[place] for place in places]
    counted = Counter(stratum_of(row) for row in named)
    stratum = min(counted, key=lambda one: (-counted[one], one))
    return Family(min(row.group for row in named), tuple(places), len(real), stratum)


def stratum_of(row: Row) -> Stratum:
    """By what the split is stratified."""
    return row.kind.value, row.source, next(iter(row.facts.get("type", ())), "")
