"""Owns which rows stay: spelling is settled, heuristics, judge and persons are heard, and the authority decides.

Reaches no verdict itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from studio.dataset.description import Description
from studio.dataset.gathered import Gathered
from studio.dataset.reading import Reading
from studio.dataset.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Decided:
    """The verdicts that count, by the key of their row, and the near-duplicates among those that stay."""

    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    clusters: Mapping[str, str] = field(default_factory=dict)


def decided(gathered: Gathered, description: Description, reading: Reading, processes: int | None = None) -> Decided:
    """Takes the rows out of `gathered` that do not stay."""
    return Decided()
