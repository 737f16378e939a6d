"""Owns which untrained model a trained one came from: what its run, or the card beside a GGUF, says."""

import json
from pathlib import Path

import yaml

from studio.errors import LorewrightError
from studio.files import read_text
from studio.gguf.starter import starter_model
from studio.jobs.runs import CONFIG

CARD = "card.json"


def base_of(model: Path) -> Path | None:
    """The base of a run or of a converted model, None where nothing says it or it is no longer there."""
    run = run_of(model)
    try:
        return _found(_run_base(run)) if run is not None else None
    except (LorewrightError, OSError, ValueError, yaml.YAMLError, RecursionError):
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


def _run_base(run: Path) -> str | None:
    config = yaml.safe_load(read_text(run / CONFIG))
    base = config.get("base") if isinstance(config, dict) else None
    return base if isinstance(base, str) else None


def _found(told: str | None) -> Path | None:
    """The base where it lies; the starter is found wherever set-up put it."""
    if told is None:
        return None
    path = Path(told)
    if path.exists():
        return path
    starter = starter_model()
    return starter if starter.name == path.name else None
