"""Owns a report's beginning: three sentences on a model, after the one that it does not beat its prompted base."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from studio.evaluation.call_figures import ROLL, calls, skill, tool
from studio.evaluation.comparing import Comparison
from studio.evaluation.kind import SCENARIO, CaseResult, Place
from studio.evaluation.kinds import KINDS
from studio.evaluation.rivals import BASE, COMMONEST, KEYWORD
from studio.evaluation.significance import FEW, Difference
from studio.evaluation.summary import Figure, Group, PartSummary
from studio.evaluation.what_to_write import Advice, advice
from studio.language import N_, _, plural

_LEAST = 4
"""Counted so often at least, a group can be what a model does well or badly."""

_NO_SUBJECT = ("lines", "form")
"""Groups that say when, not what: nobody can write more of them."""

_BALANCED = ("tool", "skill", "type")
"""Groups that Data's balance counts, too."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A part in plain words. `first` stands before all else where the base was not beaten; `advice` is Data's row."""

    part: str
    first: str
    well: str
    fails: str
    write: str
    advice: Advice | None = None

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of them in order."""
        return tuple(one for one in (self.first, self.well, self.fails, self.write) if one)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "part": self.part, "first": self.first, "well": self.well, "fails": self.fails, "write": self.write,
            "advice": None if self.advice is None else self.advice.as_json(),
        }  # fmt: skip


def opening(
    part: PartSummary, results: Sequence[CaseResult], place: Place, comparisons: Sequence[Comparison] = ()
) -> Opening:
    """The sentences on a part; `comparisons` are those with its rivals, as far as they were measured."""
    if not any(result.right is not None for result in results):
        return Opening(part.part, "", _measured(part), "", "")
    groups = [group for group in part.groups if group.what != SCENARIO and _main(group, part) is not None]
    groups = [group for group in groups if group.what not in _NO_SUBJECT]
    told = [group for group in groups if group.what != "type"] or groups  # a tool or a skill says what to write
    worst = max(told, key=lambda group: (_lost(_main(group, part)), group.value), default=None)
    if worst is not None and _lost(_main(worst, part)) <= 0:
        worst = None
    found = _advised(worst, place)
    played = any(SCENARIO in result.groups for result in results)
    first = _beaten(_with(comparisons, BASE), played=played) if BASE in KINDS[part.kind].beside else ""
    return Opening(
        part.part,
        first,
        _well(part, groups),
        " ".join([_fails(part, worst, results), *_rules(comparisons)]),
        _write(part, worst, found),
        found,
    )


def _measured(part: PartSummary) -> str:
    """The sentence where nothing is right or wrong, as of speed."""
    figure = part.figure(part.main)
    if figure is None or figure.value is None:
        return _("{part} could not be measured.").format(part=part.title)
    return _("{part}: {title} {figure}.").format(part=part.title, title=figure.title, figure=shown(figure))


def _main(group: Group, part: PartSummary) -> Figure | None:
    """The main figure of a group where it was counted often enough; of rolls the skills tell more."""
    figure = next((one for one in group.figures if one.name == part.main), None)
    if figure is None or figure.value is None or figure.less or figure.unit != "share":
        return None
    if figure.of < _LEAST or (group.what, group.value) == ("tool", ROLL):
        return None
    return figure


def _lost(figure: Figure | None) -> float:
    return 0.0 if figure is None or figure.value is None else (1 - figure.value) * figure.of


def _beaten(comparison: Comparison | None, *, played: bool) -> str:
    if comparison is None or comparison.difference is None:
        return _("Whether it beats its base is not known: none was measured beside it (`evaluate --base` names one).")
    gap = comparison.difference
    if comparison.better:
        return ""
    points = _points(gap)
    if comparison.worse:
        return _("It is worse than {base}: {points}.").format(base=comparison.other, points=points)
    if gap.clusters < FEW:
        few = _("Whether it beats {base} can't be told from {scenarios}; {few} are the fewest: {points}.")
        scenarios = plural("{count} scenario", "{count} scenarios", gap.clusters)
        if not played:
            scenarios = plural("{count} case", "{count} cases", gap.clusters)
        return few.format(base=comparison.other, scenarios=scenarios, few=FEW, points=points)
    return _("It does not surely beat {base}: {points}.").format(base=comparison.other, points=points)


def _with(comparisons: Sequence[Comparison], rival: str) -> Comparison | None:
    return next((one for one in comparisons if one.rival == rival), None)


def _rules(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """That a rule which needs no model is not beaten, where so many scenarios could tell."""
    for one in (_with(comparisons, name) for name in (KEYWORD, COMMONEST)):
        if one is None or one.difference is None or one.better or one.difference.clusters < FEW:
            continue
        told = _("It is worse than {rule}: {points}.") if one.worse else _("It does not surely beat {rule}: {points}.")
        yield told.format(rule=one.other, points=_points(one.difference))


def _points(gap: Difference) -> str:
    told = _("{points:+.1f} points ({low:+.1f} to {high:+.1f})")
    return told.format(points=100 * gap.value, low=100 * gap.low, high=100 * gap.high)


def _well(part: PartSummary, groups: Sequence[Group]) -> str:
    """The one or two groups whose figure is surely highest."""
    sure = [group for group in groups if group.what != "type" and _low(group, part) >= 0.5]
    best = sorted(sure, key=lambda group: (-_low(group, part), group.value))[:2]
    if not best:
        figure = part.figure(part.main)
        told = shown(figure) if figure is not None else _("nothing")
        return _("What it does well: nothing surely; {title} is {figure}.").format(
            title=figure.title if figure is not None else part.main, figure=told
        )
    named = _(" and ").join(f"{_name(group)} {shown(_main(group, part))}" for group in best)
    return _("What it does well: {named}.").format(named=named)


def _low(group: Group, part: PartSummary) -> float:
    figure = _main(group, part)
    return figure.low if figure is not None and figure.low is not None else 0.0


def _fails(part: PartSummary, worst: Group | None, results: Sequence[CaseResult]) -> str:
    fault = _most_often(part) if worst is None or worst.what == "type" else None
    if fault is not None:
        return _("Where it fails: {title}, {figure}.").format(title=fault.title, figure=shown(fault))
    if worst is None:
        main = part.figure(part.main)
        if main is not None and _lost(main) > 0 and not main.less and main.unit == "share":
            return _("Where it fails: {title}, {figure} only.").format(title=main.title, figure=shown(main))
        return _("Where it fails: nowhere on these cases.")
    told = _("Where it fails: {name} {figure}").format(name=_name(worst), figure=shown(_main(worst, part)))
    how = _how(worst, results)
    return f"{told}: {how}." if how else f"{told}."


def _most_often(part: PartSummary) -> Figure | None:
    """The fault that most cases have, where a kind tells faults apart."""
    faults = [one for one in part.figures if one.less and one.unit == "share" and one.value]
    return max(faults, key=lambda one: one.value or 0.0, default=None)


def _how(group: Group, results: Sequence[CaseResult]) -> str:
    """What becomes of the calls of a tool or skill that are not right."""
    if group.what not in ("tool", "skill"):
        return ""
    value = tool if group.what == "tool" else skill
    counts: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for call in (call for result in results for call in calls(result) if call.get("verdict") != "right"):
        due, came = value(call, "expected"), value(call, "got")
        if due == group.value:
            counts[str(call["verdict"])] += 1
            if came is not None and came != due:
                others[came] += 1
        elif came == group.value:
            counts["invented"] += 1
    told = [_(_BECAME[verdict]).format(count=count) for verdict, count in counts.most_common() if verdict in _BECAME]
    if others:
        told.append(_("instead it calls {other}").format(other=others.most_common(1)[0][0]))
    return ", ".join(told)


_BECAME = {
    "missed": N_("{count} missed"),
    "invented": N_("{count} invented"),
    "arguments": N_("{count} with wrong arguments"),
    "misplaced": N_("{count} in the wrong place"),
}


def _advised(worst: Group | None, place: Place) -> Advice | None:
    return advice(place, worst.what, worst.value) if worst is not None and worst.what in _BALANCED else None


def _write(part: PartSummary, worst: Group | None, found: Advice | None) -> str:
    fault = _most_often(part) if worst is None or worst.what == "type" else None
    if fault is not None and worst is not None:
        told = _("What to write next: turns that get right what goes wrong most often ({title}), above all in {name}.")
        return told.format(title=fault.title, name=_name(worst))
    if fault is not None:
        told = _("What to write next: more turns that get right what goes wrong most often ({title}).")
        return told.format(title=fault.title)
    if worst is None and _lost(part.figure(part.main)) > 0:
        return _("What to write next: more of what these cases ask for.")
    if worst is None:
        return _("What to write next: harder scenarios to hold out, for these tell nothing more.")
    if found is None:
        return _("What to write next: more on {name}.").format(name=_name(worst))
    return _("What to write next: {name}; {sentence}.").format(name=_name(worst), sentence=found.sentence)


def _name(group: Group) -> str:
    forms = {
        "skill": N_("{value} checks"),
        "tool": N_("calls of {value}"),
        "type": N_("scenarios of type {value}"),
        "kind": N_("trials of kind {value}"),
        "rule": N_("the rule “{value}”"),
    }
    form = forms.get(group.what)
    return _(form).format(value=group.value) if form else f"{group.title} {group.value}"


def shown(figure: Figure | None) -> str:
    """A figure for people: `81% (70% to 92%)`, or a number with its unit."""
    if figure is None or figure.value is None:
        return "–"
    if figure.low is None or figure.high is None:  # measured once
        return f"{figure.value:.3g} {figure.unit}".rstrip()
    if figure.unit == "share":
        return _("{value:.0%} ({low:.0%} to {high:.0%})").format(value=figure.value, low=figure.low, high=figure.high)
    words = _("{value:.3g} {unit} ({low:.3g} to {high:.3g})")
    return words.format(value=figure.value, unit=figure.unit, low=figure.low, high=figure.high).replace("  ", " ")
