"""Owns how sure a figure is and whether two differ: bootstrap intervals over clusters, and exact tests on pairs.

Cases of one scenario hang together, so whole scenarios are drawn, not cases. Knows no model and no suite.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studio.intervals import Share

DRAWS = 2000
"""How often is drawn anew."""

FEW = 6
"""Of fewer clusters than this, drawing anew says too little of how much they differ."""

_SURE = 95.0
_AT_ONCE = 200_000
"""Clusters that are drawn at once, so that thousands of cases take no more memory than dozens."""


Parts = tuple[float, float]
Clusters = Mapping[str, Parts]
"""The sums of a ratio's two halves by cluster."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A ratio with its 95% interval; None where nothing was counted. `of` is the lower half: how many were counted.

    A number that was measured once has no interval.
    """

    value: float | None
    low: float | None
    high: float | None
    of: float


@dataclass(frozen=True, slots=True)
class Difference:
    """How far one ratio lies above another on the same `clusters`, with its 95% interval and the two-sided p."""

    value: float
    low: float
    high: float
    p: float
    clusters: int = FEW

    @property
    def sure(self) -> bool:
        """Whether the interval leaves zero out, and chance alone would seldom do that."""
        return (self.low > 0 or self.high < 0) and self.p < 0.05


def clustered(parts: Sequence[tuple[str, Parts]]) -> dict[str, Parts]:
    """The sums by cluster, in the order of their names."""
    sums: dict[str, Parts] = {}
    for cluster, (upper, lower) in parts:
        before = sums.get(cluster, (0.0, 0.0))
        sums[cluster] = before[0] + upper, before[1] + lower
    return dict(sorted(sums.items()))


def estimate(clusters: Clusters, *, seed: int = 0, draws: int = DRAWS, shares: bool = True) -> Estimate:
    """A ratio with its percentile interval over clusters drawn with replacement.

    Of a share of none or all, of few clusters, and of clusters that are all alike, the interval is never narrower than
    Wilson's of the count; without `shares` it is a number like seconds, that is nobody's share.
    """
    halves = _halves({name: half for name, half in clusters.items() if half[1]})
    upper, lower = (float(half) for half in halves.sum(axis=0))
    if lower == 0:
        return Estimate(None, None, None, 0)
    if not shares and len(halves) == 1:
        return Estimate(upper / lower, None, None, lower)
    ratios = _ratios(halves, seed, draws)
    bounds = [upper / lower, *_bounds(ratios[np.isfinite(ratios)])]
    share = shares and 0 <= upper <= lower and lower.is_integer()
    if share and (upper in (0, lower) or len(halves) < FEW or min(bounds) == max(bounds)):
        bounds += Share(round(upper), round(lower)).interval or ()
    return Estimate(upper / lower, min(bounds), max(bounds), lower)


def difference(one: Clusters, other: Clusters, *, seed: int = 0, draws: int = DRAWS) -> Difference | None:
    """How far `one` lies above `other`, the same clusters drawn for both; None where they share none.

    p is twice the smaller share of draws on either side of zero (ties count on both); it is never below what the signs
    of so many clusters can show, so that under six of them no difference is sure.
    """
    names = [name for name in sorted(set(one) & set(other)) if one[name][1] or other[name][1]]
    first, second = (_halves({name: side[name] for name in names}) for side in (one, other))
    if not names or first[:, 1].sum() == 0 or second[:, 1].sum() == 0:
        return None
    gaps = _ratios(first, seed, draws) - _ratios(second, seed, draws)
    gaps = gaps[np.isfinite(gaps)]
    value = float(first[:, 0].sum() / first[:, 1].sum() - second[:, 0].sum() / second[:, 1].sum())
    low, high = _bounds(gaps)
    tail = min(int((gaps <= 0).sum()), int((gaps >= 0).sum()))
    p = max(2 * (tail + 1) / (len(gaps) + 1), 2 / (1 << len(names)))
    return Difference(value, min(low, value), max(high, value), min(1.0, p), len(names))


def mcnemar(only_one: int, only_other: int) -> float:
    """The exact two-sided p of McNemar's test: cases that only one, or only the other, got right."""
    together = only_one + only_other
    ways = tail = 1
    for count in range(min(only_one, only_other)):
        ways = ways * (together - count) // (count + 1)
        tail += ways
    return min(1.0, 2 * tail / (1 << together))


def _halves(clusters: Clusters) -> npt.NDArray[np.float64]:
    return np.array(list(clusters.values()), dtype=np.float64).reshape(-1, 2)


def _ratios(halves: npt.NDArray[np.float64], seed: int, draws: int) -> npt.NDArray[np.float64]:
    """The ratio on each draw of as many clusters as there are; the same seed and count draw the same ones."""
    generator, count = np.random.default_rng(seed), len(halves)
    block = max(1, _AT_ONCE // count)
    found = []
    for start in range(0, draws, block):
        chosen = generator.integers(0, count, (min(block, draws - start), count))
        sums = halves[chosen].sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append(sums[:, 0] / sums[:, 1])
    return np.concatenate(found)


def _bounds(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    outside = (100 - _SURE) / 2
    low, high = np.percentile(values, [outside, 100 - outside])
    return float(low), float(high)
