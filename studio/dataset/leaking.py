"""Owns how much of what validates stands in what is trained on as well: overlap of runs of five words.

SYSTEM does not count, since the scenarios of one game share it. Memory is bounded by what validates. Decides nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.chat.messages import SYSTEM
from studio.dataset.nearest import Nearest
from studio.dataset.rows import Place, Row
from studio.dataset.shingles import Batch, Hashes, Places, batches
from studio.language import _, plural

THRESHOLD = 0.5
_COMMON = 64
"""A run of words that stands in more validation rows than this is a form of words, and says nothing."""
_SIEVE = 2**24


@dataclass(frozen=True, slots=True)
class Leakage:
    """`leaking` of `of` validation rows have at least half of their runs of five words in one training row.

    `worst` is the largest share that any has, `pair` where the two rows stand. What never happens, and is asserted
    by the split, is a group on both sides.
    """

    leaking: int = 0
    of: int = 0
    worst: float = 0.0
    pair: tuple[Place, Place] | None = None

    @property
    def share(self) -> float:
        """The share of validation rows that leak."""
        return self.leaking / self.of if self.of else 0.0

    @property
    def sentence(self) -> str:
        """What was measured, in words."""
        return said(self.as_json())

    def as_json(self) -> dict[str, object]:
        """The measure as plain values."""
        return {
            "leaking": self.leaking, "of": self.of, "share": round(self.share, 4), "worst": round(self.worst, 4),
            "pair": None if self.pair is None else [str(place) for place in self.pair], "groups_on_both_sides": 0,
        }  # fmt: skip


def said(leakage: Mapping[str, Any]) -> str:
    """The measure in words, also as a manifest keeps it."""
    if not leakage.get("of"):
        return _("No row validates, so nothing can leak.")
    text = plural(
        "{count} of {{of}} validation rows has half of its words or more in one training row ({{share}}).",
        "{count} of {{of}} validation rows have half of their words or more in one training row ({{share}}).",
        leakage["leaking"],
    ).replace("{of}", str(leakage["of"])).replace("{share}", f"{leakage['share']:.1%}")  # fmt: skip
    if leakage["pair"] is not None:
        one, other = leakage["pair"]
        nearest = _("The nearest: {one} has {worst} of its words in {other}.")
        text += " " + nearest.format(one=one, other=other, worst=f"{leakage['worst']:.0%}")
    return text


def leakage(validation: Sequence[Row], training: Iterable[Row], memory: Path | None = None) -> Leakage:
    """How much of the validation rows stands in the training rows; `memory` is a file that spares looking twice."""
    if not validation:
        return Leakage()
    index = _Index.of_rows(validation)

    def overlaps(rows: Iterable[Row]) -> Iterator[tuple[Row, Places, NDArray[np.float64]]]:
        for batch in batches(_texts(rows)):
            yield from index.overlaps(batch)

    found = Nearest(memory, validation).found(list(training), overlaps)
    best = [0.0 if near is None else near[0] for near in found]
    at = best.index(max(best))
    near = found[at]
    pair = None if near is None else (validation[at].place, near[1].place)
    return Leakage(sum(share >= THRESHOLD for share in best), len(validation), best[at], pair)


def _texts(rows: Iterable[Row]) -> Iterator[tuple[Row, str]]:
    for row in rows:
        said = [message.content for message in row.messages if message.role != SYSTEM]
        yield row, " ".join(said if row.rejected is None else [*said, row.rejected])


@dataclass(frozen=True, slots=True)
class _Index:
    """The different runs of all validation rows in order, whose each is, and how many a row has."""

    runs: Hashes
    owners: Places
    sizes: Places
    sieve: NDArray[np.bool_]

    @classmethod
    def of_rows(cls, rows: Sequence[Row]) -> "_Index":
        """The index of rows; runs that are forms of words are left out."""
        runs, owners, before = [np.empty(0, np.uint64)], [np.empty(0, np.int64)], 0
        for batch in batches(_texts(rows)):
            runs.append(batch.runs)
            owners.append(batch.owners + before)
            before += len(batch.of)
        run, owner = _different(np.concatenate(runs), np.concatenate(owners))
        _values, where, counts = np.unique(run, return_inverse=True, return_counts=True)
        rare = counts[where] <= _COMMON
        run, owner = run[rare], owner[rare]
        sieve = np.zeros(_SIEVE, bool)
        sieve[_sieved(run)] = True
        return cls(run, owner, np.bincount(owner, minlength=len(rows)), sieve)

    def overlaps(self, batch: Batch[Row]) -> Iterator[tuple[Row, Places, NDArray[np.float64]]]:
        """Each row of a batch that shares runs with validation rows: with which, and what share of theirs."""
        known = np.flatnonzero(self.sieve[_sieved(batch.runs)])  # most runs are in none, and this is soon said
        at = np.searchsorted(self.runs, batch.runs[known])
        known = known[self.runs.take(at, mode="clip") == batch.runs[known]] if len(self.runs) else known[:0]
        run, owner = _different(batch.runs[known], batch.owners[known])
        left, right = np.searchsorted(self.runs, run, "left"), np.searchsorted(self.runs, run, "right")
        held = right - left  # how many validation rows have each run
        at = np.repeat(left - np.cumsum(held) + held, held) + np.arange(held.sum())
        many = len(self.sizes)
        pairs, counts = np.unique(np.repeat(owner, held) * many + self.owners[at], return_counts=True)
        rows, places = np.divmod(pairs, many)
        ends = np.flatnonzero(np.diff(rows)) + 1
        shares = counts / self.sizes[places]
        if not len(rows):
            return
        for row, mine, share in zip(rows[[0, *ends]], np.split(places, ends), np.split(shares, ends), strict=True):
            yield batch.of[int(row)], mine, share


def _sieved(runs: Hashes) -> Hashes:
    return runs & np.uint64(_SIEVE - 1)


def _different(runs: Hashes, owners: Places) -> tuple[Hashes, Places]:
    """Each run of an owner once, in the order of the runs."""
    order = np.lexsort((owners, runs))
    runs, owners = runs[order], owners[order]
    new = np.ones(len(runs), bool)
    new[1:] = (runs[1:] != runs[:-1]) | (owners[1:] != owners[:-1])
    return runs[new], owners[new]
