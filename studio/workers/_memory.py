"""Owns what memory means to a worker: what an error of too little of it looks like, how what is free is given back, the
most that was used, and the ceiling that the settings put over it."""

import ctypes
import gc
import sys
from pathlib import Path

import psutil
import torch

from studio.training.config import TrainingConfig
from studio.training.fitting import GIB
from studio.workers._base import Model

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
_ROOM_FOR_LIBRARIES = 64 << 20


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
    """What `memory_limit_gb` and the system allow this process while it is entered; `check` raises OverTheLimit.

    A card's allocator is told, and refuses by itself. On Windows it is told also without a limit, because the driver
    there lends main memory in the place of the card's, at a tenth of its speed, instead of refusing. For the machine's
    own memory Linux is told (RLIMIT_DATA), and everywhere a look between two passes sees what has come through.
    """

    def __init__(self, config: TrainingConfig, device: torch.device) -> None:
        limit = config.memory_limit_gb
        self._device = device
        self._most = None if limit is None or device.type != "cpu" else int(limit * GIB)
        self._before: tuple[int, int] | None = None
        if device.type == "cuda":
            self._card(limit)
        elif device.type == "mps" and limit is not None:
            torch.mps.set_per_process_memory_fraction(limit * GIB / torch.mps.recommended_max_memory())

    def _card(self, limit: float | None) -> None:
        free, total = torch.cuda.mem_get_info(self._device)
        if sys.platform == "win32":
            limit = min(free / GIB, limit or free / GIB)
        if limit is not None:
            torch.cuda.set_per_process_memory_fraction(min(1.0, limit * GIB / total), self._device)

    def __enter__(self) -> None:
        """From now on the system refuses what would pass the limit (Linux)."""
        if self._most is None or sys.platform != "linux" or self._before is not None:
            return
        import resource

        self._before = resource.getrlimit(resource.RLIMIT_DATA)
        held = psutil.Process().memory_info()
        room = max(0, self._most - int(held.rss)) + _ROOM_FOR_LIBRARIES
        hard = self._before[1]
        wanted = _status("VmData") + room
        resource.setrlimit(resource.RLIMIT_DATA, (wanted if hard < 0 else min(wanted, hard), hard))

    def __exit__(self, *_error: object) -> None:
        """Takes the system's limit away again."""
        if self._before is None:
            return
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, self._before)
        self._before = None

    def check(self) -> None:
        """Raises OverTheLimit where the process holds more of the machine's memory than it may."""
        if self._most is not None and (held := int(psutil.Process().memory_info().rss)) > self._most:
            raise OverTheLimit(f"{held} bytes are held where {self._most} are allowed")
