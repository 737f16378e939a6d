"""Owns on which side of the split each row stands and how much it weighs there; how both are chosen, others know."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from studio.dataset.description import Description
from studio.dataset.gathered import Gathered
from studio.dataset.leaking import Leakage
from studio.dataset.rows import Kind, Row
from studio.dataset.splitting import LEFT_OUT, TRAINING, VALIDATION, split
from studio.dataset.verdicts import Decision, Reason
from studio.dataset.weighting import Weights, weights
from studio.language import _

__all__ = ["TRAINING", "VALIDATION", "Sides", "sides_of", "weighed"]

PARENT = "parent-validates"


@dataclass(frozen=True, slots=True)
class Sides:
    """The sides by the key of each row, and the weights of those that are trained on."""

    by_key: Mapping[str, str]
    weights: Weights
    leakage: Leakage = field(default_factory=Leakage)

    def of(self, row: Row) -> str:
        """The side of a row."""
        return self.by_key[row.key]

    def weight(self, row: Row) -> float:
        """How often a row is drawn in an epoch on the average; 0 where it validates."""
        return self.weights.by_key.get(row.key, 0.0) if self.of(row) == TRAINING else 0.0


def sides_of(
    gathered: Gathered, clusters: Mapping[str, str], description: Description, memory: Path | None = None
) -> Sides:
    """The sides; takes those rows out whose parent validates, since they may stand on neither."""
    found = split(gathered.rows, clusters, description.split, memory)
    by_key = {row.key: found.side(row.key) for row in gathered.rows}
    sentence = _("What it was made from validates, so it is not trained on.")
    reason = Reason(PARENT, sentence, Decision.BIN)
    gathered.leave({key: reason for key, side in by_key.items() if side == LEFT_OUT})
    return weighed(gathered.rows, by_key, description, found.leakage)


def weighed(rows: Sequence[Row], by_key: Mapping[str, str], description: Description, leakage: Leakage) -> Sides:
    """The sides with the weights of what is trained on."""
    trained = [row for row in rows if by_key[row.key] == TRAINING]
    return Sides(by_key, shared(trained, weights(trained, description.sources)), leakage)


def shared(rows: Sequence[Row], found: Weights) -> Weights:
    """The weights where a scenario and its variants together are drawn as often as it would be alone."""
    families: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.kind is Kind.SCENARIO:
            families[row.group].add(row.place.path)
    if all(len(paths) < 2 for paths in families.values()):
        return found
    raw = [found.by_key[row.key] / max(1, len(families.get(row.group, ()))) for row in rows]
    scale = len(rows) / math.fsum(raw)
    by_key = {row.key: weight * scale for row, weight in zip(rows, raw, strict=True)}
    by_source: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        by_source[row.source].append(by_key[row.key])
    passes = {name: math.fsum(drawn) / len(drawn) for name, drawn in by_source.items()}
    return Weights(by_key, passes, {name: math.fsum(drawn) / len(rows) for name, drawn in by_source.items()})
