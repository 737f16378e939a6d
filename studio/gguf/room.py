"""Owns what is told of a conversion before anything is made: quantisations that cannot be, and room on the disk."""

import shutil
from collections.abc import Collection, Sequence
from pathlib import Path

from studio.amounts import file_size
from studio.errors import NotSaved
from studio.gguf.errors import NeedsImportance, NoRoom, NotForThisModel
from studio.gguf.forecast import Forecast, forecast_of
from studio.gguf.outline import Outline
from studio.gguf.quantisations import BY_QUANTISATION, USUAL_ONES

_PLAIN = "F16"
_SPARE = 16 << 20
_COMPARED = 4096
"""Positions of which the scores lie on the disk while two ways to merge are compared: a narrator's 500 with what stands
between them, a last talk that is longer, and one talk of the other model."""


def check_wanted(model: Outline, kinds: Sequence[str], *, importance: bool) -> None:
    """Raises NeedsImportance or NotForThisModel for what llama.cpp would refuse when all else is done."""
    for name in kinds:
        found = forecast_of(model, BY_QUANTISATION[name], importance=importance)
        if found is None:
            raise NotForThisModel(name=name, instead=_instead(model, None))
        if found.needs_importance and not importance:
            raise NeedsImportance(name=name, instead=_instead(model, found))


def _instead(model: Outline, refused: Forecast | None) -> str:
    """The usual quantisation that is nearest in size and needs nothing."""
    rows = [row for kind in USUAL_ONES if (row := forecast_of(model, kind)) is not None and not row.needs_importance]
    if refused is None:
        return "Q8_0"
    return min(rows, key=lambda row: abs(row.size - refused.size)).quantisation.name


def needed_bytes(model: Outline, kinds: Sequence[str], merged: int, there: Collection[str] = ()) -> int:
    """The most that a conversion has on the disk at once: the weights `merged` in so many ways, the F16 file, and what
    is made of it. Where there are two ways, what is compared of them lies there before the files do."""
    files = [forecast_of(model, BY_QUANTISATION[name]) for name in {_PLAIN, *kinds} - set(there)]
    made = sum(row.size for row in files if row is not None)
    compared = 4 * model.vocabulary * _COMPARED if merged > 1 else 0
    return max(made, compared) + 2 * model.weights * merged + _SPARE


def check_room(folder: Path, model: Outline, kinds: Sequence[str], merged: int, there: Collection[str] = ()) -> None:
    """Raises NoRoom where the disk of a folder has less than a conversion takes at its height."""
    needed = needed_bytes(model, kinds, merged, there)
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise NotSaved(path=folder, reason=error.strerror or str(error)) from error
    if free < needed:
        raise NoRoom(needed=file_size(needed), free=file_size(free), path=folder)
