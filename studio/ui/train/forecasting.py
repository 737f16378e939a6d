"""Owns the forecast of memory that the form shows: what a training would take here, and what others hold. No Qt."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from studio.errors import LorewrightError
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
    """A forecast against a device; `help` says what would make it fit where it doesn't, `trouble` why there is none."""

    forecast: MemoryForecast | None = None
    device: DeviceRoom | None = None
    help: tuple[str, ...] = ()
    trouble: str = ""


def outlook(base: BaseChoice, values: Mapping[str, object], scenarios: tuple[Path, ...]) -> Outlook | None:
    """What a training with these settings takes here and now; None where the settings make no sense yet."""
    config, _faults = judged(values)
    if config is None:
        return None
    device = room_for("auto" if config.use_gpu and config.device == "auto" else _named(config))
    try:
        shape = ModelShape.of(base.path) if base.path is not None else base.model and base.model.shape
    except (LorewrightError, OSError) as error:
        return Outlook(device=device, trouble=str(error))
    if shape is None:
        return None
    lengths = _lengths(config, scenarios)
    found = forecast(shape, config, device, lengths)
    advice = () if found.fits else remedies(shape, config, device, lengths, catalogue())
    return Outlook(found, device, advice)


def _named(config: TrainingConfig) -> str:
    return config.device if config.use_gpu else "cpu"


def _lengths(config: TrainingConfig, scenarios: tuple[Path, ...]) -> tuple[int, ...]:
    """About how many tokens each scenario has; of a build, whose examples may be as long as is allowed, none."""
    found = []
    for path in () if config.dataset is not None else scenarios:
        try:
            found.append(max(1, min(config.max_length, path.stat().st_size // _BYTES_A_TOKEN)))
        except OSError:
            continue  # gone since the folder was listed
    return tuple(found)
