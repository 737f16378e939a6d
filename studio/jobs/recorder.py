"""Owns the thread that samples the machine while a job runs and keeps the samples in its run; knows no job."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from studio.errors import NotSaved
from studio.jobs.monitor import Monitor
from studio.jobs.samples import Moment, SampleFile

_log = logging.getLogger(__name__)


class Recorder:
    """Samples every `seconds` from `start` to `stop`, in a thread of its own: a driver may be slow to answer."""

    def __init__(self, run: Path, seconds: float = 1.0, monitor: Callable[[Path], Monitor] = Monitor) -> None:
        self._run, self._seconds, self._monitor = run, seconds, monitor
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._record, daemon=True, name="recorder")

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Ends after the sample under way; never waits for a driver."""
        self._over.set()

    def join(self, seconds: float) -> None:
        """Waits for the end, at most so long."""
        self._thread.join(seconds)

    def _record(self) -> None:
        monitor, file = self._monitor(self._run), SampleFile(self._run)
        try:
            while not self._over.wait(self._seconds):
                file.add(Moment(time.time(), monitor.sample()))
        except NotSaved as error:  # the curves end here; the job does not
            _log.warning("the machine is not recorded any more: %s", error)
        finally:
            file.close()
            monitor.close()
