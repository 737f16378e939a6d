"""Owns what NVIDIA's driver says of its cards (NVML); knows no other maker's."""

from collections.abc import Callable
from typing import Any

import pynvml

from studio.jobs.processes import name_of
from studio.jobs.samples import GpuProcess, GpuSample
from studio.language import N_, _

_NO_GPU = {
    pynvml.NVML_ERROR_LIBRARY_NOT_FOUND: N_("No NVIDIA driver is installed here."),
    pynvml.NVML_ERROR_DRIVER_NOT_LOADED: N_("The NVIDIA driver is installed and not loaded."),
    pynvml.NVML_ERROR_NO_PERMISSION: N_("The NVIDIA driver does not let this user read the card."),
}

_EVERY = 5
"""Every so many samples it is asked who holds memory: that takes longer than all the rest."""


class Nvidia:
    """Every card of NVIDIA's. `why` says in a sentence why there is none, or is None."""

    def __init__(self) -> None:
        self.why: str | None = None
        self._asked = 0
        self._processes: dict[int, tuple[GpuProcess, ...]] = {}
        self._handles = self._open()

    def _open(self) -> list[object]:
        try:
            pynvml.nvmlInit()
            handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
        except pynvml.NVMLError as error:
            self.why = _(_NO_GPU.get(error.value, N_("The NVIDIA driver does not answer.")))
            return []
        if not handles:
            self.why = _("No NVIDIA card was found.")
        return handles

    def cards(self) -> tuple[GpuSample, ...]:
        """Every card now."""
        if self._asked % _EVERY == 0:
            self._processes = {place: processes_on(handle) for place, handle in enumerate(self._handles)}
        self._asked += 1
        return tuple(_card(handle, self._processes[place]) for place, handle in enumerate(self._handles))

    def close(self) -> None:
        """Lets go of the driver."""
        if self._handles:
            self._handles = []
            pynvml.nvmlShutdown()


def _card(handle: object, processes: tuple[GpuProcess, ...]) -> GpuSample:
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
        processes=processes,
    )


def processes_on(handle: object) -> tuple[GpuProcess, ...]:
    """Who holds memory of a card, the largest first. Windows lets nobody see how much."""
    found: dict[int, int | None] = {}
    for question in (pynvml.nvmlDeviceGetComputeRunningProcesses, pynvml.nvmlDeviceGetGraphicsRunningProcesses):
        for one in _asked(question, handle) or ():
            found[one.pid] = one.usedGpuMemory if one.usedGpuMemory is not None else found.get(one.pid)
    rows = (GpuProcess(pid, name_of(pid), memory) for pid, memory in found.items())
    return tuple(sorted(rows, key=lambda row: row.memory or 0, reverse=True))


def _asked(question: Callable[..., Any], *arguments: object) -> Any:
    """What the driver answers, or None where this card does not support the question."""
    try:
        return question(*arguments)
    except pynvml.NVMLError:
        return None
