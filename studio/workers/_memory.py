"""Owns what memory means to a worker: what an error of too little of it looks like, how what is free is given back, the
most that was used, and the ceiling that the settings put over it."""

import ctypes
import gc
import sys
from pathlib import Path
from typing import Any

import psutil
import torch

from studio.amounts import GB
from studio.training.config import TrainingConfig

Model = Any
_NO_MEMORY = (
    "can't allocate memory",  # torch's allocator on a CPU
    "not enough memory",  # the same on Windows
    "MPS backend out of memory",
    "std::bad_alloc",
    "CUDA_ERROR_OUT_OF_MEMORY",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "ResourceExhausted",
)
_STATUS = Path("/proc/self/status")


class OverTheLimit(MemoryError):
    """The process holds more than the settings allow."""


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that there was not enough memory, of whatever processor."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _NO_MEMORY)


def release(device: torch.device) -> None:
    """Gives back what nothing holds any more, to the card and to the system."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's; musl has none
        if trim is not None:
            trim(0)


def peak_memory() -> int:
    """The most of the machine's memory that this process has used, in bytes."""
    if _STATUS.is_file():  # Linux; what getrusage tells begins there with what the parent had used
        return _status("VmHWM")
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _status(name: str) -> int:
    """Bytes that Linux tells of this process under a name."""
    lines = _STATUS.read_text("ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def measured(device: torch.device) -> int:
    """The most that this process has used of the memory that a forecast is about: a card's, or the machine's."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_reserved(device))
    if device.type == "mps":
        return int(torch.mps.driver_allocated_memory())
    return peak_memory()


def recompute(model: Model, config: TrainingConfig, *, offload: bool) -> None:
    """Has each layer computed a second time on the way back, where the settings ask for it, instead of kept.

    With `offload` what little is kept waits in main memory meanwhile. Neither changes what comes out.
    """
    if config.gradient_checkpointing is not True and not offload:
        return
    inner = model.get_base_model()
    inner.activation_checkpointing_enable(offload=offload)
    inner.disable_input_require_grads()  # else the frozen layers below the adapter would have a way back too


class Ceiling:
    """What `memory_limit_gb` and the system allow this process; past it a pass raises OverTheLimit while it is entered.

    A card's allocator is told, and refuses by itself. On Windows it is told also without a limit, because the driver
    there lends main memory in the place of the card's, at a tenth of its speed, instead of refusing. For the machine's
    own memory a look before each layer and before the way back sees how much the process holds: it works on every
    system, and leaves no library without the few bytes that it cannot do without.
    """

    def __init__(self, config: TrainingConfig, model: Model) -> None:
        limit, device = config.memory_limit_gb, model.device
        self._most = None if limit is None or device.type != "cpu" else int(limit * GB)
        self._process, self._entered = psutil.Process(), False
        if device.type == "cuda":
            _cap_card(limit, device)
        elif device.type == "mps" and limit is not None:
            torch.mps.set_per_process_memory_fraction(limit * GB / torch.mps.recommended_max_memory())
        if self._most is not None:
            for layer in getattr(model.get_base_model().base_model, "layers", ()):
                layer.register_forward_pre_hook(lambda *_given: self.check())

    def __enter__(self) -> None:
        self._entered = True

    def __exit__(self, *_error: object) -> None:
        self._entered = False

    def check(self) -> None:
        """Raises OverTheLimit where the process holds more of the machine's memory than it may."""
        if self._most is None or not self._entered:
            return
        held = int(self._process.memory_info().rss)
        if held > self._most:
            raise OverTheLimit(f"{held} bytes are held where {self._most} are allowed")


def _cap_card(limit: float | None, device: torch.device) -> None:
    free, total = torch.cuda.mem_get_info(device)
    if sys.platform == "win32":
        limit = min(free / GB, limit or free / GB)
    if limit is not None:
        torch.cuda.set_per_process_memory_fraction(min(1.0, limit * GB / total), device)
