"""Owns what macOS tells anybody of Apple's GPU, without an administrator's rights: its load and the memory it uses.

`powermetrics`, which would also tell watts and degrees, needs those rights, so it is never asked.
"""

import plistlib
import subprocess
import sys
from collections.abc import Callable

import psutil

from studio.jobs.samples import GpuSample
from studio.language import _

_QUESTION = ("/usr/sbin/ioreg", "-a", "-r", "-d", "1", "-c", "IOAccelerator")
_SECONDS = 5.0
_EVERY = 5
"""Every so many samples it is asked: the answer comes from a program that is started each time."""


def _ioreg() -> bytes:
    return subprocess.run(_QUESTION, capture_output=True, timeout=_SECONDS, check=True).stdout


class Apple:
    """Apple's GPU, which shares the machine's memory. `why` says in a sentence why nothing is known, or is None."""

    def __init__(self, ask: Callable[[], bytes] = _ioreg, platform: str = sys.platform) -> None:
        self.why: str | None = None
        self._ask, self._there, self._asked = ask, platform == "darwin", 0
        self._last: tuple[GpuSample, ...] = ()
        if self._there:
            self.cards()

    def cards(self) -> tuple[GpuSample, ...]:
        """The GPU as it was a few seconds ago at the most."""
        if self._there and self._asked % _EVERY == 0:
            try:
                self._last = _read(self._ask())
            except (OSError, subprocess.SubprocessError, ValueError):
                self._last, self._there = (), False
            if not self._last:
                self.why = _("macOS does not say how busy its GPU is; that would take an administrator's rights.")
        self._asked += 1
        return self._last

    def close(self) -> None:
        """Nothing is held."""


def _read(answer: bytes) -> tuple[GpuSample, ...]:
    """The cards of ioreg's answer; raises ValueError where it is none."""
    rows = plistlib.loads(answer) if answer.strip() else []
    if not isinstance(rows, list):
        raise ValueError("no list")
    found = []
    for row in rows:
        figures = row.get("PerformanceStatistics") if isinstance(row, dict) else None
        load = figures.get("Device Utilization %") if isinstance(figures, dict) else None
        if isinstance(figures, dict) and isinstance(load, int):
            used, name = figures.get("In use system memory"), row.get("model")
            found.append(
                GpuSample(
                    name if isinstance(name, str) else "Apple GPU",
                    load,
                    used if isinstance(used, int) else 0,
                    psutil.virtual_memory().total,
                    None,
                    None,
                )
            )
    return tuple(found)
