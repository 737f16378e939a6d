"""Owns what is said of one model on one suite: sentences, figures beside the rivals', cases. Knows no Qt."""

from collections.abc import Iterator
from dataclasses import dataclass

from studio.evaluation.beside_words import gap_word, p_word, rivals_beside, verdict
from studio.evaluation.case_words import case_words
from studio.evaluation.evaluating import Evaluation, Judgement
from studio.evaluation.kind import SCENARIO
from studio.evaluation.summary import Figure, PartSummary, Summary
from studio.language import N_, _
from studio.ui.evaluate.board import line_of, part_title

RIVALS = {"base": N_("base"), "keyword": N_("keyword"), "commonest": N_("usual")}
"""A rival in a word: the base with help, the keyword rule, the commonest call."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence; `kind` is first (it does not beat its base), write (what to write next) or nothing.

    `lacks` names what to write more of, as Data's balance counts it: what is counted, and the value.
    """

    text: str
    kind: str = ""
    lacks: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure beside the rivals'; one with `head` alone begins a group."""

    head: str = ""
    title: str = ""
    of: str = ""
    own: str = ""
    interval: str = ""
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RivalRow:
    """A comparison: whether it is surely better (None: not sure), and on how many cases just one was right."""

    name: str
    about: str
    gap: str
    word: str
    better: bool | None
    only_one: int
    only_other: int
    p: str


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case: `right` is None where nothing is right or wrong; `line` is what the player said."""

    id: str
    right: bool | None
    about: str
    line: str
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class Detail:
    """All of it."""

    sentences: tuple[Sentence, ...]
    heads: tuple[str, ...]
    figures: tuple[FigureRow, ...]
    rivals: tuple[RivalRow, ...]
    limits: tuple[tuple[bool, str], ...]
    cases: tuple[CaseRow, ...]

    @property
    def wrong(self) -> int:
        """How many cases failed."""
        return sum(case.right is False for case in self.cases)


def detail_of(done: Evaluation, *, alone: bool = False) -> Detail:
    """What is said of an evaluation's one model; `alone`: the rivals that it is to be held against come later."""
    model = done.models[0]
    beside = _beside(done, model)
    return Detail(
        tuple(_sentences(model, alone=alone)),
        tuple(_(RIVALS.get(one.measured.rival, one.measured.rival)) for one in beside),
        tuple(_figures(model, beside)),
        tuple(_rivals(model)),
        tuple((one.kept, one.sentence) for one in model.limits),
        tuple(_cases(model)),
    )


def _beside(done: Evaluation, model: Judgement) -> list[Summary]:
    found = {one.measured.model: one for part in model.summary.parts for one in rivals_beside(done, model, part.part)}
    order = list(RIVALS)
    return sorted(found.values(), key=lambda one: order.index(one.measured.rival) if one.measured.rival in order else 9)


def _sentences(model: Judgement, *, alone: bool) -> Iterator[Sentence]:
    if alone:
        yield Sentence(_("Whether it beats its base is not known yet: its rivals are not all measured."), "first")
    else:
        yield from (Sentence(one.first, "first") for one in model.openings if one.first)
    for one in model.openings:
        yield Sentence(one.well)
        yield Sentence(one.fails)
        advice = one.advice
        yield Sentence(one.write, "write", (advice.what, advice.value) if advice is not None else None)


def _figures(model: Judgement, beside: list[Summary]) -> Iterator[FigureRow]:
    several = len(model.summary.parts) > 1
    for part in model.summary.parts:
        if several:
            yield FigureRow(head=part_title(part))
        found = [one.part(part.part) for one in beside]
        for figure in part.figures:
            yield _row(figure.title, figure, [one.figure(figure.name) if one else None for one in found])
        yield from _groups(part, found)


def _groups(part: PartSummary, beside: list[PartSummary | None]) -> Iterator[FigureRow]:
    what = ""
    for group in part.groups:
        if group.what == SCENARIO or not group.figures:
            continue
        figure = group.figures[0]
        if group.what != what:
            what = group.what
            yield FigureRow(head=_("{title} by {what}").format(title=figure.title, what=group.title))
        others = [one.figure(figure.name, group.what, group.value) if one else None for one in beside]
        yield _row(group.value, figure, others)


def _row(title: str, figure: Figure, others: list[Figure | None]) -> FigureRow:
    line = line_of(title, figure)
    beside = tuple("–" if one is None else line_of(title, one).value for one in others)
    return FigureRow("", title, f"{figure.of:g}", line.value, line.interval, beside)


def _rivals(model: Judgement) -> Iterator[RivalRow]:
    several = len(model.summary.parts) > 1
    for one in model.comparisons:
        better, word = verdict(one)
        name = _(RIVALS.get(one.rival, one.other))
        title = f"{one.part}: {name}" if several else name
        p = "–" if one.difference is None else p_word(one.difference.p)
        yield RivalRow(title, one.other, gap_word(one), word, better, one.only_one, one.only_other, p)


def _cases(model: Judgement) -> Iterator[CaseRow]:
    for results in model.kept.parts.values():
        for result in results:
            told = case_words(result)
            yield CaseRow(result.id, result.right, told.about, told.said, told.expected, told.got)
