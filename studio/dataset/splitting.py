"""Owns which rows validate: whole scenarios, games or clusters of near-duplicates, never single rows.

Families of rows are set aside within each stratum in the order of a hash of their names. So the choice does not depend
on the order of the rows, and a new scenario reshuffles nothing: only in its own stratum the border of what is set aside
moves, by as much as its share asks. Where families are equally large, at most one other changes sides for each that
comes or goes. What is synthetic follows its parent and never validates.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.dataset.description import SplitSettings
from studio.dataset.families import Family, Stratum, families
from studio.dataset.leaking import Leakage, leakage
from studio.dataset.rows import Row
from studio.errors import UnexpectedFailure

TRAINING, VALIDATION, LEFT_OUT = "training", "validation", "left out"


@dataclass(frozen=True, slots=True)
class Split:
    """The keys of the rows that validate, and of those that stand on neither side: synthetic rows whose parent
    validates. All others are trained on."""

    validation: frozenset[str]
    left_out: frozenset[str]
    leakage: Leakage

    def side(self, key: str) -> str:
        """On which side a row stands."""
        if key in self.validation:
            return VALIDATION
        return LEFT_OUT if key in self.left_out else TRAINING


def split(
    rows: Sequence[Row], clusters: Mapping[str, str], settings: SplitSettings, memory: Path | None = None
) -> Split:
    """The split of the rows; `clusters` are near-duplicates by row key, and a row need not be in one.

    `memory` is a file in which the measure of leakage remembers.
    """
    keys = [row.key for row in rows]
    aside = [place for family in set_aside(families(rows, keys, clusters), settings) for place in family.places]
    validation = frozenset(keys[place] for place in aside if not rows[place].synthetic)
    left_out = frozenset(keys[place] for place in aside if rows[place].synthetic) - validation
    sides: dict[str, list[Row]] = {TRAINING: [], VALIDATION: [], LEFT_OUT: []}
    found = Split(validation, left_out, Leakage())
    for row, key in zip(rows, keys, strict=True):
        sides[found.side(key)].append(row)
    _assert_apart(sides, clusters)
    return Split(validation, left_out, leakage(sides[VALIDATION], sides[TRAINING], memory))


def set_aside(all_families: Iterable[Family], settings: SplitSettings) -> list[Family]:
    """The families that validate. In each stratum the number of rows is the nearest to its share that whole families
    allow; a stratum too small for one of its own gives one by the chance that keeps the share right over many."""
    strata: dict[Stratum, list[Family]] = {}
    for family in all_families:
        if family.size:
            strata.setdefault(family.stratum, []).append(family)
    ordered = {stratum: _ordered(found, settings.seed) for stratum, found in sorted(strata.items())}
    chosen = [one for stratum, found in ordered.items() for one in _of_stratum(stratum, found, settings)]
    return chosen or _at_least_one([one for found in ordered.values() for one in found], settings)


def _ordered(found: Iterable[Family], seed: int) -> list[Family]:
    return sorted(found, key=lambda family: (_chance(seed, "family", family.name), family.name))


def _of_stratum(stratum: Stratum, ordered: Sequence[Family], settings: SplitSettings) -> list[Family]:
    wanted = settings.validation * sum(family.size for family in ordered)
    chosen, size = list[Family](), 0
    for family in ordered:
        if size + family.size / 2 <= wanted:
            chosen.append(family)
            size += family.size
    if chosen or not wanted:
        return chosen
    first = ordered[0]
    return [first] if _chance(settings.seed, "stratum", *stratum) * first.size < wanted else []


def _at_least_one(ordered: Sequence[Family], settings: SplitSettings) -> list[Family]:
    """A small data set has something to validate with too, where anything is left to train on."""
    whole = sum(family.size for family in ordered)
    small = [family for family in ordered if family.size <= whole / 2]
    return _ordered(small, settings.seed)[:1] if settings.validation else []


def _chance(seed: int, *names: str) -> float:
    """A number from 0 to 1 that only depends on the seed and the names."""
    told = "\0".join([str(seed), *names]).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(told).digest()[:7], "big") / 256**7


def _assert_apart(sides: Mapping[str, Sequence[Row]], clusters: Mapping[str, str]) -> None:
    """That no group and no cluster stands on both sides; anything else is a mistake of ours."""
    for what, of in (("group", lambda row: row.group), ("cluster", lambda row: clusters.get(row.key))):
        both = {of(row) for row in sides[TRAINING]} & {of(row) for row in sides[VALIDATION]} - {None}
        if both:
            raise UnexpectedFailure(detail=f"{what} {min(map(str, both))} stands on both sides of the split")
