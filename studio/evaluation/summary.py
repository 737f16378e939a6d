"""Owns what the results of a model come to: figures with intervals, in all and by group. Draws nothing, knows no model.

What stands in a group is counted like all else: ratios of sums over cases, resampled by scenario.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from studio.evaluation.kind import SCENARIO, CaseResult, Grouping, Kind, Parts, Ratio
from studio.evaluation.kinds import KINDS
from studio.evaluation.results import Kept, Measured
from studio.evaluation.significance import Clusters, Estimate, clustered, estimate
from studio.language import N_, _

_TITLES = {SCENARIO: N_("scenario"), "type": N_("type of scenario"), "form": N_("form of the answer")}


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its 95% interval; `of` is how many it was counted over. `value` is None where nothing was.

    `unit` is `share` or the word behind the number; `less` where less of it is better.
    """

    name: str
    title: str
    value: float | None
    low: float | None
    high: float | None
    of: float
    unit: str = "share"
    less: bool = False

    def as_json(self) -> dict[str, Any]:
        """Plain values, numbers to 6 digits."""
        return {
            "name": self.name, "title": self.title, "value": _short(self.value), "low": _short(self.low),
            "high": _short(self.high), "of": _short(self.of), "unit": self.unit, "less": self.less,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of one value of something: `what` is tool, skill, type…"""

    what: str
    title: str
    value: str
    figures: tuple[Figure, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        figures = [figure.as_json() for figure in self.figures]
        return {"what": self.what, "title": self.title, "value": self.value, "figures": figures}


@dataclass(frozen=True, slots=True)
class PartSummary:
    """What a part of the suite came to; the figure called `main` is the one that models are compared by."""

    part: str
    kind: str
    title: str
    main: str
    cases: int
    figures: tuple[Figure, ...]
    groups: tuple[Group, ...]

    def figure(self, name: str, what: str = "", value: str = "") -> Figure | None:
        """A figure by its name, in all or of a group; None where there is none."""
        figures = self.figures
        if what:
            figures = next((one.figures for one in self.groups if (one.what, one.value) == (what, value)), ())
        return next((figure for figure in figures if figure.name == name), None)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "part": self.part, "kind": self.kind, "title": self.title, "main": self.main, "cases": self.cases,
            "figures": [figure.as_json() for figure in self.figures],
            "groups": [group.as_json() for group in self.groups],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Summary:
    """What a model (or a rival) came to on a suite."""

    measured: Measured
    parts: tuple[PartSummary, ...]

    def part(self, name: str) -> PartSummary | None:
        """A part by its name."""
        return next((part for part in self.parts if part.part == name), None)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**self.measured.as_json(), "parts": [part.as_json() for part in self.parts]}


def summarise(kept: Kept) -> Summary:
    """The figures of all results that are kept of a model; parts of a kind that is unknown here are left out."""
    parts = (
        summarise_part(part, results, kept.measured.seed)
        for part, results in kept.parts.items()
        if results and results[0].kind in KINDS
    )
    return Summary(kept.measured, tuple(parts))


def summarise_part(part: str, results: Sequence[CaseResult], seed: int = 0) -> PartSummary:
    """The figures of a part, of one case or more; its kind says which."""
    kind = KINDS[results[0].kind]
    ratios = ratios_of(kind, results)
    figures = (_figure(ratio, results, seed) for ratio in ratios)
    groups = [*_own_groups(kind, results, seed), *_case_groups(kind, ratios, results, seed)]
    return PartSummary(part, kind.name, _(kind.title), kind.main, len(results), tuple(figures), tuple(groups))


def ratios_of(kind: Kind, results: Sequence[CaseResult]) -> tuple[Ratio, ...]:
    """A kind's figures; without any of its own, the share of right cases and the mean of each score."""
    if kind.ratios:
        return kind.ratios
    names = dict.fromkeys(name for result in results for name in result.scores)
    judged = any(result.right is not None for result in results)
    right = [Ratio("right", _("right"), _right)] if judged else []
    return (*right, *(Ratio(name, name, _mean(name), unit="") for name in names))


def ratio_of(kind: Kind, results: Sequence[CaseResult], name: str) -> Ratio | None:
    """A kind's figure by its name."""
    return next((ratio for ratio in ratios_of(kind, results) if ratio.name == name), None)


def halves(ratio: Ratio, results: Iterable[CaseResult]) -> Clusters:
    """What each cluster of cases adds to a figure."""
    return clustered([(result.cluster, ratio.parts(result)) for result in results])


def _right(result: CaseResult) -> Parts:
    return (0.0, 0.0) if result.right is None else (float(result.right), 1.0)


def _mean(name: str) -> Callable[[CaseResult], Parts]:
    return lambda result: (result.scores[name], 1.0) if name in result.scores else (0.0, 0.0)


def _figure(ratio: Ratio, results: Sequence[CaseResult], seed: int) -> Figure:
    found: Estimate = estimate(halves(ratio, results), seed=seed, shares=ratio.unit == "share")
    return Figure(ratio.name, _(ratio.title), found.value, found.low, found.high, found.of, ratio.unit, ratio.less)


def _own_groups(kind: Kind, results: Sequence[CaseResult], seed: int) -> Iterable[Group]:
    """The groups that a kind makes of its cases, such as tools and skills; those with most cases first."""
    for grouping in kind.groupings:
        counted: dict[str, int] = {}
        for result in results:
            for value in grouping.values(result):
                counted[value] = counted.get(value, 0) + 1
        for value in sorted(counted, key=lambda one: (-counted[one], one)):
            figures = tuple(_figure(ratio, results, seed) for ratio in _at(kind, grouping, value))
            yield Group(grouping.what, _(grouping.title), value, figures)


def _at(kind: Kind, grouping: Grouping, value: str) -> list[Ratio]:
    """A value's figures, in the unit that the kind has for them."""
    own = {ratio.name: ratio for ratio in kind.ratios}

    def bound(parts: Callable[[CaseResult, str], Parts]) -> Callable[[CaseResult], Parts]:
        return lambda result: parts(result, value)

    return [
        replace(own[name], title=title, parts=bound(parts)) if name in own else Ratio(name, title, bound(parts))
        for name, title, parts in grouping.ratios
    ]


def _case_groups(kind: Kind, ratios: Sequence[Ratio], results: Sequence[CaseResult], seed: int) -> Iterable[Group]:
    """The groups that cases belong to: the main figure and the share of right cases of each value."""
    shown = [ratio for ratio in ratios if ratio.name in (kind.main, "right")] or list(ratios[:1])
    whats = dict.fromkeys(what for result in results for what in result.groups)
    own = {grouping.what for grouping in kind.groupings}
    for what in whats:
        if what in own:
            continue
        values = sorted({result.groups[what] for result in results if what in result.groups})
        for value in values:
            belong = [result for result in results if result.groups.get(what) == value]
            yield Group(what, _(_TITLES.get(what, what)), value, tuple(_figure(one, belong, seed) for one in shown))


def _short(number: float | None) -> float | None:
    return None if number is None else round(number, 6)
