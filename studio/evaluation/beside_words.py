"""Owns how a model beside its rivals is said to people: whose rivals they are, the differences, and what follows."""

from collections.abc import Iterable, Iterator

from studio.evaluation.comparing import Comparison
from studio.evaluation.evaluating import Evaluation, Judgement
from studio.evaluation.summary import Summary
from studio.language import _

Row = tuple[str, ...]


def rivals_beside(done: Evaluation, model: Judgement, part: str) -> list[Summary]:
    """The rivals that a model was held against in a part; a base of another model is none."""
    held = {(one.rival, one.other) for one in model.comparisons if one.part == part}
    return [one for one in done.rivals if (one.measured.rival, one.measured.name) in held]


def against_rows(comparisons: Iterable[Comparison]) -> Iterator[tuple[bool | None, Row]]:
    """Whether it is surely better (None: not sure), and a row: against, part, difference, p, only one right,
    only the other, McNemar's p, in a word."""
    for one in comparisons:
        better, word = verdict(one)
        gap = one.difference
        yield better, (
            one.other, one.part, gap_word(one), "–" if gap is None else p_word(gap.p), str(one.only_one),
            str(one.only_other), "–" if one.p is None else p_word(one.p), word,
        )  # fmt: skip


def gap_word(one: Comparison) -> str:
    """The difference with its interval: of shares in points, else in the figure's own unit."""
    gap = one.difference
    if gap is None:
        return "–"
    if one.unit != "share":
        told = _("{value:+.3g} {unit} ({low:+.3g} to {high:+.3g})")
        return told.format(value=gap.value, unit=one.unit, low=gap.low, high=gap.high)
    told = _("{points:+.1f} ({low:+.1f} to {high:+.1f})")
    return told.format(points=100 * gap.value, low=100 * gap.low, high=100 * gap.high)


def p_word(p: float) -> str:
    """A p for people."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def verdict(one: Comparison) -> tuple[bool | None, str]:
    """Whether the first is surely better, and that in words."""
    if one.better:
        return True, _("surely better")
    if one.worse:
        return False, _("surely worse")
    return None, _("not surely different")
