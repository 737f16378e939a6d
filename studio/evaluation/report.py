"""Owns the report as one HTML file: sentences first, then figures beside the rivals', groups, cases, parity, devices.

Everything stands in the file: no script, nothing from elsewhere, light or dark as the reader's system is.
"""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from studio.evaluation.beside_words import against_rows, rivals_beside, verdict
from studio.evaluation.case_words import case_words
from studio.evaluation.charts import Bar, chart
from studio.evaluation.device_card import HEAD as DEVICE_HEAD
from studio.evaluation.device_card import DeviceCard
from studio.evaluation.evaluating import Evaluation, Judgement
from studio.evaluation.html import Html, joined, table, tag
from studio.evaluation.kind import SCENARIO, CaseResult
from studio.evaluation.parity import ParityReport
from studio.evaluation.parity_file import NoParity, read_parity
from studio.evaluation.parity_words import lines_of, rows_of
from studio.evaluation.plain_words import Opening, shown
from studio.evaluation.rivals import BASE
from studio.evaluation.summary import PartSummary, Summary
from studio.files import read_text
from studio.language import _, plural
from studio.resources import resource

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_MOST = 2000
"""Signs of a text of a case that are shown."""


def html_of(
    done: Evaluation,
    parity: Mapping[str, ParityReport] | None = None,
    devices: Mapping[str, DeviceCard] | None = None,
) -> str:
    """The page of an evaluation. `parity` and `devices` are by the place of a model, where there is such a report."""
    title = done.suite.suite.title
    style = Html(read_text(resource("report/report.css")))
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{title} · Lorewright"),
        tag("style", style),
    )
    models = [
        _model(done, model, _anchor(number), (parity or {}).get(place), (devices or {}).get(place))
        for number, model in enumerate(done.models)
        for place in [model.summary.measured.place]
    ]
    body = tag("body", tag("main", _top(done), *models, _between(done)))
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _top(done: Evaluation) -> Html:
    suite = done.suite
    about = _("suite {name} · version {version} · seed {seed} · {cases}").format(
        name=suite.suite.name, version=suite.version[:12], seed=suite.suite.seed,
        cases=plural("{count} case", "{count} cases", suite.total),
    )  # fmt: skip
    several = len(done.models) > 1
    openings = [_openings(model, _anchor(number), named=several) for number, model in enumerate(done.models)]
    return joined(tag("h1", suite.suite.title), tag("p", about, class_="muted"), *openings, *_side_by_side(done))


def _anchor(number: int) -> str:
    """Where a model stands in the page, by its number, since a name may hold anything."""
    return f"model-{number}"


def _link(words: str, anchor: str) -> Html:
    return tag("a", words, href=f"#{anchor}", class_="caption")


def _openings(model: Judgement, anchor: str, *, named: bool) -> Html:
    """The plain sentences of a model; that it does not beat its base comes before all else."""
    name = model.summary.measured.name
    titles = {part.part: part.title for part in model.summary.parts}
    firsts = [tag("p", one.first, class_="first") for one in model.openings if one.first]
    head = tag("p", tag("strong", name)) if named else None
    places = {part.part: number for number, part in enumerate(model.summary.parts)}
    rest = [
        part
        for one in model.openings
        for part in _sentences(
            one, titles.get(one.part, one.part) if len(model.openings) > 1 else "",
            f"{anchor}-{places.get(one.part, 0)}",
        )
    ]  # fmt: skip
    return tag("div", head, *firsts, *rest, class_="opening")


def _sentences(one: Opening, title: str, anchor: str) -> list[Html]:
    """The sentences of a part, each with the way to what it speaks of."""
    head = [tag("p", title, class_="muted caption")] if title else []
    ways = (
        (one.well, _link(_("to the figures"), f"{anchor}-figures")),
        (one.fails, _link(_("to the cases"), f"{anchor}-cases")),
        (one.write, _where_in_data(one)),
    )
    return head + [tag("p", sentence, " ", way) for sentence, way in ways if sentence]


def _where_in_data(one: Opening) -> Html | None:
    """Where Lorewright counts what is to be written more of; a page that is sent around can't open it."""
    if one.advice is None:
        return None
    told = _("In Lorewright: Data, Balance, {what}: {value}.").format(what=one.advice.what, value=one.advice.value)
    return tag("span", told, class_="muted caption")


def _side_by_side(done: Evaluation) -> list[Html]:
    """A chart a part: all models and all rivals."""
    found = []
    for part in done.suite.suite.parts:
        own = [(model.summary, True) for model in done.models]
        bars = [
            Bar(one.measured.name if is_own else _rival_name(one), measured.figure(measured.main), is_own)
            for one, is_own in [*own, *((rival, False) for rival in done.rivals)]
            if (measured := one.part(part.name)) is not None
        ]
        first = next((one for model in done.models if (one := model.summary.part(part.name)) is not None), None)
        if first is not None:
            figure = first.figure(first.main)
            title = f"{first.title}: {figure.title if figure else first.main}"
            found += [tag("h3", title), chart(title, bars)]
    return found


def _rival_name(one: Summary) -> str:
    if one.measured.rival == BASE:
        return _("rival: its base, helped")
    return _("rival: {name}").format(name=one.measured.name)


def _model(
    done: Evaluation, model: Judgement, anchor: str, parity: ParityReport | None, device: DeviceCard | None
) -> Html:
    measured = model.summary.measured
    about = _("{kind} · identity {identity}").format(kind=measured.kind or "–", identity=measured.model[:16])
    parts = [
        one
        for number, part in enumerate(model.summary.parts)
        for one in (
            tag("div", _figures(done, model, part), id=f"{anchor}-{number}-figures"),
            *_groups(part),
            tag("div", _cases(part, model.kept.parts[part.part]), id=f"{anchor}-{number}-cases"),
        )
    ]
    return joined(
        tag("h2", measured.name), tag("p", about, class_="muted caption"), *parts, _comparisons(model), _limits(model),
        _parity(parity), _device(device),
    )  # fmt: skip


def _figures(done: Evaluation, model: Judgement, part: PartSummary) -> Html:
    rivals = [(one, found) for one in rivals_beside(done, model, part.part) if (found := one.part(part.part))]
    head = [_("figure"), _("of"), model.summary.measured.name, *(_rival_name(one) for one, _found in rivals)]
    rows: list[list[object]] = [
        [figure.title, f"{figure.of:g}", tag("strong", shown(figure)),
         *(shown(found.figure(figure.name)) for _one, found in rivals)]
        for figure in part.figures
    ]  # fmt: skip
    caption = _("With 95% intervals in brackets; “of” is how many were counted.")
    missing = [tag("p", one.sentence, class_="muted caption") for one in done.absent if one.part == part.part]
    return joined(tag("h3", part.title), table(head, rows, caption), *missing)


def _groups(part: PartSummary) -> list[Html]:
    """A chart and a folded table by tool, by skill, by type…"""
    found = []
    for what in dict.fromkeys(group.what for group in part.groups if group.what != SCENARIO):
        groups = [group for group in part.groups if group.what == what]
        title = _("{title} by {what}").format(title=groups[0].figures[0].title, what=groups[0].title)
        bars = [Bar(group.value, group.figures[0]) for group in groups]
        head = [groups[0].title, _("of"), *(figure.title for figure in groups[0].figures)]
        rows: list[list[object]] = [
            [group.value, f"{group.figures[0].of:g}", *(shown(figure) for figure in group.figures)] for group in groups
        ]
        folded = tag("details", tag("summary", _("as a table"), class_="muted caption"), table(head, rows))
        found += [tag("h3", title), chart(title, bars), folded]
    return found


def _cases(part: PartSummary, results: Sequence[CaseResult]) -> Html | None:
    wrong = [result for result in results if result.right is False]
    if not wrong:
        return None
    title = plural("{count} case failed: {{part}}", "{count} cases failed: {{part}}", len(wrong))
    return joined(tag("h3", title.format(part=part.title)), *(_case(result) for result in wrong))


def _case(result: CaseResult) -> Html:
    told = case_words(result)
    said = (tag("dt", _("the player says")), tag("dd", _cut(told.said))) if told.said else ()
    return tag(
        "details",
        tag("summary", result.id, tag("span", f"  {told.about}", class_="muted caption")),
        tag("dl", *said, tag("dt", _("expected")), tag("dd", _cut(told.expected)), tag("dt", _("got")),
            tag("dd", _cut(told.got))),
    )  # fmt: skip


def _cut(text: str) -> str:
    if len(text) <= _MOST:
        return text or "–"
    return text[:_MOST] + plural("… ({count} more sign)", "… ({count} more signs)", len(text) - _MOST)


def _comparisons(model: Judgement) -> Html | None:
    rows: list[list[object]] = [_marked(list(row), one) for one, row in against_rows(model.comparisons)]
    if not rows:
        return None
    head = [_("against"), _("part"), _("difference in points"), "p", _("only it right"), _("only the other"),
            _("p (McNemar)"), _("so it is")]  # fmt: skip
    caption = _(
        "The same cases for both, drawn by scenario; sure means that the interval leaves zero out, p under 0.05."
    )
    return joined(tag("h3", _("Beside its rivals")), table(head, rows, caption))


def _marked(row: list[object], better: bool | None) -> list[object]:
    kind = {True: "good", False: "bad", None: "muted"}[better]
    return [*row[:-1], tag("span", row[-1], class_=kind)]


def _between(done: Evaluation) -> Html | None:
    found = list(done.between)
    if not found:
        return None
    head = [_("part"), _("one"), _("other"), _("difference in points"), "p", _("so the first is")]
    rows: list[list[object]] = [
        [one.part, one.one, one.other, row[2], row[3], verdict(one)[1]]
        for one, (_better, row) in zip(found, against_rows(found), strict=True)
    ]
    return joined(tag("h2", _("The models against each other")), table(head, rows))


def _limits(model: Judgement) -> Html | None:
    if not model.limits:
        return None
    rows: list[list[object]] = [
        [tag("span", _("kept") if one.kept else _("broken"), class_="good" if one.kept else "bad"), one.sentence]
        for one in model.limits
    ]
    return joined(tag("h3", _("Limits")), table([_("limit"), ""], rows))


def _parity(report: ParityReport | None) -> Html | None:
    if report is None:
        return None
    head, *rows = rows_of(report)
    *told, last = lines_of(report)
    about = plural("{count} held-out token read in {{texts}} texts", "{count} held-out tokens read in {{texts}} texts",
                   report.positions).format(texts=report.texts)  # fmt: skip
    return joined(
        tag("h3", _("Parity: from the model as trained to this file")),
        tag("p", last, class_="good" if report.passed else "bad"),
        table(head, [list(row) for row in rows], about),
        tag("pre", "\n".join(told)) if told else None,
    )


def _device(card: DeviceCard | None) -> Html | None:
    if card is None:
        return None
    return joined(
        tag("h3", _("Where it can be played")),
        tag("p", card.about),
        table([_(word) for word in DEVICE_HEAD], [list(row) for row in card.rows], card.note),
    )


def report_of(done: Evaluation) -> str:
    """The page with all that lies beside the models: parity reports, and the cards of where they can be played."""
    parity: dict[str, ParityReport] = {}
    cards: dict[str, DeviceCard] = {}
    for model in done.models:
        place = model.summary.measured.place
        path = Path(place)
        if not place or not path.is_file():
            continue
        with contextlib.suppress(NoParity):
            parity[place] = read_parity(path.parent)
        if (card := model.device) is not None:
            cards[place] = card
    return html_of(done, parity, cards)
