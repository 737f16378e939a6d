"""Owns what is said of the machine's load: one meter a resource, with a short history. Knows no Qt."""

from collections import deque
from dataclasses import dataclass

from studio.jobs.monitor import GpuSample, Sample
from studio.language import _
from studio.ui.train.figures import memory

HISTORY = 60
"""Samples that a meter remembers."""


@dataclass(frozen=True, slots=True)
class Meter:
    """One resource: `share` from 0 to 1, None where it does not say; `history` the shares before, oldest first."""

    key: str
    name: str
    share: float | None
    value: str
    history: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Machine:
    """All meters, and the sentence that stands in the place of a missing card."""

    meters: tuple[Meter, ...]
    no_gpu: str | None = None


class MachineLog:
    """Turns samples into meters and remembers their course."""

    def __init__(self, no_gpu: str | None) -> None:
        self.no_gpu = no_gpu
        self._shares: dict[str, deque[float]] = {}

    def take(self, sample: Sample) -> Machine:
        """The meters after one more sample."""
        meters = [
            self._meter("cpu", _("CPU"), sample.cpu / 100, f"{sample.cpu:.0f} %"),
            self._memory("ram", _("RAM"), sample.memory_used, sample.memory_total),
        ]
        for number, gpu in enumerate(sample.gpus):
            meters += self._card(number, gpu)
        return Machine(tuple(meters), self.no_gpu if not sample.gpus else None)

    def _card(self, number: int, gpu: GpuSample) -> list[Meter]:
        load = None if gpu.load is None else gpu.load / 100
        heat = [] if gpu.temperature is None else [f"{gpu.temperature} °C"]
        power = [] if gpu.power is None else [f"{gpu.power:.0f} W"]
        told = [] if gpu.load is None else [f"{gpu.load} %"]
        name = gpu.name.removeprefix("NVIDIA ").removeprefix("GeForce ")
        return [
            self._meter(f"gpu{number}", name, load, " · ".join(told + heat + power)),
            self._memory(f"vram{number}", _("VRAM"), gpu.memory_used, gpu.memory_total),
        ]

    def _memory(self, key: str, name: str, used: int, total: int) -> Meter:
        return self._meter(key, name, used / total if total else None, memory(used, total))

    def _meter(self, key: str, name: str, share: float | None, value: str) -> Meter:
        history = self._shares.setdefault(key, deque(maxlen=HISTORY))
        if share is not None:
            history.append(min(1.0, max(0.0, share)))
        return Meter(key, name, share, value, tuple(history))
