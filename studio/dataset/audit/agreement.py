"""Owns how far verdicts agree: heuristics against judge, and each of them against people. Reaches no verdict itself.

What is compared is whether a row is binned: a flag keeps it. People's verdicts are the measure where there are some;
the figures hold for the rows that people chose to decide on, and for no others.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studio.dataset.verdicts import By, Decision, Verdict
from studio.intervals import Share
from studio.language import N_, _

Verdicts = Mapping[str, Verdict]
Cell = tuple[Decision, Decision]
"""What the heuristics and the judge say of one row."""

SAMPLE = 20
_AGREEING = 0.25
"""The share of the sample on which both agree: what is measured only where they differ says nothing of the rest."""
_DRAWS = 2000
_GRADES = (
    (0.0, N_("no better than chance")), (0.2, N_("slight")), (0.4, N_("fair")), (0.6, N_("moderate")),
    (0.8, N_("substantial")), (1.0, N_("almost complete")),
)  # fmt: skip
"""Up to which kappa agreement is called what (Landis and Koch, 1977)."""


@dataclass(frozen=True, slots=True)
class Kappa:
    """Cohen's kappa of binning, with a bootstrapped 95% interval; None where both say the same of all rows."""

    value: float | None
    interval: tuple[float, float] | None

    @property
    def grade(self) -> str:
        """The value in a word."""
        if self.value is None:
            return _("not to be told, for both say the same of every row")
        value = self.value
        return _(next(word for limit, word in _GRADES if value <= limit or limit == 1.0))

    def as_json(self) -> dict[str, object]:
        """The value and its interval, rounded to 4 digits."""
        bounds = None if self.interval is None else [round(bound, 4) for bound in self.interval]
        return {"value": None if self.value is None else round(self.value, 4), "interval": bounds}


@dataclass(frozen=True, slots=True)
class Scores:
    """One who gives verdicts, held against people: `right` in all, `precision` of what it bins, `recall` of what
    people bin. `name` says which judge it is."""

    by: By
    name: str
    right: Share
    precision: Share
    recall: Share

    def as_json(self) -> dict[str, object]:
        """The scores as plain values."""
        return {
            "by": self.by.value,
            "name": self.name,
            "right": self.right.as_json(),
            "precision": self.precision.as_json(),
            "recall": self.recall.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Agreement:
    """Heuristics and judge over the rows that were judged, and both against people.

    `table` counts rows by what the two say. `only_heuristics` and `only_judge` are keys of rows that one bins and the
    other does not. `sample` are keys to decide by hand. `undecided` people's flags count for nobody.
    """

    rows: int
    table: Mapping[Cell, int]
    same: Share
    kappa: Kappa
    only_heuristics: tuple[str, ...]
    only_judge: tuple[str, ...]
    sample: tuple[str, ...]
    against_people: tuple[Scores, ...]
    undecided: int

    def as_json(self) -> dict[str, object]:
        """All of it as plain values, rows by their keys."""
        return {
            "rows": self.rows,
            "table": {one.value: {other.value: self.table[one, other] for other in Decision} for one in Decision},
            "same": self.same.as_json(),
            "kappa": self.kappa.as_json(),
            "only_heuristics": list(self.only_heuristics),
            "only_judge": list(self.only_judge),
            "sample": list(self.sample),
            "against_people": [scores.as_json() for scores in self.against_people],
            "undecided": self.undecided,
        }


def agreement(
    heuristics: Verdicts,
    judge: Verdicts,
    people: Verdicts,
    *,
    others: Mapping[str, Verdicts] | None = None,
    name: str = "",
    sample: int = SAMPLE,
    seed: int = 0,
) -> Agreement:
    """How the three agree. A row without a verdict of the heuristics is one on which they found nothing.

    `name` is the judge's; `others` are further judges, by name, that are held against people beside it.
    """
    judges = {**({name: judge} if judge else {}), **{k: v for k, v in (others or {}).items() if k != name}}
    cells = {key: (_said(heuristics, key), verdict.decision) for key, verdict in judge.items()}
    counts = Counter(cells.values())
    table = {(one, other): counts[one, other] for one in Decision for other in Decision}
    alike = sum(n for (one, other), n in table.items() if _bins(one) == _bins(other))
    return Agreement(
        rows=len(cells),
        table=table,
        same=Share(alike, len(cells)),
        kappa=kappa_of(table, seed=seed),
        only_heuristics=tuple(key for key, cell in cells.items() if _bins(cell[0]) and not _bins(cell[1])),
        only_judge=tuple(key for key, cell in cells.items() if _bins(cell[1]) and not _bins(cell[0])),
        sample=sample_of({key: cell for key, cell in cells.items() if key not in people}, sample, seed),
        against_people=(
            _scored(By.HEURISTICS, "", heuristics, judge, people),
            *(_scored(By.JUDGE, called, said, {}, people) for called, said in judges.items()),
        ),
        undecided=sum(people[key].decision is Decision.FLAG for key in people if key in heuristics or key in judge),
    )


def _said(verdicts: Verdicts, key: str) -> Decision:
    found = verdicts.get(key)
    return Decision.KEEP if found is None else found.decision


def _bins(decision: Decision) -> bool:
    return decision is Decision.BIN


# -- chance


def kappa_of(table: Mapping[Cell, int], *, seed: int = 0) -> Kappa:
    """Cohen's kappa of a table, flags counted as kept; the interval from resampled tables."""
    square = np.zeros((2, 2), dtype=np.int64)
    for (one, other), count in table.items():
        square[int(_bins(one)), int(_bins(other))] += count
    whole = int(square.sum())
    value = _kappas(square.reshape(1, 4))[0] if whole else np.nan
    if np.isnan(value):
        return Kappa(None, None)
    drawn = np.random.default_rng(seed).multinomial(whole, square.reshape(4) / whole, size=_DRAWS)
    values = _kappas(drawn)
    low, high = np.percentile(values[~np.isnan(values)], (2.5, 97.5))
    return Kappa(float(value), (float(low), float(high)))


def _kappas(tables: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """The kappa of each row (both keep, only the second bins, only the first, both); NaN where it has none."""
    whole = tables.sum(axis=1)
    seen = (tables[:, 0] + tables[:, 3]) / whole
    first, second = (tables[:, 2] + tables[:, 3]) / whole, (tables[:, 1] + tables[:, 3]) / whole
    chance = first * second + (1 - first) * (1 - second)
    with np.errstate(divide="ignore", invalid="ignore"):
        values: npt.NDArray[np.float64] = np.where(chance < 1, (seen - chance) / (1 - chance), np.nan)
    return values


# -- what to decide by hand


def sample_of(cells: Mapping[str, Cell], size: int, seed: int = 0) -> tuple[str, ...]:
    """Rows to decide by hand: mostly where the two differ, as many of each way of differing, and some where not.

    The same cells and seed give the same sample, in whatever order they come.
    """
    differing = _dealt({key: cell for key, cell in cells.items() if cell[0] is not cell[1]}, seed)
    agreeing = _dealt({key: cell for key, cell in cells.items() if cell[0] is cell[1]}, seed)
    few = min(len(agreeing), max(round(size * _AGREEING), size - len(differing)))
    return tuple(differing[: size - few] + agreeing[:few])


def _dealt(cells: Mapping[str, Cell], seed: int) -> list[str]:
    """The keys, one of each cell in turn, each cell shuffled by itself."""
    stacks: dict[Cell, list[str]] = {}
    for key in sorted(cells):
        stacks.setdefault(cells[key], []).append(key)
    for cell, keys in stacks.items():
        random.Random(f"{seed}/{cell[0]}/{cell[1]}").shuffle(keys)  # a sample, not secrets
    dealt: list[str] = []
    for turn in range(max(map(len, stacks.values()), default=0)):
        dealt += [stacks[cell][turn] for cell in sorted(stacks) if turn < len(stacks[cell])]
    return dealt


# -- against people


def _scored(by: By, name: str, verdicts: Verdicts, also: Verdicts, people: Verdicts) -> Scores:
    """The scores over rows that people decided; one that only `also` has a verdict on counts as kept."""
    known = [key for key in people if key in verdicts or key in also]
    decided = [key for key in known if people[key].decision is not Decision.FLAG]
    pairs = [(_bins(_said(verdicts, key)), _bins(people[key].decision)) for key in decided]
    return Scores(by, name, *_shares(pairs))


def _shares(pairs: Sequence[tuple[bool, bool]]) -> tuple[Share, Share, Share]:
    """Right in all, precision and recall of (binned, to be binned)."""
    both = sum(binned and due for binned, due in pairs)
    right = Share(sum(binned == due for binned, due in pairs), len(pairs))
    return right, Share(both, sum(binned for binned, _due in pairs)), Share(both, sum(due for _binned, due in pairs))
