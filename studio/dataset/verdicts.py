"""Owns what a verdict on a row is, whoever gives it; knows neither how one is reached nor whose counts."""

from dataclasses import dataclass
from enum import StrEnum


class Decision(StrEnum):
    """What is to become of a row: `flag` keeps it and says that a person should look."""

    KEEP = "keep"
    FLAG = "flag"
    BIN = "bin"


class By(StrEnum):
    """Who speaks."""

    HEURISTICS = "heuristics"
    JUDGE = "judge"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: `code` is the check's name (`near-duplicate`, `canon:NAME`, `judge`, …), `sentence` for people, `value` what
    was measured and `limit` what it was held against, where there is such a thing."""

    code: str
    sentence: str
    decision: Decision
    value: float | None = None
    limit: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """On the row with `key`; the decision is the sternest of the reasons'. `score` from 0 to 1, where one is given."""

    key: str
    by: By
    decision: Decision
    reasons: tuple[Reason, ...] = ()
    score: float | None = None


_STERN = (Decision.KEEP, Decision.FLAG, Decision.BIN)


def sternest(reasons: tuple[Reason, ...]) -> Decision:
    """The decision that a list of reasons comes to; none keep."""
    return max((reason.decision for reason in reasons), key=_STERN.index, default=Decision.KEEP)
