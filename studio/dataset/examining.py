"""Owns one look at a whole data set: its rows read, checked, counted and weighed, as a table and a page of figures.

They lie in the workspace's private folder, where the window finds them again. Nothing is built and nothing changed.
"""

import contextlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.dataset.audit.judging import remembered
from studio.dataset.audit.report import AuditReport, audit_report, excerpt, reasons_of
from studio.dataset.audit.subject import CutterOf, Subject, subject
from studio.dataset.coverage import Coverage, coverage, marks_of
from studio.dataset.description import (
    Description,
    JudgeSettings,
    description_path,
    read_description,
)
from studio.dataset.enough import Curves
from studio.dataset.examination import FIGURES, FORMAT, Examination, examination_of, folder_of
from studio.dataset.examined import Examined, write_table
from studio.dataset.gathered import DUPLICATE
from studio.dataset.reading import Progress
from studio.dataset.rows import Place, Row
from studio.dataset.targets import gaps, sentences, targets_for
from studio.dataset.verdicts import By, Decision, Reason, Verdict
from studio.dataset.weighting import weights
from studio.dataset.writing_plan import to_write
from studio.errors import Cancelled, LorewrightError
from studio.files import read_text, save_atomic
from studio.language import _
from studio.rules import Rules
from studio.scenario.game import Game

_LISTED = 5000
_MISSING = 40
_EVERY = 500


@dataclass(slots=True)
class _Look:
    """All that a look consists of while it is made."""

    subject: Subject
    description: Description
    report: AuditReport
    judge: Mapping[str, Verdict]
    rules: Rules

    def examined(self, told: Callable[[int], None]) -> Iterator[Examined]:
        """Every row with what is said of it, copies as what they are."""
        first: dict[str, Place] = {}
        said = (self.report.heuristics, self.judge, self.report.people)
        for number, row in enumerate(self.subject.rows):
            if number % _EVERY == 0:
                told(number)
            key = row.key
            voices = tuple(voice[key] for voice in said if key in voice)
            marks = marks_of(row, self.rules)
            if key in first:
                yield Examined(row, _copy(key, first[key]), voices, marks)
                continue
            first[key] = row.place
            yield Examined(row, self.report.decided[key], voices, marks)

    @property
    def kept(self) -> list[Row]:
        """The rows that a build would take, each once."""
        rows = {row.key: row for row in reversed(self.subject.rows)}
        return [row for row in reversed(rows.values()) if self.report.decided[row.key].decision is not Decision.BIN]


def _copy(key: str, of: Place) -> Verdict:
    sentence = _("It equals {place} word for word; a build takes one of them.").format(place=of)
    return Verdict(key, By.HEURISTICS, Decision.BIN, (Reason(DUPLICATE, sentence, Decision.BIN),))


def examine(
    root: Path,
    name: str,
    *,
    cutter_of: CutterOf | None = None,
    told: Callable[[Progress], None] = lambda _progress: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Examination:
    """Looks at a data set of a workspace, with `cutter_of` at the very rows of its build.

    Raises Cancelled, BadDescription and what reading its sources raises.
    """

    def tell(part: str, done: int, of: int | None = None) -> None:
        if stopped():
            raise Cancelled
        told(Progress(part, done, of))

    path = description_path(root, name)
    description = read_description(path)
    look = _look(subject(name, root, cutter_of=cutter_of, told=tell, stopped=stopped), description, root, tell, stopped)
    folder = folder_of(root, name)
    number = 1 + max((_number(one) for one in folder.glob("examined-*.arrow")), default=0)
    table = folder / f"examined-{number}.arrow"
    rows = write_table(table, look.examined(lambda done: tell("write", done, len(look.subject.rows))))
    figures = _figures(look, root, table, rows, read_text(path))
    save_atomic(folder / FIGURES, json.dumps(figures, ensure_ascii=False, allow_nan=False))
    _tidy(folder, table)
    return examination_of(folder, figures)


def _look(
    found: Subject, description: Description, root: Path, tell: Callable[[str, int, int | None], None],
    stopped: Callable[[], bool],
) -> _Look:  # fmt: skip
    """What the heuristics, what a model said before and what people say of the rows."""
    ordered = {row.key: row for row in found.rows}
    judged = _remembered(description.audit.judge, root, ordered.values())
    report = audit_report(found, root, judged=judged, told=tell, stopped=stopped)
    rules = Rules.of(Game.of(root).words)
    return _Look(found, description, report, judged, rules)


def _remembered(settings: JudgeSettings, root: Path, rows: Iterable[Row]) -> dict[str, Verdict]:
    """What the model said so far; one that is gone says nothing."""
    if settings.model is None:
        return {}
    with contextlib.suppress(LorewrightError):
        return remembered(settings, root, rows)
    return {}


def _figures(look: _Look, root: Path, table: Path, rows: int, text: str) -> dict[str, Any]:
    """The page of figures as plain values."""
    kept, curves = look.kept, Curves.shipped()
    found: Coverage = coverage(kept, look.rules)
    targets = targets_for(look.description.targets, found, curves, Game.of(root))
    short = gaps(found, targets, curves)
    agreed = look.report.agreement.as_json() if look.report.agreement is not None else None
    problems = look.subject.problems
    return {
        "format": FORMAT,
        "table": table.name,
        "rows": rows,
        "description": text,
        "decisions": dict(Counter(verdict.decision.value for verdict in look.report.decided.values())),
        "reasons": reasons_of(look.report.decided.values()),
        "sources": _sources(look, kept),
        "problems": [one.as_json() for one in sorted(problems, key=lambda one: not one.error)[:_LISTED]],
        "errors": problems.codes(error=True).total(),
        "remarks": problems.codes(error=False).total(),
        "counts": found.counts,
        "targets": targets,
        "enough": list(sentences(found, targets, curves)),
        "short": [one.sentence for one in short],
        "missing": [one.as_json() for one in to_write(short, _MISSING)],
        "agreement": agreed,
        "words": _words(agreed, look.subject.rows),
    }


def _sources(look: _Look, kept: Sequence[Row]) -> dict[str, dict[str, Any]]:
    rows = Counter(row.source for row in look.subject.rows)
    passes = weights(kept, look.description.sources, rules=look.rules).passes
    return {
        one.name: {
            "rows": rows[one.name],
            "problems": look.subject.problems.codes(error=True, source=one.name).total(),
            "remarks": look.subject.problems.codes(error=False, source=one.name).total(),
            "found": look.subject.shapes.get(one.name, ""),
            "passes": passes.get(one.name),
        }
        for one in look.description.sources
    }


def _words(agreed: Mapping[str, Any] | None, rows: Sequence[Row]) -> dict[str, str]:
    if agreed is None:
        return {}
    named = {key for name in ("only_heuristics", "only_judge", "sample") for key in agreed[name]}
    return {row.key: excerpt(row.answer) for row in rows if row.key in named}


def _tidy(folder: Path, newest: Path) -> None:
    """Drops older tables; one that a window still looks at stays where the system keeps it from being deleted."""
    for one in folder.glob("examined-*.arrow"):
        if one != newest:
            with contextlib.suppress(OSError):
                one.unlink()


def _number(table: Path) -> int:
    digits = table.stem.rpartition("-")[2]
    return int(digits) if digits.isdigit() else 0
