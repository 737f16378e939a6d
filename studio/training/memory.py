"""Owns the forecast of the memory that a training takes, before it starts: by part, and whether it fits.

What doesn't fit is made to fit where the settings leave that open (`training.fitting`); the sums stand in
`training.parts`. Loads nothing and needs no torch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from studio.training.config import TrainingConfig
from studio.training.fitting import fitted, room_under, within
from studio.training.parts import PARTS, parts_of
from studio.training.room import DeviceRoom
from studio.training.shape import ModelShape

__all__ = ["PARTS", "DeviceRoom", "MemoryForecast", "ModelShape", "forecast"]


@dataclass(frozen=True, slots=True)
class MemoryForecast:
    """Bytes by part in the order of PARTS at the worst moment, and what was changed in the settings for them to fit.

    `room` is what there is: the device's free memory, or `memory_limit_gb` where that is less. `changes` are sentences
    for people, `config` the settings with them.
    """

    parts: dict[str, int]
    total: int
    room: int
    fits: bool
    changes: tuple[str, ...]
    config: TrainingConfig


def forecast(shape: ModelShape, config: TrainingConfig, device: DeviceRoom, lengths: Sequence[int]) -> MemoryForecast:
    """What a training takes on a device, its settings adjusted where it would not fit as they stand.

    `lengths` are the examples' tokens; without any, each is taken to have `max_length`.
    """
    lengths = tuple(lengths) or (config.max_length,) * config.effective_batch
    room = room_under(config, device)

    def taken(settings: TrainingConfig) -> dict[str, int]:
        return parts_of(shape, settings, device, lengths)

    config, changes = fitted(config, device, room, lambda settings: sum(taken(settings).values()))
    parts = taken(config)
    total = sum(parts.values())
    return MemoryForecast(parts, total, room, total <= within(room), changes, config)
