"""`lorewright runs`: what was trained and converted in a workspace, newest first."""

import argparse
import datetime
import time

from studio.cli.output import print_json, print_line
from studio.jobs.runs import Run, runs_in
from studio.language import _
from studio.workspace.folder import find, named


def add(parser: argparse.ArgumentParser) -> None:
    """`runs` takes no arguments of its own."""


def run(args: argparse.Namespace) -> int:
    """Prints one line a run."""
    workspace = named(args.workspace) or find()
    rows = [_row(found, time.time()) for found in runs_in(workspace / "runs")]
    if args.format == "json":
        print_json(rows)
        return 0
    for row in rows:
        loss = "" if row["loss"] is None else f"  {_('loss')} {row['loss']:.3f}"
        print_line(f"{row['name']}  {row['status']}  {row['step']}/{row['of']}{loss}")
    if not rows:
        print_line(_("Nothing was trained here yet. `lorewright train` begins."))
    return 0


def _row(found: Run, now: float) -> dict[str, object]:
    state = found.state()
    started = state.started
    return {
        "name": found.name,
        "path": str(found.path),
        "status": state.status_at(now),
        "step": state.step,
        "of": state.of,
        "loss": state.losses[-1][1] if state.losses else None,
        "started": datetime.datetime.fromtimestamp(started, datetime.UTC).isoformat() if started else None,
        "adapter": str(found.adapter) if found.adapter.is_dir() else None,
    }
