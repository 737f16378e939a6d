"""Owns how a training is made to fit the memory there is: what is changed, in which order, and how that is said.

First what costs nothing but time, then what costs precision, last what costs length. Settings that leave no choice
(`gradient_checkpointing: false`) stay as they are.
"""

from collections.abc import Callable, Iterator

from studio.amounts import GB
from studio.language import _
from studio.training.config import TrainingConfig
from studio.training.room import DeviceRoom

LENGTHS = (1536, 1024, 768, 512)
"""What `max_length` is lowered to where nothing else suffices."""

_SPARE = 0.03
"""The part of the room that no plan uses."""

Ladder = Callable[[TrainingConfig, DeviceRoom], Iterator[TrainingConfig]]


def fitted(
    config: TrainingConfig, device: DeviceRoom, room: int, taken: Callable[[TrainingConfig], int]
) -> tuple[TrainingConfig, tuple[str, ...]]:
    """The first settings of which `taken` fits into the room, or the smallest; each kind of change goes no further
    than is needed, and has a sentence."""
    changes: list[str] = []
    for ladder, said in _LADDERS:
        before, best = config, taken(config)
        for changed in ladder(config, device):
            if best <= within(room):
                break
            needed = taken(changed)
            if needed < best:
                config, best = changed, needed
        if config is not before:
            changes.append(said(before, config))
    return config, tuple(changes)


def room_under(config: TrainingConfig, device: DeviceRoom) -> int:
    """The bytes that a process of a training may take: what is free, or `memory_limit_gb` where that is less.

    The machine's own memory is one for all processes; of cards each has its own.
    """
    among = config.processes if config.processes != "auto" and device.kind != "cuda" else 1
    free = device.free // among
    return free if config.memory_limit_gb is None else min(free, int(config.memory_limit_gb * GB))


def within(room: int) -> int:
    """The bytes of a room that a plan uses."""
    return int(room * (1 - _SPARE))


def halves(size: int, whole: int) -> Iterator[int]:
    """Smaller and smaller parts of `whole`, each at most half the one before, down to 1."""
    while size > 1:
        size = next(part for part in range(size // 2, 0, -1) if whole % part == 0)
        yield size


def _smaller_batches(config: TrainingConfig, _device: DeviceRoom) -> Iterator[TrainingConfig]:
    whole = config.effective_batch
    for size in halves(config.batch_size, whole):
        yield config.model_copy(update={"batch_size": size, "gradient_accumulation_steps": whole // size})


def _checkpointing(config: TrainingConfig, _device: DeviceRoom) -> Iterator[TrainingConfig]:
    if config.gradient_checkpointing == "auto":
        yield config.model_copy(update={"gradient_checkpointing": True})


def _offloading(config: TrainingConfig, device: DeviceRoom) -> Iterator[TrainingConfig]:
    if config.offload_activations == "auto" and config.gradient_checkpointing is True and device.kind == "cuda":
        yield config.model_copy(update={"offload_activations": True})


def _four_bits(config: TrainingConfig, device: DeviceRoom) -> Iterator[TrainingConfig]:
    if config.quantisation == "none" and device.kind in ("cpu", "cuda"):
        yield config.model_copy(update={"quantisation": "nf4"})


def _shorter(config: TrainingConfig, _device: DeviceRoom) -> Iterator[TrainingConfig]:
    for length in LENGTHS:
        if length < config.max_length:
            yield config.model_copy(update={"max_length": length})


def _batches_said(before: TrainingConfig, after: TrainingConfig) -> str:
    return _(
        "batch_size is {after} instead of {before}, with {times} passes a step instead of {former}: what is learnt "
        "stays the same."
    ).format(
        after=after.batch_size,
        before=before.batch_size,
        times=after.gradient_accumulation_steps,
        former=before.gradient_accumulation_steps,
    )


def _checkpointing_said(_before: TrainingConfig, _after: TrainingConfig) -> str:
    return _(
        "gradient_checkpointing is on: layers are computed twice instead of kept, which takes about a third longer."
    )


def _offloading_said(_before: TrainingConfig, _after: TrainingConfig) -> str:
    return _("offload_activations is on: what the way back needs waits in main memory, which costs some time.")


def _four_bits_said(_before: TrainingConfig, _after: TrainingConfig) -> str:
    return _("quantisation is nf4: the base model stands in four bits, which costs time and a little precision.")


def _shorter_said(before: TrainingConfig, after: TrainingConfig) -> str:
    return _("max_length is {after} instead of {before}: longer scenarios are cut into more parts.").format(
        after=after.max_length, before=before.max_length
    )


_LADDERS: tuple[tuple[Ladder, Callable[[TrainingConfig, TrainingConfig], str]], ...] = (
    (_smaller_batches, _batches_said),
    (_checkpointing, _checkpointing_said),
    (_offloading, _offloading_said),
    (_four_bits, _four_bits_said),
    (_shorter, _shorter_said),
)
