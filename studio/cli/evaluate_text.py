"""Owns how an evaluation reads in a terminal: sentences first, then the figures beside the rivals', then groups."""

import shutil
import textwrap
from collections.abc import Iterator, Sequence

from studio.cli.output import columns
from studio.evaluation.absence import Absent
from studio.evaluation.comparing import Comparison
from studio.evaluation.device_card import HEAD
from studio.evaluation.evaluating import Evaluation, Judgement
from studio.evaluation.kind import SCENARIO
from studio.evaluation.plain_words import shown
from studio.evaluation.summary import Figure, PartSummary, Summary
from studio.language import _, plural

_WIDE, _NARROW = 28, 9
"""Columns of a model's name and figure, and of a rival's."""


def lines(done: Evaluation, *, cases: bool) -> Iterator[str]:
    """The report as text."""
    suite = done.suite
    count = plural("{count} case", "{count} cases", suite.total)
    version = _("version {version}").format(version=suite.version[:12])
    yield f"{suite.suite.title} · {count} · {version}"
    for model in done.models:
        yield ""
        yield from _model(model, done.rivals, done.absent, cases=cases)
    for comparison in done.between:
        yield ""
        yield from against(comparison)


def _model(model: Judgement, rivals: Sequence[Summary], absent: Sequence[Absent], *, cases: bool) -> Iterator[str]:
    yield model.summary.measured.name
    for part in model.summary.parts:
        for opening in model.openings:
            if opening.part == part.part:
                for sentence in opening.sentences:
                    yield from textwrap.wrap(sentence, _columns(), initial_indent="  ", subsequent_indent="    ")
        beside = [one for one in rivals if one.part(part.part) is not None and _is_rival(model, one, part.part)]
        yield ""
        yield from _table(part, model.summary, beside)
        for one in absent:
            if one.part == part.part:
                yield from textwrap.wrap(one.sentence, _columns(), initial_indent="  ", subsequent_indent="    ")
        yield from _groups(part)
    for comparison in model.comparisons:
        yield ""
        yield from against(comparison)
    yield from _devices(model)
    if model.limits:
        yield ""
        for limit in model.limits:
            yield f"  {_('kept  ') if limit.kept else _('BROKEN')}  {limit.sentence}"
    if cases:
        yield from _wrong(model)
    yield ""
    yield _("  every case: {path}").format(path=model.kept.path)


def _devices(model: Judgement) -> Iterator[str]:
    """Where a GGUF can be played: a row a device, with what is forecast and what was measured."""
    card = model.device
    if card is None:
        return
    yield ""
    yield "  " + _("Where it can be played: {about}").format(about=card.about)
    rows = [tuple(_(word) for word in HEAD), *card.rows]
    yield from (f"    {line}" for line in columns(rows))
    yield from textwrap.wrap(card.note, _columns(), initial_indent="    ", subsequent_indent="    ")


def _columns() -> int:
    """How wide sentences may be: as the terminal is, but no wider than reads well."""
    return max(60, min(100, shutil.get_terminal_size((100, 24)).columns))


def _is_rival(model: Judgement, rival: Summary, part: str) -> bool:
    """Whether a rival was measured beside this model; a base of another model is none."""
    name = rival.measured.name
    return any(one.part == part and (one.rival, one.other) == (rival.measured.rival, name) for one in model.comparisons)


def _table(part: PartSummary, summary: Summary, rivals: Sequence[Summary]) -> Iterator[str]:
    """A row a figure: what it was counted over, a column for the model and one for each rival."""
    beside = [(one.measured.rival, found) for one in rivals if (found := one.part(part.part)) is not None]
    left = max(len(title) for title in [*(figure.title for figure in part.figures), part.title])
    own = max(20, len(summary.measured.name[:_WIDE]))
    head = "".join(f"  {name:>{_NARROW}}" for name, _part in beside)
    yield f"  {part.title:<{left}}  {_('of'):>4}  {summary.measured.name[:_WIDE]:>{own}}{head}"
    for figure in part.figures:
        values = "".join(f"  {_short(found.figure(figure.name)):>{_NARROW}}" for _name, found in beside)
        yield f"  {figure.title:<{left}}  {figure.of:>4g}  {shown(figure):>{own}}{values}"
    if rivals:
        yield ""
        for one in rivals:
            yield f"  {one.measured.rival}: {one.measured.name}"


def _short(figure: Figure | None) -> str:
    """A figure without its interval; whether rivals differ is told below."""
    if figure is None or figure.value is None:
        return "–"
    return f"{figure.value:.0%}" if figure.unit == "share" else f"{figure.value:.3g}"


def _groups(part: PartSummary) -> Iterator[str]:
    """The main figure by tool, skill, type…, those counted most often first."""
    whats = dict.fromkeys(group.what for group in part.groups if group.what != SCENARIO)
    for what in whats:
        groups = [group for group in part.groups if group.what == what]
        yield ""
        yield "  " + _("{title} by {what}").format(title=groups[0].figures[0].title, what=groups[0].title)
        left = max(len(group.value) for group in groups)
        for group in groups:
            figure = group.figures[0]
            yield f"    {group.value:<{left}}  {figure.of:>4g}  {shown(figure):>20}  {_bar(figure)}".rstrip()


def _bar(figure: Figure) -> str:
    """The figure as a bar of twenty, its interval dotted."""
    if figure.value is None or figure.high is None or figure.unit != "share":
        return ""
    full = round(20 * figure.value)
    return "█" * full + "·" * (round(20 * min(1.0, figure.high)) - full)


def against(one: Comparison) -> Iterator[str]:
    """What a comparison says, in one or two lines."""
    yield "  " + _("{part}: {one} against {other}").format(part=one.part, one=one.one, other=one.other)
    if one.difference is not None:
        gap, told = one.difference, _("{title} {points:+.1f} points ({low:+.1f} to {high:+.1f}), p {p:.3f}")
        times = 100
        if one.unit != "share":
            times, told = 1, _("{title} {points:+.3g} {unit} ({low:+.3g} to {high:+.3g}), p {p:.3f}")
        values = {"points": gap.value, "low": gap.low, "high": gap.high}
        shown_as = {name: times * value for name, value in values.items()}
        yield "    " + told.format(title=one.title, unit=one.unit, p=gap.p, **shown_as)
    if one.p is not None:
        told = _("right in {first} cases that the other has wrong, wrong in {second} that it has right, p {p:.3f}")
        yield "    " + told.format(first=one.only_one, second=one.only_other, p=one.p)


def _wrong(model: Judgement) -> Iterator[str]:
    """Every case that is not right: what was expected and what came."""
    for part, results in model.kept.parts.items():
        if all(result.right is not False for result in results):
            continue
        yield ""
        yield "  " + _("not right: {part}").format(part=part)
        for result in results:
            if result.right is False:
                yield f"    {result.id}"
                yield "      " + _("expected  {calls}").format(calls=result.expected)
                yield "      " + _("got       {calls}").format(calls=result.got)
