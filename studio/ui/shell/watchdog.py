"""Owns the record of moments in which the window did not answer; knows not what it was doing.

A timer on the GUI thread beats; a thread of its own watches the beat and notes the GUI thread's stack once
a beat is late.
"""

import logging
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from types import CodeType

from PySide6.QtCore import QObject, Qt, QTimer, Slot

_log = logging.getLogger(__name__)
_BEAT_MS = 10


@dataclass(frozen=True, slots=True)
class Stall:
    """One moment: how long the window did not answer, and where it was first seen."""

    seconds: float
    stack: str


class Watchdog(QObject):
    """Records every stall of the GUI thread that is longer than `limit` seconds."""

    def __init__(self, limit: float = 0.05, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stalls: deque[Stall] = deque(maxlen=1000)
        self._limit = limit
        self._beat = time.monotonic()
        self._seen = ""
        self._over = threading.Event()
        self._watched = threading.get_ident()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_beat)
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begins to watch the thread that calls this."""
        self._watched = threading.get_ident()
        self._beat = time.monotonic()
        self._timer.start(_BEAT_MS)
        self._thread.start()

    def stop(self) -> None:
        """Ends the watch and its thread."""
        self._timer.stop()
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def worst(self) -> float:
        """The longest stall so far, in seconds."""
        return max((stall.seconds for stall in self.stalls), default=0.0)

    @Slot()
    def _on_beat(self) -> None:
        now = time.monotonic()
        late, self._beat = now - self._beat, now
        if late > self._limit + _BEAT_MS / 1000:
            stall = Stall(late, self._seen)
            self.stalls.append(stall)
            _log.debug("the window did not answer for %.0f ms\n%s", late * 1000, stall.stack)
        self._seen = ""

    def _watch(self) -> None:
        while not self._over.wait(self._limit / 2):
            if time.monotonic() - self._beat > self._limit and not self._seen:
                self._seen = _stack_of(self._watched)


def _stack_of(thread: int) -> str:
    """Where a thread is. Its frames are let go at once: one that is held keeps its painters alive."""
    places: list[tuple[CodeType, int]] = []
    frame = sys._current_frames().get(thread)
    while frame is not None:
        places.append((frame.f_code, frame.f_lineno))
        frame = frame.f_back
    return "".join(f"  {code.co_filename}:{line} {code.co_name}\n" for code, line in reversed(places))
