"""Owns what follows where a graphics card has too little memory for a training: the CPU takes over, or a sentence says
why it cannot. Knows not how a model is trained.
"""

import gc
from collections.abc import Callable
from typing import TypeVar

import torch

from studio.training.config import TrainingConfig
from studio.training.errors import GpuTooSmall, NoTimeToTrain, TooSlowWithoutGpu
from studio.workers._device import Processor, processor_for

T = TypeVar("T")

_MPS_FULL = "MPS backend out of memory"


def with_room(config: TrainingConfig, tried: Callable[[Processor, Processor | None], T]) -> T:
    """What `tried` makes on the processor that the settings allow, or on the CPU where a card's memory is too small.

    `tried` is given the processor, and the card in whose place it stands. Raises GpuTooSmall where the settings name
    the card, and TooSlowWithoutGpu where the CPU would not be done in time.
    """
    processor = processor_for(config)
    try:
        return tried(processor, None)
    except RuntimeError as error:
        if not _full(error, processor):
            raise
        if config.device != "auto":
            raise GpuTooSmall(gpu=processor.name) from error
    # behind the except: only now nothing holds what lies in the card's memory
    gc.collect()
    if processor.device.type == "cuda":
        torch.cuda.empty_cache()
    try:
        return tried(processor_for(config.model_copy(update={"device": "cpu"})), processor)
    except NoTimeToTrain as error:
        raise TooSlowWithoutGpu(gpu=processor.name, **error.fields) from error


def _full(error: RuntimeError, processor: Processor) -> bool:
    if processor.device.type == "cpu":
        return False
    return isinstance(error, torch.OutOfMemoryError) or _MPS_FULL in str(error)
