"""Owns `lorewright evaluate --leave-out`: trains without one type of scenario at a time, and tests on that type."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from studio.cli.output import columns, print_json, print_line
from studio.errors import UsageError
from studio.evaluation.bases import run_of
from studio.evaluation.kind import Place
from studio.evaluation.leave_out import LeaveOut, Row, maker, settings_of_run
from studio.evaluation.plain_words import shown
from studio.gguf.known_bases import STARTER
from studio.jobs.protocol import Fields
from studio.language import _
from studio.publishing.named_models import Named
from studio.training.local_models import resolve_base
from studio.workspace.folder import Workspace


def run(parsed: argparse.Namespace, root: Path, place: Place) -> int:
    """Makes the models that are not there yet, measures, and prints the table."""
    if len(parsed.models) > 1 or parsed.gate is not None:
        told = _("--leave-out is a table of one model, and takes no --gate. Leave the others out.")
        raise UsageError(detail=told)
    named = Named(root, parsed.key_env)
    whole = (
        named.one(parsed.models[0]) if parsed.models else None
    )  # a name that means nothing is told before a training
    settings = _settings(parsed, named.file(whole) if whole is not None else None)
    table = LeaveOut(place, Workspace(root).results, settings, maker(root, _told), named.open, whole)
    rows = asyncio.run(table.table(parsed.leave_out))
    if parsed.format == "json":
        print_json([row.as_json() for row in rows])
    else:
        _print(rows)
    return 0


def _settings(parsed: argparse.Namespace, whole: str | None) -> dict[str, object]:
    """How all are trained: as the model that was named, else by the usual profile; for so many minutes where said."""
    run = run_of(Path(whole)) if whole is not None else None
    settings = settings_of_run(run) if run is not None else {}
    if parsed.base is not None or "base" not in settings:
        settings["base"] = str(resolve_base(Path(parsed.base or STARTER)))
    if parsed.minutes is not None:
        settings["max_minutes"] = parsed.minutes
    return settings


def _told(stage: str, fields: Fields) -> None:
    """A line on stderr where a model begins, and every tenth step of its training."""
    if "event" not in fields:
        print_line(_("training {name}").format(name=fields["name"]), sys.stderr)
    elif stage == "train" and fields["event"] == "step" and int(str(fields["step"])) % 10 == 0:
        print_line(_("  step {step} of {of}").format(step=fields["step"], of=fields["of"]), sys.stderr)


def _print(rows: Sequence[Row]) -> None:
    print_line(_("Calls right (F1) on held-out scenarios of a type that was left out of training"))
    head = (_("type"), _("cases"), _("without it"), _("with all"), _("difference"))
    cells = [head, *(_cells(row) for row in rows)]
    for line in columns(cells):
        print_line(f"  {line}")


def _cells(row: Row) -> tuple[str, str, str, str, str]:
    gap = row.comparison.difference if row.comparison is not None else None
    told = _("{points:+.0f} points ({low:+.0f} to {high:+.0f})")
    points = "–" if gap is None else told.format(points=100 * gap.value, low=100 * gap.low, high=100 * gap.high)
    return row.scenario_type, str(row.cases), shown(row.without), shown(row.whole), points
