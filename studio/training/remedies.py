"""Owns what would help a training that does not fit into memory: each remedy is tried before it is told.

The planner has already changed what the settings leave open (`training.fitting`); here are the changes that only a
person may make. Applies none of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from studio.language import _
from studio.training.catalogue import CatalogueModel
from studio.training.config import TrainingConfig
from studio.training.memory import MemoryForecast, forecast
from studio.training.room import DeviceRoom
from studio.training.shape import ModelShape
from studio.training.sizes import gigabytes

_LOW_RANK, _SHORT = 8, 1024


def remedies(
    shape: ModelShape,
    config: TrainingConfig,
    device: DeviceRoom,
    lengths: Sequence[int],
    smaller: Sequence[CatalogueModel] = (),
) -> tuple[str, ...]:
    """What lets a training fit that does not, each alone, in sentences; where none does, what a smaller model asks."""
    found = [said for said, other, room in _tries(config, device) if forecast(shape, other, room, lengths).fits]
    for model in sorted(smaller, key=lambda one: one.parameters, reverse=True):
        if model.parameters < shape.weights and _fits(model.shape, config, device, lengths):
            found.append(_("Choose a smaller model: {name} would fit.").format(name=model.name))
            break
    if not found:
        found.append(_("Choose a smaller model, or train where there is more memory."))
    return tuple(found)


def _fits(shape: ModelShape, config: TrainingConfig, device: DeviceRoom, lengths: Sequence[int]) -> bool:
    found: MemoryForecast = forecast(shape, config, device, lengths)
    return found.fits


def _tries(config: TrainingConfig, device: DeviceRoom) -> Iterator[tuple[str, TrainingConfig, DeviceRoom]]:
    """What can be done, the least costly first: the sentence, and the settings and the room that it makes."""
    all_of_it = replace(device, free=device.total)
    if config.memory_limit_gb is not None:
        yield _("Raise the memory limit, or leave it empty."), _with(config, memory_limit_gb=None), device
    if device.free < device.total:
        held = gigabytes(device.total - device.free)
        said = _("Close other programs: they hold {held} of {device}.").format(held=held, device=device.name)
        yield said, config, all_of_it
    if config.optimiser == "adamw":
        yield _("Choose the optimiser in 8 bits."), _with(config, optimiser="adamw-8bit"), device
    if config.gradient_checkpointing is False:
        said = _("Let layers be computed again instead of kept.")
        yield said, _with(config, gradient_checkpointing=True), device
    if config.precision == "fp32" and device.bf16:
        yield _("Compute in 16 bits: choose the precision auto."), _with(config, precision="auto"), device
    if config.batch_size > 1:
        passes = config.effective_batch
        said = _("Make the batch size 1 and the accumulation {passes}.").format(passes=passes)
        yield said, _with(config, batch_size=1, gradient_accumulation_steps=passes), device
    if config.lora.rank > _LOW_RANK:
        low = config.lora.model_copy(update={"rank": _LOW_RANK})
        yield _("Lower the rank to {rank}.").format(rank=_LOW_RANK), _with(config, lora=low), device
    if config.max_length > _SHORT:
        yield _("Lower the length to {length}.").format(length=_SHORT), _with(config, max_length=_SHORT), device


def _with(config: TrainingConfig, **values: object) -> TrainingConfig:
    return config.model_copy(update=values)
