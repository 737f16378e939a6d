"""Owns what a converted model was made from, as the card or the run beside it tells."""

import json
from pathlib import Path

from studio.errors import LorewrightError
from studio.files import inside, read_text
from studio.jobs.kept_paths import found_path, kept_path, root_above
from studio.jobs.protocol import Fields
from studio.jobs.runs import CONFIG, Run

CARD = "card.json"
_ROOT = 3
"""Folders from a card up to the workspace: the model, `models`, and the workspace itself."""
_ROOT_OF_VERSION = 5
"""The same of a version that is published: its number, its name, and the folder of all versions stand between."""


def base_beside(file: Path) -> Path | None:
    """The base that a model or an adapter goes back to; None where nothing beside it tells, or the base is gone."""
    place = file.resolve().parent
    source = source_beside(place) or place
    run = next((up for up in (source, *source.parents[:2]) if (up / CONFIG).is_file()), None)
    base = _base(run) if run is not None else source
    return base if base is not None and base.exists() and base.resolve() not in (file.resolve(), place) else None


def source_beside(model: Path) -> Path | None:
    """What a converted model's folder was made from, by its card; None where that does not say.

    What lay in the workspace is found there also after the workspace was moved.
    """
    try:
        card = json.loads(read_text(model / CARD))
    except (LorewrightError, ValueError, RecursionError):
        return None
    return source_told(model, card.get("source")) if isinstance(card, dict) else None


def source_told(model: Path, told: object) -> Path | None:
    """The same of what the card says."""
    if not isinstance(told, str) or ".." in Path(told).parts:
        return None
    root = root_above(model / CARD, _ROOT) or root_above(model / CARD, _ROOT_OF_VERSION)
    source = Path(found_path(told, root))
    moved = model.parent.parent / "runs" / source.name
    if not source.exists() and (moved / CONFIG).is_file():
        return moved
    return source if source.is_absolute() else None


def source_kept(model: Path, source: Path) -> str:
    """How a card in a model's folder names what it was made from."""
    return kept_path(str(source), root_above(model / CARD, _ROOT))


def files_there(model: Path, told: object) -> list[Fields]:
    """The rows of a card's `files` whose file is still in the model's folder: who needs room deletes single ones.

    Raises OutsideFolder where a row names a file elsewhere.
    """
    rows = [row for row in told if isinstance(row, dict)] if isinstance(told, list) else []
    return [row for row in rows if inside(model, str(row.get("file") or CARD)).is_file() and row.get("file")]


def _base(run: Path) -> Path | None:
    try:
        base = Run(run).config().get("base")
    except LorewrightError:
        return None
    return Path(base) if isinstance(base, str) else None
