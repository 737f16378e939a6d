"""Owns whether one model is better than another on the same cases, and how sure that is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from studio.evaluation.kind import CaseResult
from studio.evaluation.kinds import KINDS
from studio.evaluation.results import Kept
from studio.evaluation.significance import Difference, difference, mcnemar
from studio.evaluation.summary import halves, ratio_of
from studio.language import _


@dataclass(frozen=True, slots=True)
class Comparison:
    """How far `one` lies above `other` in a figure of a part, over the cases that both were measured on.

    `difference` is resampled by scenario on both at once; `only_one` and `only_other` count cases that just one of them
    got right, `p` is McNemar's exact one over these, None where nothing is right or wrong.
    """

    part: str
    one: str
    other: str
    rival: str
    figure: str
    title: str
    cases: int
    difference: Difference | None
    only_one: int
    only_other: int
    p: float | None
    less: bool = False
    first: str = ""
    unit: str = "share"

    @property
    def better(self) -> bool:
        """Whether `one` is surely the better one."""
        found = self.difference
        return found is not None and found.sure and (found.value < 0) is self.less

    @property
    def worse(self) -> bool:
        """Whether `other` surely is."""
        found = self.difference
        return found is not None and found.sure and (found.value > 0) is self.less

    def as_json(self) -> dict[str, Any]:
        """Plain values, numbers to 6 digits."""
        gap = self.difference
        told = None if gap is None else {name: round(getattr(gap, name), 6) for name in ("value", "low", "high", "p")}
        return {
            "part": self.part, "one": self.one, "other": self.other, "rival": self.rival, "figure": self.figure,
            "title": self.title, "cases": self.cases, "difference": told, "only_one": self.only_one,
            "only_other": self.only_other, "p": None if self.p is None else round(self.p, 6), "better": self.better,
            "worse": self.worse, "first_that_differs": self.first,
        }  # fmt: skip


def compared(one: Kept, other: Kept) -> list[Comparison]:
    """Every part that both were measured on, by its main figure; raises nothing where they share none."""
    return [
        found
        for part in one.parts
        if part in other.parts and (found := _part(one, other, part)) is not None
    ]  # fmt: skip


def _part(one: Kept, other: Kept, part: str) -> Comparison | None:
    pairs = list(_pairs(one.parts[part], other.parts[part]))
    if not pairs or pairs[0][0].kind not in KINDS:
        return None
    kind = KINDS[pairs[0][0].kind]
    mine, theirs = [first for first, _second in pairs], [second for _first, second in pairs]
    ratio = ratio_of(kind, [*mine, *theirs], kind.main)
    if ratio is None:
        return None
    gap = difference(halves(ratio, mine), halves(ratio, theirs), seed=one.measured.seed)
    judged = [(a, b) for a, b in pairs if a.right is not None and b.right is not None]
    only_one = sum(bool(a.right) and not b.right for a, b in judged)
    only_other = sum(bool(b.right) and not a.right for a, b in judged)
    return Comparison(
        part=part,
        one=one.measured.name,
        other=other.measured.name,
        rival=other.measured.rival,
        figure=ratio.name,
        title=_(ratio.title),
        cases=len(pairs),
        difference=gap,
        only_one=only_one,
        only_other=only_other,
        p=mcnemar(only_one, only_other) if judged else None,
        less=ratio.less,
        first=next((a.id for a, b in judged if a.got != b.got), ""),
        unit=ratio.unit,
    )


def _pairs(one: Sequence[CaseResult], other: Sequence[CaseResult]) -> Iterator[tuple[CaseResult, CaseResult]]:
    theirs = {result.id: result for result in other}
    return ((result, theirs[result.id]) for result in one if result.id in theirs)
