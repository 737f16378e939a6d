"""Owns which run of a workspace another process works on now; starts and stops nothing."""

import time
from pathlib import Path

from studio.jobs.background import held, recent
from studio.jobs.runs import Run, runs_in
from studio.training.run_facts import in_use

_RECENT = 600.0
"""Seconds: a run whose journal is older is nobody's, unless it says whose."""


def worked_on(run: Path) -> bool:
    """Whether another process works on a run. One that was just handed over has no lock yet, and is not looked for."""
    return held(run) or (recent(run, _RECENT, time.time()) and in_use(run))


def run_under_way(runs: Path) -> Run | None:
    """The training that a process works on, or None."""
    return next((run for run in runs_in(runs) if "-train" in run.name and worked_on(run.path)), None)
