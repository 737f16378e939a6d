"""Owns which untrained model a trained one came from: what its run, or the card beside a GGUF, says."""

from pathlib import Path

from studio.errors import LorewrightError
from studio.gguf.made_from import source_beside
from studio.jobs.run_base import base_of_run
from studio.jobs.runs import CONFIG


def base_of(model: Path) -> Path | None:
    """The base of a run or of a converted model, None where nothing says it or it is no longer there."""
    run = run_of(model)
    try:
        return base_of_run(run) if run is not None else None
    except (LorewrightError, OSError, ValueError):
        return None


def run_of(model: Path) -> Path | None:
    """The training that a model is or came from, None where nothing says it or it is no longer there."""
    if model.is_dir():
        whole = model.absolute()  # a checkpoint and the adapter lie inside their run
        return next((run for run in (whole, whole.parent, whole.parent.parent) if (run / CONFIG).is_file()), None)
    source = source_beside(model.absolute().parent)
    return source if source is not None and (source / CONFIG).is_file() else None
