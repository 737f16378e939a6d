"""Owns the base model that a run was trained on: where its settings say that it lies, and that it is still there."""

from pathlib import Path

from studio.errors import InputError
from studio.jobs.runs import CONFIG, NotARun, Run
from studio.language import N_
from studio.setup.places import Places


class BaseGone(InputError):
    """The base of a run was moved or deleted."""

    sentence = N_(
        "{run} was trained on {base}, which is no longer there. Put it back, or write its new place after “base:” in "
        "{config}."
    )


def base_of_run(run: Path) -> Path:
    """The GGUF or the folder that a run stands on; raises NotARun or BaseGone."""
    told = Run(run).config().get("base")
    if not isinstance(told, str) or not told:
        raise NotARun(path=run, missing="base")
    base = Path(told)
    if base.exists():
        return base
    moved = Places.here().models / base.name
    if not base.suffix or not moved.is_file():  # else it is the starter, where another set-up put it
        raise BaseGone(run=run.name, base=base, config=run / CONFIG)
    return moved
