"""Owns what a converted model was made from, as the card or the run beside it tells."""

import json
from pathlib import Path

from studio.errors import LorewrightError
from studio.files import read_text
from studio.jobs.runs import CONFIG, Run

CARD = "card.json"


def base_beside(file: Path) -> Path | None:
    """The base that a model or an adapter goes back to; None where nothing beside it tells, or the base is gone."""
    place = file.resolve().parent
    source = _source(place / CARD) or place
    run = next((up for up in (source, *source.parents[:2]) if (up / CONFIG).is_file()), None)
    base = _base(run) if run is not None else source
    return base if base is not None and base.exists() and base.resolve() not in (file.resolve(), place) else None


def _source(card: Path) -> Path | None:
    try:
        values = json.loads(read_text(card))
    except (LorewrightError, ValueError, RecursionError):
        return None
    source = values.get("source") if isinstance(values, dict) else None
    return Path(source) if isinstance(source, str) and Path(source).is_absolute() else None


def _base(run: Path) -> Path | None:
    try:
        base = Run(run).config().get("base")
    except LorewrightError:
        return None
    return Path(base) if isinstance(base, str) else None
