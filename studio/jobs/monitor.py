"""Owns what the machine is doing now: processor, memory, disk and every maker's cards; knows nothing of jobs."""

import time
from collections.abc import Callable
from pathlib import Path

import psutil

from studio.jobs.amd import Amd
from studio.jobs.apple import Apple
from studio.jobs.nvidia import Nvidia
from studio.jobs.samples import GpuProcess, GpuSample, Moment, Sample
from studio.language import _

__all__ = ["GpuProcess", "GpuSample", "Moment", "Monitor", "Sample"]


class Monitor:
    """Samples the machine, and the disk of `folder`. `no_gpu` says in a sentence why no card is shown, or is None."""

    def __init__(self, folder: Path | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._clock = folder or Path.home(), clock
        self._makers = (Nvidia(), Amd(), Apple())
        self._disk = self._disk_counts()
        cards = any(maker.cards() for maker in self._makers)
        self.no_gpu = None if cards else self._why()
        psutil.cpu_percent()  # the first call only sets the mark that the next is measured from

    def _why(self) -> str:
        nvidia, *others = (maker.why for maker in self._makers)
        told = [why for why in others if why] or [nvidia or _("No NVIDIA card was found.")]
        return " ".join([*told, _("The CPU is used.")])

    def sample(self) -> Sample:
        """The machine now."""
        memory = psutil.virtual_memory()
        cards = tuple(card for maker in self._makers for card in maker.cards())
        free, total = self._room()
        read, written = self._disk_speed()
        return Sample(
            psutil.cpu_percent(), memory.total - memory.available, memory.total, cards, free, total, read, written
        )

    def _room(self) -> tuple[int, int]:
        """Free and whole size of the disk; nothing of one that is gone."""
        try:
            found = psutil.disk_usage(str(self._folder))
        except OSError:
            return 0, 0
        return found.free, found.total

    def _disk_speed(self) -> tuple[float, float]:
        """Bytes read and written a second since the last sample."""
        (then, read, written), self._disk = self._disk, self._disk_counts()
        seconds = max(1e-3, self._disk[0] - then)
        return max(0, self._disk[1] - read) / seconds, max(0, self._disk[2] - written) / seconds

    def _disk_counts(self) -> tuple[float, int, int]:
        counts = psutil.disk_io_counters()
        return self._clock(), counts.read_bytes if counts else 0, counts.write_bytes if counts else 0

    def close(self) -> None:
        """Lets go of the drivers."""
        for maker in self._makers:
            maker.close()
