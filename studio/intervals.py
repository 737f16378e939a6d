"""Owns counts with their 95% intervals; knows nothing of what is counted."""

import math
from dataclasses import dataclass

_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `of`, with the Wilson 95% interval of the share."""

    count: int
    of: int

    @property
    def share(self) -> float | None:
        """The share, None of nothing."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Lower and upper bound (Wilson, 1927), None of nothing."""
        if not self.of:
            return None
        n, p = self.of, self.count / self.of
        middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        half = _Z / (1 + _Z**2 / n) * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
        return max(0.0, middle - half), min(1.0, middle + half)

    def as_json(self) -> dict[str, object]:
        """Count, total, share and interval as plain values, shares rounded to 4 digits."""
        bounds = self.interval
        return {
            "count": self.count,
            "of": self.of,
            "share": None if self.share is None else round(self.share, 4),
            "interval": None if bounds is None else [round(bound, 4) for bound in bounds],
        }
