"""Owns what follows where a graphics card has too little memory for a training, or fails at it otherwise: the CPU takes
over, or a sentence says why it cannot. Knows not how a model is trained.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch

from studio.training.config import TrainingConfig
from studio.training.errors import CardFails, DoesNotFit, GpuTooSmall, NoTimeToTrain, TooSlowWithoutGpu
from studio.training.room import card_rooms
from studio.workers._device import Processor, processor_for
from studio.workers._memory import out_of_memory, release

T = TypeVar("T")
Tell = Callable[..., None]

_OF_A_CARD = (
    "CUDA error",
    "CUDA driver",
    "no kernel image",
    "NVIDIA driver",
    "cuDNN error",
    "CUBLAS_STATUS",
    "HIP error",
    "nvrtc",
    "MPS backend",
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A card that cannot take a training: because its memory is too small (`full`), or for another reason."""

    card: str
    reason: str
    full: bool

    @property
    def told(self) -> dict[str, str]:
        """What events and config.yaml say of it."""
        return {"gpu_too_small": self.card} if self.full else {"gpu_failed": self.card}

    def error(self) -> GpuTooSmall | CardFails:
        """The error where nothing may stand in for the card."""
        return GpuTooSmall(gpu=self.card) if self.full else CardFails(gpu=self.card, reason=self.reason)


def with_room(
    config: TrainingConfig, tried: Callable[[Processor, Trouble | None], T], tell: Tell = lambda _event, **_fields: None
) -> T:
    """What `tried` makes on the processor that the settings allow, or on the CPU where a card cannot take it.

    `tried` is given the processor, and the trouble with the card in whose place it stands. Raises GpuTooSmall or
    CardFails where the settings name the card or refuse another, and TooSlowWithoutGpu where the CPU would not be done
    in time.
    """
    processor = processor_for(config)
    trouble = _idle_card(config, processor)
    if trouble is None:
        try:
            return tried(processor, None)
        except (RuntimeError, DoesNotFit) as error:
            trouble = trouble_with(processor, error)
            if trouble is None:
                raise
            stand_in(config, trouble, error)
    # behind the except: only now nothing holds what lies in the card's memory
    free(processor)
    if not trouble.full:
        tell("card_fails", card=trouble.card, reason=trouble.reason)
    try:
        return tried(processor_for(config.model_copy(update={"device": "cpu", "processes": 1})), trouble)
    except NoTimeToTrain as error:
        raise TooSlowWithoutGpu(gpu=trouble.card, **error.fields) from error


def stand_in(config: TrainingConfig, trouble: Trouble, error: Exception) -> None:
    """Raises the trouble where the settings let nothing stand in for the card."""
    if config.device != "auto" or config.gpu_fallback == "refuse":
        raise trouble.error() from error


def trouble_with(processor: Processor, error: Exception) -> Trouble | None:
    """What an error says of a card, None where it is not about one."""
    if processor.device.type == "cpu":
        return None
    reason = str(error).partition("\n")[0]
    if isinstance(error, DoesNotFit) or out_of_memory(error):
        return Trouble(processor.name, reason, full=True)
    failed = isinstance(error, torch.AcceleratorError) or any(words in str(error) for words in _OF_A_CARD)
    return Trouble(processor.name, reason, full=False) if failed else None


def free(processor: Processor) -> None:
    """Gives the card's memory back; one that fails may not even take that."""
    with contextlib.suppress(RuntimeError):
        release(processor.device)


def _idle_card(config: TrainingConfig, processor: Processor) -> Trouble | None:
    """A card that its driver shows and torch cannot use, although it was built for such cards."""
    wanted = config.use_gpu and config.device == "auto" and processor.device.type == "cpu"
    if not wanted or torch.version.cuda is None:
        return None
    cards = card_rooms()
    if not cards:
        return None
    try:
        torch.cuda.init()  # type: ignore[no-untyped-call]  # torch's
    except (RuntimeError, AssertionError) as error:
        trouble = Trouble(cards[0].name, str(error).partition("\n")[0], full=False)
        stand_in(config, trouble, error)
        return trouble
    return None
