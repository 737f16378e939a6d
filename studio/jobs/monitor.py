"""Owns what the machine is doing now: processor, memory and NVIDIA cards; knows nothing of jobs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psutil
import pynvml

from studio.language import N_, _

_NO_GPU = {
    pynvml.NVML_ERROR_LIBRARY_NOT_FOUND: N_("No NVIDIA driver is installed here."),
    pynvml.NVML_ERROR_DRIVER_NOT_LOADED: N_("The NVIDIA driver is installed and not loaded."),
    pynvml.NVML_ERROR_NO_PERMISSION: N_("The NVIDIA driver does not let this user read the card."),
}


@dataclass(frozen=True, slots=True)
class GpuSample:
    """One card at one moment: load in percent, memory in bytes, degrees Celsius, watts.

    What the card does not say is None, or 0 for memory.
    """

    name: str
    load: int | None
    memory_used: int
    memory_total: int
    temperature: int | None
    power: float | None


@dataclass(frozen=True, slots=True)
class Sample:
    """The machine at one moment: load in percent of all cores, memory in bytes, and each card."""

    cpu: float
    memory_used: int
    memory_total: int
    gpus: tuple[GpuSample, ...]


class Monitor:
    """Samples the machine. `no_gpu` says in a sentence why no card is shown, or is None."""

    def __init__(self) -> None:
        self.no_gpu: str | None = None
        self._handles = self._open()
        psutil.cpu_percent()  # the first call only sets the mark that the next is measured from

    def _open(self) -> list[object]:
        try:
            pynvml.nvmlInit()
            handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
        except pynvml.NVMLError as error:
            why = _(_NO_GPU.get(error.value, N_("The NVIDIA driver does not answer.")))
            self.no_gpu = why + " " + _("The CPU is used.")
            return []
        if not handles:
            self.no_gpu = _("No NVIDIA card was found. The CPU is used.")
        return handles

    def sample(self) -> Sample:
        """The machine now."""
        memory = psutil.virtual_memory()
        gpus = tuple(_gpu(handle) for handle in self._handles)
        return Sample(psutil.cpu_percent(), memory.total - memory.available, memory.total, gpus)

    def close(self) -> None:
        """Lets go of the driver."""
        if self._handles:
            self._handles = []
            pynvml.nvmlShutdown()


def _gpu(handle: object) -> GpuSample:
    memory = _asked(pynvml.nvmlDeviceGetMemoryInfo, handle)  # cards that share the machine's memory don't say
    name = _asked(pynvml.nvmlDeviceGetName, handle) or "NVIDIA"
    power = _asked(pynvml.nvmlDeviceGetPowerUsage, handle)
    load = _asked(pynvml.nvmlDeviceGetUtilizationRates, handle)
    return GpuSample(
        name=name if isinstance(name, str) else name.decode(),
        load=None if load is None else int(load.gpu),
        memory_used=0 if memory is None else int(memory.used),
        memory_total=0 if memory is None else int(memory.total),
        temperature=_asked(pynvml.nvmlDeviceGetTemperature, handle, pynvml.NVML_TEMPERATURE_GPU),
        power=None if power is None else power / 1000,
    )


def _asked(question: Callable[..., Any], *arguments: object) -> Any:
    """What the driver answers, or None where this card does not support the question."""
    try:
        return question(*arguments)
    except pynvml.NVMLError:
        return None
