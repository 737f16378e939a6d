"""Owns the plan of memory that a worker makes before a model is loaded: fitted to what is free now, or refused."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import psutil
import torch

from studio.amounts import GB
from studio.language import _
from studio.training.config import TrainingConfig
from studio.training.errors import DoesNotFit
from studio.training.memory import MemoryForecast, forecast
from studio.training.room import DeviceRoom, cpu_room
from studio.training.shape import ModelShape
from studio.training.sizes import gigabytes, listed
from studio.workers._device import Processor
from studio.workers._memory import measured, peak_memory
from studio.workers._serve import Request


def room_of(processor: Processor, held: int = 0) -> DeviceRoom:
    """What this process may have of a processor's memory: what is free, and what it holds already."""
    bf16 = processor.dtype is torch.bfloat16
    if processor.device.type == "cuda":
        free, total = torch.cuda.mem_get_info(processor.device)
        free += torch.cuda.memory_reserved(processor.device)
        return DeviceRoom(processor.name, "cuda", total, free, bf16).less(held)
    room = cpu_room()
    own = int(psutil.Process().memory_info().rss)
    room = replace(room, name=processor.name, free=min(room.total, room.free + own), bf16=bf16)
    return replace(room, kind=processor.device.type).less(held)


def fit(
    request: Request, config: TrainingConfig, folder: Path, processor: Processor, lengths: Sequence[int], whole: bool
) -> MemoryForecast:
    """The forecast of a training, told as an event, with the settings that fit; raises DoesNotFit.

    With `whole` nothing is changed that would make it another training: a run that goes on stays what it is.
    """
    held = request.fields.get("held")
    room = room_of(processor, held if isinstance(held, int) else 0)
    shape = ModelShape.of(folder)
    found = forecast(shape, config, room, lengths)
    if whole and not _same(found.config, config):
        found = replace(forecast(shape, config, replace(room, free=1 << 62), lengths), room=found.room, fits=False)
    request.emit("forecast", device=room.name, parts=found.parts, total=found.total, room=found.room,
                 changes=list(found.changes))  # fmt: skip
    if not found.fits:
        raise DoesNotFit(
            needed=gigabytes(found.total),
            device=room.name,
            room=gigabytes(found.room),
            parts=listed(found.parts),
            advice=_advice(config, room),
        )
    return found


def _same(one: TrainingConfig, other: TrainingConfig) -> bool:
    return (one.quantisation, one.max_length) == (other.quantisation, other.max_length)


def _advice(config: TrainingConfig, room: DeviceRoom) -> str:
    limited = config.memory_limit_gb is not None and config.memory_limit_gb * GB < room.free
    if limited:
        return _("Raise memory_limit_gb, or choose a smaller model, max_length or lora.rank.")
    return _("Close other programs, or choose a smaller model, max_length or lora.rank.")


class Gauge:
    """The peak of one training's memory, from its plan on, against what was forecast."""

    def __init__(self, found: MemoryForecast, device: torch.device) -> None:
        self.forecast, self._device, self._before = found, device, peak_memory()
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
        elif device.type == "cpu":
            with contextlib.suppress(OSError):  # Linux: the mark begins anew at what is held now
                Path("/proc/self/clear_refs").write_text("5", encoding="ascii")

    def planned(self) -> dict[str, object]:
        """The forecast for config.yaml."""
        found = self.forecast
        return {"parts": found.parts, "total": found.total, "room": found.room, "changes": list(found.changes)}

    @property
    def peak(self) -> int:
        """The most of the machine's memory that this process has used, also before the plan."""
        return max(self._before, peak_memory())

    def reading(self) -> dict[str, object]:
        """Forecast and peak for the report; `error` is the part by which the forecast is above the peak."""
        peak, total = measured(self._device), self.forecast.total
        error = round(total / peak - 1, 4) if peak else None
        return {"forecast": total, "measured": peak, "error": error, "parts": self.forecast.parts}
