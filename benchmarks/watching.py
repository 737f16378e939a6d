"""Owns what the measurements of the window share: words to fill it with, and how long its thread is away."""

import statistics
import time
from collections.abc import Callable

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication

WORDS = [
    "the",
    "lantern",
    "bridge",
    "ferry",
    "toll",
    "miller",
    "ledger",
    "orchard",
    "gate",
    "winter",
    "salt",
    "barge",
    "heron",
    "water",
    "tugs",
    "at",
    "your",
    "knees",
]
"""What stories are drawn from."""


class Watch:
    """How long each turn of the event loop takes, as it passed and in processor time of this thread."""

    def __init__(self) -> None:
        self.calls: list[tuple[float, float]] = []

    def call(self, work: Callable[[], object]) -> None:
        """One call, and all that Qt then does because of it."""
        began, cpu = time.perf_counter(), time.thread_time()
        work()
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
        self.calls.append((time.perf_counter() - began, time.thread_time() - cpu))

    def told(self) -> dict[str, float]:
        """The figures in milliseconds."""
        passed, cpu = (sorted(1000 * one for one in column) for column in zip(*self.calls, strict=True))
        return {
            "longest_call_ms": round(passed[-1], 2),
            "longest_call_processor_ms": round(cpu[-1], 2),
            "median_call_ms": round(statistics.median(passed), 2),
            "median_call_processor_ms": round(statistics.median(cpu), 2),
            "calls": len(cpu),
        }
