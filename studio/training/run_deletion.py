"""Owns deleting a run so that it can be taken back."""

import time

from studio.errors import InputError
from studio.jobs.runs import Run
from studio.language import N_
from studio.training.run_facts import in_use
from studio.workspace.bin import Deed, Filing


class RunGoesOn(InputError):
    """A run cannot be deleted while a process works on it."""

    sentence = N_("{name} is running. Stop it first, or wait for its end; nothing was deleted.")


def check_ended(run: Run) -> None:
    """Raises RunGoesOn where a process works on a run."""
    if in_use(run.path) or run.state().status_at(time.time()) in ("running", "new"):
        raise RunGoesOn(name=run.name)


def delete(run: Run, filing: Filing) -> Deed:
    """Puts a run into the bin; models that were converted from it stay. Raises RunGoesOn, PathMissing or NotMoved."""
    check_ended(run)
    return filing.delete(run.path)
