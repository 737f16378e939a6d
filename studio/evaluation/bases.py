"""Owns which untrained model a trained one came from: what its run, or the card beside a GGUF, says."""

import json
from pathlib import Path

from studio.errors import LorewrightError
from studio.files import read_text
from studio.jobs.run_base import base_of_run
from studio.jobs.runs import CONFIG

CARD = "card.json"


def base_of(model: Path) -> Path | None:
    """The base of a run or of a converted model, None where nothing says it or it is no longer there."""
    run = run_of(model)
    try:
        return base_of_run(run) if run is not None else None
    except (LorewrightError, OSError, ValueError):
        return None


def run_of(model: Path) -> Path | None:
    """The training that a model is or came from, None where nothing says it or it is no longer there."""
    try:
        if model.is_dir():
            whole = model.absolute()  # a checkpoint and the adapter lie inside their run
            return next((run for run in (whole, whole.parent, whole.parent.parent) if (run / CONFIG).is_file()), None)
        card = json.loads(read_text(model.parent / CARD))
        source = Path(str(card["source"])) if isinstance(card, dict) and card.get("source") else None
    except (LorewrightError, OSError, ValueError, RecursionError):
        return None
    if source is None:
        return None
    moved = model.parent.parent.parent / "runs" / source.name  # a workspace that lies elsewhere now
    return next((run for run in (source, moved) if (run / CONFIG).is_file()), None)
