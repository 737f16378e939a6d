"""Owns the forecast of memory that the form shows: what a training would take here, and what others hold. No Qt."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from studio.dataset.builds import Build
from studio.errors import LorewrightError
from studio.jobs.ledger import Holder, holders
from studio.training.catalogue import catalogue
from studio.training.config import TrainingConfig, judged
from studio.training.memory import MemoryForecast, forecast
from studio.training.remedies import remedies
from studio.training.room import DeviceRoom, room_for
from studio.training.shape import ModelShape
from studio.ui.train.bases import BaseChoice

_BYTES_A_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Outlook:
    """A forecast against a device; `help` says what would make it fit where it doesn't, `trouble` why there is none.

    `holders` are those who hold memory now, the largest first.
    """

    forecast: MemoryForecast | None = None
    device: DeviceRoom | None = None
    help: tuple[str, ...] = ()
    holders: tuple[Holder, ...] = ()
    trouble: str = ""


def outlook(base: BaseChoice, values: Mapping[str, object], scenarios: tuple[Path, ...]) -> Outlook | None:
    """What a training with these settings takes here and now; None where the settings make no sense yet."""
    config, _faults = judged(values)
    if config is None:
        return None
    others = holders()
    device = room_for(config.device if config.use_gpu else "cpu", held=sum(one.due for one in others))
    try:
        shape = _shape_of(base)
    except (LorewrightError, OSError) as error:
        return Outlook(device=device, trouble=str(error), holders=others)
    if shape is None:
        return None
    lengths = _lengths(config, scenarios)
    found = forecast(shape, config, device, lengths)
    advice = () if found.fits else remedies(shape, config, device, lengths, catalogue())
    return Outlook(found, device, advice, others)


def _shape_of(base: BaseChoice) -> ModelShape | None:
    """The shape of what lies here, else the one that the catalogue tells."""
    if base.path is None:
        return None if base.model is None else base.model.shape
    return _read_shape(base.path, base.path.stat().st_mtime_ns) if base.path.is_file() else ModelShape.of(base.path)


@lru_cache(maxsize=8)
def _read_shape(path: Path, _changed: int) -> ModelShape:
    """The shape in a GGUF's header, read once as long as the file stays what it is."""
    return ModelShape.of(path)


def _lengths(config: TrainingConfig, scenarios: tuple[Path, ...]) -> tuple[int, ...]:
    """How many tokens each example of a build has, or about how many each scenario."""
    if config.dataset is not None:
        return tuple(min(config.max_length, length) for length in _built_lengths(config.dataset))
    found = []
    for path in scenarios:
        try:
            found.append(max(1, min(config.max_length, path.stat().st_size // _BYTES_A_TOKEN)))
        except OSError:
            continue  # gone since the folder was listed
    return tuple(found)


@lru_cache(maxsize=4)
def _built_lengths(path: Path) -> tuple[int, ...]:
    """The tokens of what is learnt from in a build, which never changes; none where it cannot be read here."""
    try:
        table = Build.open(path).table()
    except (LorewrightError, ImportError):
        return ()
    sides, tokens = table.column("side").to_pylist(), table.column("tokens").to_pylist()
    return tuple(max(1, count) for side, count in zip(sides, tokens, strict=True) if side == "train" and count)
