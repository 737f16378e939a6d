"""Owns that a process beside the worker that is frozen is found: each gives signs of life, rank 0 listens for them.

A sum of all ranks would wait for a frozen one for hours: its connection stands. One that is not heard for a while is
ended, upon which the sum fails at once.
"""

import itertools
import os
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import psutil

_ALIVE = "alive-"
BEAT_SECONDS, SILENT_BEATS = 5.0, 12
"""How often each is to be heard, and how often it may be missed: the machine may be busy otherwise."""


def beat(number: int, store: Any) -> None:
    """Gives signs of life from now on, as long as this process runs at all."""
    threading.Thread(target=_beat, args=(f"{_ALIVE}{number}", store), daemon=True, name="alive").start()


def _beat(key: str, store: Any) -> None:
    with suppress(RuntimeError):  # the run is over, and the store gone
        for count in itertools.count():
            store.set(key, f"{os.getpid()} {count}")
            time.sleep(BEAT_SECONDS)


class Hearing:
    """Listens for these ranks until `close`; `silent` are those that were ended because nothing was heard of them.

    Missed beats are counted rather than seconds, so that a pause of the whole machine condemns nobody.
    """

    def __init__(self, numbers: Iterable[int], store: Any) -> None:
        self.silent: set[int] = set()
        self._missed = dict.fromkeys(numbers, 0)
        self._heard: dict[int, bytes] = {}
        self._store, self._over = store, threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True, name="hearing")
        self._thread.start()

    def close(self) -> None:
        """Stops listening."""
        self._over.set()
        self._thread.join()

    def _listen(self) -> None:
        with suppress(RuntimeError):  # a launcher's store is gone with the launcher
            while not self._over.wait(BEAT_SECONDS):
                for number in self._missed:
                    self._listen_for(number)

    def _listen_for(self, number: int) -> None:
        key = f"{_ALIVE}{number}"
        word = self._store.get(key) if self._store.check([key]) else b""
        self._missed[number] = 0 if word != self._heard.get(number) else self._missed[number] + 1
        self._heard[number] = word
        if word and self._missed[number] >= SILENT_BEATS and number not in self.silent:
            self.silent.add(number)
            with suppress(psutil.Error):
                psutil.Process(int(word.split()[0])).kill()
