"""Owns which processor trains, in which precision and with how many threads; says why in the words of a report."""

import os
from dataclasses import dataclass

import torch

from studio.jobs.job import CARDS
from studio.training.config import TrainingConfig
from studio.training.errors import NoSuchDevice
from studio.training.sharing import processes_for

_BF16_FEATURES = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")


@dataclass(frozen=True, slots=True)
class Processor:
    """What trains: the torch device, its name for people, the type of the weights, and how many
    processes train."""

    device: torch.device
    name: str
    dtype: torch.dtype
    threads: int
    processes: int = 1

    @property
    def precision(self) -> str:
        """The weights' type in the words of the settings."""
        return "bf16" if self.dtype is torch.bfloat16 else "fp32"


def processor_for(config: TrainingConfig) -> Processor:
    """The processor that the settings and the machine allow; raises NoSuchDevice."""
    kind = _wanted(config)
    if not _there(kind):
        raise NoSuchDevice(device=kind)
    processes = processes_for(config, kind, torch.cuda.device_count() if kind == "cuda" else 0)
    threads = config.threads or max(1, _cores() // (processes if kind == "cpu" else 1))
    torch.set_num_threads(threads)
    fast = _has_bf16(kind)
    wanted = {"auto": torch.bfloat16 if fast else torch.float32, "bf16": torch.bfloat16, "fp32": torch.float32}
    return Processor(torch.device(kind), _name(kind), wanted[config.precision], threads, processes)


def _wanted(config: TrainingConfig) -> str:
    """The kind that the settings name or leave open; without `use_gpu` no card is so much as asked."""
    if not config.use_gpu:
        os.environ.update(dict.fromkeys(CARDS, ""))  # as at the worker's start, where that knew
        return "cpu"
    return config.device if config.device != "auto" else _best()


def is_there(kind: str) -> bool:
    """Whether this machine has such a device."""
    return _there(kind)


def _best() -> str:
    return next(kind for kind in ("cuda", "mps", "cpu") if _there(kind))


def _there(kind: str) -> bool:
    if kind == "cuda":
        return torch.cuda.is_available()
    if kind == "mps":
        return bool(torch.backends.mps.is_available())
    return kind == "cpu"


def _has_bf16(kind: str) -> bool:
    if kind == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    if kind == "mps":
        return False
    features = torch.cpu.get_capabilities()
    return any(features.get(name) for name in _BF16_FEATURES)


def _cores() -> int:
    """Cores that this process may use; where each has two threads, one of them counts."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    physical = torch.cpu.get_capabilities().get("num_physical_cores")
    return max(1, min(allowed, physical) if isinstance(physical, int) and physical > 0 else allowed)


def _name(kind: str) -> str:
    if kind == "cuda":
        return str(torch.cuda.get_device_name())
    if kind == "mps":
        return "Apple GPU"
    return str(torch.cpu.get_capabilities().get("cpu_name") or "CPU")
