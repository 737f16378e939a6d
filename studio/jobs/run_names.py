"""Owns which run a person means by a name or a folder; knows no command."""

import re
from pathlib import Path

from studio.errors import UsageError, advice
from studio.jobs.runs import Run, runs_in
from studio.language import N_, _

_TRAINING = re.compile(r"-train(-\d+)?$")  # the number counts trainings of one name and day


class NoSuchRun(UsageError):
    """A run was named that there is not."""

    sentence = N_("There is no run “{name}”. {advice}")


def find_run(runs: Path, text: str) -> Run:
    """The run of a name, of a part of a name that only one has, or in a folder; raises NoSuchRun.

    A training goes before what was converted from it, which has its name.
    """
    known = {run.name: run for run in runs_in(runs)}
    if text in known:
        return known[text]
    folder = Path(text).expanduser()
    if folder.is_dir() and (found := [run for run in runs_in(folder.resolve().parent) if run.path == folder.resolve()]):
        return found[0]
    alike = [run for name, run in known.items() if text and text in name]
    for found in (alike, [run for run in alike if _TRAINING.search(run.name)]):
        if len(found) == 1:
            return found[0]
    otherwise = _("`lorewright runs` lists those there are.")
    raise NoSuchRun(name=text, advice=advice(text, known, [run.name for run in alike], otherwise))
