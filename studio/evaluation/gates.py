"""Owns whether figures keep to limits: those of a suite, or of a gate's own file; says each that is broken, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from studio.evaluation.comparing import Comparison
from studio.evaluation.limits import Limit
from studio.evaluation.summary import Figure, Summary
from studio.language import _


@dataclass(frozen=True, slots=True)
class Checked:
    """A limit held against a model: whether it is kept, and a sentence."""

    limit: Limit
    model: str
    kept: bool
    sentence: str

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        limit = self.limit.model_dump(mode="json", exclude_none=True)
        return {"model": self.model, "limit": limit, "kept": self.kept, "sentence": self.sentence}


def checked(limits: Sequence[Limit], summary: Summary, comparisons: Sequence[Comparison]) -> list[Checked]:
    """Every limit, in order; one whose figure was not measured is broken."""
    return [one for limit in limits for one in _checked(limit, summary, comparisons)]


def _checked(limit: Limit, summary: Summary, comparisons: Sequence[Comparison]) -> Iterator[Checked]:
    name = summary.measured.name
    if limit.at_least is not None or limit.at_most is not None:
        figure = _figure(limit.figure, summary)
        if figure is None:
            yield Checked(limit, name, False, _("{figure} was not measured.").format(figure=limit.figure))
        elif figure.value is None:
            told = _("{figure} says nothing: in no case was there anything to count for it.")
            yield Checked(limit, name, False, told.format(figure=limit.figure))
        else:
            yield _bounded(limit, name, figure)
    if limit.beats is not None:
        yield _beaten(limit, name, comparisons)


def _figure(told: str, summary: Summary) -> Figure | None:
    """The figure that PART/NAME or PART/NAME/WHAT/VALUE names."""
    part_name, _slash, rest = told.partition("/")
    words = rest.split("/", 2)
    part = summary.part(part_name)
    if part is None or len(words) == 2:
        return None
    return part.figure(*words)


def _bounded(limit: Limit, name: str, figure: Figure) -> Checked:
    low, high = (figure.low, figure.high) if limit.surely else (figure.value, figure.value)
    if low is None or high is None or figure.value is None:
        told = _("{figure} was measured once, so nothing of it is sure.")
        return Checked(limit, name, False, told.format(figure=limit.figure))
    kept = (limit.at_least is None or low >= limit.at_least) and (limit.at_most is None or high <= limit.at_most)
    wanted = [_("at least {bound}").format(bound=limit.at_least)] if limit.at_least is not None else []
    wanted += [_("at most {bound}").format(bound=limit.at_most)] if limit.at_most is not None else []
    interval = "" if figure.low is None else _(" ({low:.3f} to {high:.3f})").format(low=figure.low, high=figure.high)
    sentence = _("{figure} is {value:.3f}{interval}; wanted is {wanted}{surely}.").format(
        figure=limit.figure,
        value=figure.value,
        interval=interval,
        wanted=_(" and ").join(wanted),
        surely=_(", surely") if limit.surely else "",
    )
    return Checked(limit, name, kept, sentence)


def _beaten(limit: Limit, name: str, comparisons: Sequence[Comparison]) -> Checked:
    part = limit.figure.partition("/")[0]
    found = next((one for one in comparisons if one.part == part and one.rival == limit.beats), None)
    if found is None:
        sentence = _("{part} was not measured beside “{rival}”.").format(part=part, rival=limit.beats)
        return Checked(limit, name, False, sentence)
    sentence = _("{part}: it beats “{rival}”.") if found.better else _("{part}: it does not surely beat “{rival}”.")
    return Checked(limit, name, found.better, sentence.format(part=part, rival=found.other))
