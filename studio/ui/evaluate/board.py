"""Owns what the table of models and suites says: a cell a pair, in words and shares. No Qt; measures nothing."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from studio.errors import LorewrightError
from studio.evaluation.bases import base_of
from studio.evaluation.kind import Place
from studio.evaluation.running import OpenSuite, opened
from studio.evaluation.standing import Past, Shelf, Standing
from studio.evaluation.suites import find_suite, suite_names
from studio.evaluation.summary import Figure, PartSummary
from studio.language import _, plural
from studio.publishing.named_models import Named
from studio.resources import samples
from studio.scenario.game import Game
from studio.ui.evaluate.models import ModelRow, model_rows
from studio.workspace import Workspace

MOST_LINES = 3
Pair = tuple[str, str]
"""A model's word and a suite's name."""


@dataclass(frozen=True, slots=True)
class Line:
    """A figure in a cell: its words, and where value and interval lie between 0 and 1 (None: not to be drawn)."""

    title: str
    value: str
    interval: str
    at: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands where a model meets a suite.

    `state` is none, part, alone (rivals are missing), done, waiting, running or failed.
    """

    state: str
    lines: tuple[Line, ...] = ()
    note: str = ""
    share: float | None = None


@dataclass(frozen=True, slots=True)
class SuiteRow:
    """A suite: `trouble` says why it cannot be measured on, else `cases` how much there is."""

    name: str
    title: str
    about: str
    opened: OpenSuite | None = None
    trouble: LorewrightError | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class PastRow:
    """A line of the history for people."""

    when: str
    name: str
    suite: str
    figure: Line
    tip: str


@dataclass(frozen=True, slots=True)
class Board:
    """All that the tab shows while nothing is measured."""

    models: tuple[ModelRow, ...] = ()
    suites: tuple[SuiteRow, ...] = ()
    standings: Mapping[Pair, Standing] = field(default_factory=dict)
    history: tuple[PastRow, ...] = ()
    troubles: Mapping[str, LorewrightError] = field(default_factory=dict)

    def suite(self, name: str) -> SuiteRow | None:
        """A suite by its name."""
        return next((row for row in self.suites if row.name == name), None)

    def model(self, word: str) -> ModelRow | None:
        """A model by its word."""
        return next((row for row in self.models if row.word == word), None)


def look(workspace: Workspace, shelf: Shelf, shipped: Path, added: Sequence[str]) -> Board:
    """Reads all of it; slow, for a thread. What cannot be read is told in its place."""
    models = model_rows(workspace, shipped, added)
    suites = suite_rows(workspace)
    named = Named(workspace.root)
    standings: dict[Pair, Standing] = {}
    troubles: dict[str, LorewrightError] = {}
    for model in models:
        try:
            found = _standings(named, model.word, shelf, suites)
        except LorewrightError as error:
            troubles[model.word] = error
            continue
        standings |= {(model.word, suite): standing for suite, standing in found.items()}
    history = tuple(map(_past, shelf.history()))
    return Board(tuple(models), tuple(suites), standings, history, troubles)


def suite_rows(workspace: Workspace) -> list[SuiteRow]:
    """Every suite, the workspace's own first."""
    place = place_of(workspace)
    rows = [_suite(name, workspace.root, place) for name in suite_names(workspace.root)]
    return sorted(rows, key=lambda row: (not row.own, row.name))


def place_of(workspace: Workspace) -> Place:
    """Where a workspace's scenarios lie; those of the samples where it has none."""
    if workspace.scenarios.is_dir():
        return Place(workspace.root, workspace.scenarios, Game.of(workspace.root))
    return Place(samples(), samples(), Game.of(workspace.root))


def _suite(name: str, root: Path, place: Place) -> SuiteRow:
    try:
        suite = find_suite(name, root)
        one = opened(suite, place)
    except LorewrightError as error:
        return SuiteRow(name, name, _("cannot be used"), trouble=error)
    about = plural("{count} case", "{count} cases", one.total)
    return SuiteRow(name, suite.title, about, one, own=suite.path.is_relative_to(root))


def _standings(named: Named, word: str, shelf: Shelf, suites: Sequence[SuiteRow]) -> dict[str, Standing]:
    model = named.one(word)
    adapter, base = named.adapter(model), named.bases.get(model) or base_of(Path(model))
    identity = shelf.identity(named.file(model), adapter)
    return {
        row.name: shelf.standing(row.opened, identity, None if base is None else str(base), row.opened.suite.limits)
        for row in suites
        if row.opened is not None
    }


def cell_of(standing: Standing | None) -> Cell:
    """A cell while nothing is measured."""
    if standing is None or standing.evaluation is None:
        return Cell("none", note=_("not measured"))
    lines = tuple(
        line_of(part_title(part), figure)
        for part in standing.evaluation.models[0].summary.parts
        if (figure := part.figure(part.main)) is not None
    )
    if standing.whole:
        broken = sum(not one.kept for one in standing.evaluation.models[0].limits)
        note = plural("{count} limit broken", "{count} limits broken", broken) if broken else ""
        note = _("rivals not measured") if standing.alone else note
        return Cell("alone" if standing.alone else "done", lines[:MOST_LINES], note)
    note = _("stopped at {done} of {of}").format(done=standing.done, of=standing.of)
    return Cell("part", lines[:MOST_LINES], note, standing.done / standing.of)


def part_title(part: PartSummary) -> str:
    """What a part is called: by its kind, or by the name that a suite with several of a kind gives it."""
    return part.title if part.part == part.kind else part.part


def line_of(title: str, figure: Figure) -> Line:
    """A figure as a line."""
    if figure.value is None:
        return Line(title, "–", "")
    if figure.low is None or figure.high is None:  # measured once
        return Line(title, f"{figure.value:.3g} {figure.unit}".strip(), "")
    if figure.unit != "share":
        interval = f"{figure.low:.3g} – {figure.high:.3g}"
        return Line(title, f"{figure.value:.3g} {figure.unit}".strip(), interval)
    interval = f"{100 * figure.low:.0f} – {100 * figure.high:.0f}"
    return Line(title, _("{value} %").format(value=f"{100 * figure.value:.0f}"), interval,
                figure.value, figure.low, figure.high)  # fmt: skip


def _past(past: Past) -> PastRow:
    when = datetime.datetime.fromtimestamp(past.when).astimezone()
    title, figure = past.figures[0] if past.figures else ("", Figure("", "", None, None, None, 0))
    cases = plural("{count} case", "{count} cases", past.cases)
    tip = _("{suite}, version {version}, {cases}").format(suite=past.suite, version=past.version[:12], cases=cases)
    return PastRow(f"{when:%d %b %H:%M}".lstrip("0"), past.name, past.suite, line_of(title, figure), tip)
