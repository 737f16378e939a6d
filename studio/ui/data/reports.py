"""Owns what the pages of the Data tab report, in words: what was left out, the audit, a build, a comparison. No Qt."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from studio.dataset.manifest import Manifest
from studio.language import _, plural
from studio.ui.data.section import Section
from studio.ui.data.words import DECISIONS, VOICES, grouped, reason_word

if TYPE_CHECKING:
    from studio.dataset.examination import Examination

_LISTED = 2000


@dataclass(frozen=True, slots=True)
class AtPlace:
    """A row of a report that leads to a file's line."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class AtRow:
    """A row of a report that leads to an example, by its key."""

    key: str


@dataclass(frozen=True, slots=True)
class ForReason:
    """A row of a report that leads to the examples with one reason, by its code."""

    code: str


def left_out(seen: "Examination", source: str = "") -> list[Section]:
    """What was not taken in, errors first; of one source or of all. All are counted, of very many the first listed."""
    listed = [one for one in seen.problems if not source or one["source"] == source]
    known = seen.sources.get(source)
    errors, remarks = (known.problems, known.remarks) if known is not None else (seen.errors, seen.remarks)
    made = []
    for title, error, count, sentence in (
        (_("Errors"), True, errors, _("These are not learnt. Enter opens the place.")),
        (_("Remarks"), False, remarks, _("No errors: held out to measure with, too long to fit, or good to know.")),
    ):
        if count:
            words = f"{title} · {grouped(count)}" + (f" · {source}" if source else "")
            made.append(_problem_table(words, sentence, [one for one in listed if one["error"] is error], count))
    return made


def _problem_table(title: str, sentence: str, problems: Sequence[Mapping[str, Any]], count: int) -> Section:
    listed = problems[:_LISTED]
    if len(listed) < count:
        sentence = _("{sentence} The first {count} are listed.").format(sentence=sentence, count=grouped(len(listed)))
    return Section(
        title, sentence, columns=(_("What is wrong"), _("Where"), _("Source")),
        rows=tuple((one["message"], f"{one['path']}:{one['line']}", one["source"]) for one in listed),
        targets=tuple(AtPlace(one["path"], one["line"]) for one in listed), narrow=frozenset({1}),
    )  # fmt: skip


def of_build(name: str, manifest: Manifest, card: Callable[[], object]) -> list[Section]:
    """What went into a build, and what did not and why."""
    counts = manifest.counts
    sides = _("{train} to train on, {validation} to measure with").format(
        train=grouped(counts.get("training", 0)), validation=grouped(counts.get("validation", 0))
    )
    head = Section(
        _("Build {name}").format(name=name), sides,
        figures=(
            (grouped(counts.get("read", 0)), _("examples read")),
            (grouped(counts.get("in", 0)), _("in the build")),
            (grouped(sum(manifest.out.values())), _("left out")),
            (grouped(manifest.errors), _("errors")),
            (grouped(counts.get("tokens", 0)), _("tokens")),
        ),
        action=_("Data card"), run=card,
    )  # fmt: skip
    made = [head]
    if manifest.problems:
        made.append(
            _problem_table(
                _("Errors · {count}").format(count=grouped(manifest.errors)),
                _("Training refuses a build with errors unless it is told otherwise. Mend them and build again."),
                manifest.problems,
                manifest.errors,
            )
        )
    made.append(_sources(manifest))
    if manifest.out:
        made.append(_by_reason(_("Left out, by reason"), manifest.out))
    if manifest.flagged:
        made.append(_by_reason(_("In the build and flagged, by reason"), manifest.flagged))
    if manifest.leakage:
        made.append(leakage(manifest.leakage))
    return made


def _sources(manifest: Manifest) -> Section:
    columns = (
        _("Source"), _("Weight"), _("Read"), _("In"), _("Binned"), _("Held out"), _("Errors"), _("Passes"),
        _("Licence"),
    )  # fmt: skip
    rows = tuple(
        (
            one.name, f"{one.weight:g}", grouped(one.rows), grouped(one.kept), grouped(sum(one.binned.values())),
            grouped(one.held_out), grouped(one.errors), f"{one.passes:.2f}", one.licence or "–",
        )
        for one in manifest.sources
    )  # fmt: skip
    why = _("A pass is how often an epoch reads a row of the source on the average: its weight at work.")
    return Section(_("Sources"), why, columns=columns, rows=rows, numbers=frozenset(range(1, 8)))


def _by_reason(title: str, counts: Mapping[str, int]) -> Section:
    ordered = sorted(counts.items(), key=lambda pair: -pair[1])
    rows = tuple((reason_word(code), code, grouped(count)) for code, count in ordered)
    return Section(
        title, columns=(_("Reason"), _("Code"), _("Examples")), rows=rows, numbers=frozenset({2}),
        targets=tuple(ForReason(code) for code, _count in ordered),
    )  # fmt: skip


def leakage(values: Mapping[str, Any]) -> Section:
    """How much of what measures stands also in what trains."""
    sentence = _("How many examples to measure with have at least half of their runs of five words in one trained on.")
    pair = values.get("pair")
    figures = (
        (f"{values['leaking']} / {values['of']}", _("leak")),
        (f"{100 * values['worst']:.0f} %", _("the worst of them")),
    )
    columns = (_("The nearest pair"),) if pair else ()
    places = tuple(str(place) for place in pair or ())
    return Section(
        _("Leakage"), sentence, figures=figures, columns=columns, rows=tuple((place,) for place in places),
        targets=tuple(map(_place, places)),
    )  # fmt: skip


def _place(words: str) -> AtPlace:
    path, _colon, line = words.rpartition(":")
    return AtPlace(path, int(line) if line.isdigit() else 1)


def of_audit(seen: "Examination") -> list[Section]:
    """What the voices say of the examples."""
    figures = tuple((grouped(seen.decisions.get(name, 0)), _(word)) for name, word in DECISIONS.items())
    made = [Section(_("Verdicts"), _("What counts for each example now."), figures=figures)]
    if seen.reasons:
        made.append(_by_reason(_("Reasons"), seen.reasons))
    if seen.agreement is not None:
        made += _agreement(seen.agreement, seen.words)
    return made


def of_export(told: Mapping[str, Any]) -> list[Section]:
    """What was written elsewhere, and the rows that have no form there; `told` is an export as plain values."""
    listed = told["listed"]
    made = [
        Section(
            _("Exported as {format}").format(format=told["format"]), str(told["path"]),
            figures=(
                (grouped(told["rows"]), _("examples in the build")),
                (grouped(told["written"]), _("written")),
                (grouped(told["records"]), _("records")),
                (grouped(told["left_out"]), _("without a form there")),
            ),
        )
    ]  # fmt: skip
    if listed:
        sentence = _("Nothing of them was written. Enter shows the example.")
        if len(listed) < told["left_out"]:
            count = grouped(len(listed))
            sentence = _("{sentence} The first {count} are listed.").format(sentence=sentence, count=count)
        made.append(
            Section(
                _("Not exported · {count}").format(count=grouped(told["left_out"])), sentence,
                columns=(_("Why"), _("Where")), rows=tuple((one["reason"], one["place"]) for one in listed),
                targets=tuple(AtRow(one["key"]) for one in listed), narrow=frozenset({1}),
            )
        )  # fmt: skip
    return made


_SCORES = ("right", "precision", "recall")


def _agreement(told: Mapping[str, Any], words: Mapping[str, str]) -> Iterable[Section]:
    table, kappa = told["table"], told["kappa"]["value"]
    sure = "–" if kappa is None else f"{kappa:.2f}"
    yield Section(
        _("Heuristics against the judge"),
        plural("{count} example was judged. Rows: heuristics; columns: judge.",
               "{count} examples were judged. Rows: heuristics; columns: judge.", told["rows"]),
        figures=((_share(told["same"]), _("agree on binning")), (sure, _("Cohen's kappa"))),
        columns=("", *(_(word) for word in DECISIONS.values())),
        rows=tuple((_(word), *(grouped(table[one][other]) for other in DECISIONS)) for one, word in DECISIONS.items()),
        numbers=frozenset({1, 2, 3}),
    )  # fmt: skip
    for title, name in (
        (_("Only the heuristics bin"), "only_heuristics"),
        (_("Only the judge bins"), "only_judge"),
        (_("Decide these by hand"), "sample"),
    ):
        keys = told[name][:_LISTED]
        if keys:
            yield Section(
                f"{title} · {grouped(len(told[name]))}", columns=(_("Begins"),),
                rows=tuple((words.get(key, key),) for key in keys), targets=tuple(AtRow(key) for key in keys),
            )  # fmt: skip
    scored = [one for one in told["against_people"] if one["right"]["of"]]
    if scored:
        yield Section(
            _("Against what people decided"), columns=("", _("Right"), _("Precision"), _("Recall")),
            rows=tuple(
                (f"{_(VOICES[one['by']])} {one.get('name', '')}".strip(), *map(_share, map(one.get, _SCORES)))
                for one in scored
            ),
            numbers=frozenset({1, 2, 3}),
        )  # fmt: skip


def _share(told: Mapping[str, Any]) -> str:
    value = told["share"]
    if value is None:
        return "–"
    words = f"{100 * value:.0f} %"
    bounds = told.get("interval")
    return words if not bounds else f"{words} ({100 * bounds[0]:.0f}–{100 * bounds[1]:.0f})"


def of_comparison(told: Mapping[str, Any]) -> list[Section]:
    """What one build changed against another; `told` is a comparison as plain values."""
    names = (("added", _("added")), ("removed", _("removed")), ("changed", _("changed")), ("moved", _("changed sides")))
    figures = ((grouped(told["same"]), _("the same")), *((grouped(len(told[name])), word) for name, word in names))
    made = [
        Section(
            _("Against the build before"), f"{told['before']} → {told['after']}",
            figures=(*figures, (grouped(told["reweighted"]), _("weighed anew"))),
        )
    ]  # fmt: skip
    for name, word in names:
        found = [one.get("after", one) if name == "changed" else one for one in told[name][:_LISTED]]
        if found:
            made.append(_changed(word, name, found, len(told[name])))
    settings = told["settings"]
    if settings:
        rows = tuple((field, str(one["before"]), str(one["after"])) for field, one in settings.items())
        made.append(Section(_("Settings"), columns=(_("Setting"), _("Before"), _("After")), rows=rows))
    return made


def _changed(word: str, name: str, found: Sequence[Mapping[str, Any]], count: int) -> Section:
    moved = name == "moved"
    return Section(
        f"{word.capitalize()} · {grouped(count)}",
        columns=(_("Where"), _("Source"), _("Side")) if moved else (_("Where"), _("Source")),
        rows=tuple(
            (f"{one['path']}:{one['line']}", one["source"], *([f"{one['before']} → {one['after']}"] if moved else []))
            for one in found
        ),
        targets=tuple(AtRow(one["key"]) if name != "removed" else AtPlace(one["path"], one["line"]) for one in found),
    )  # fmt: skip
