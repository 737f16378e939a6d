"""Owns when Python looks for unreachable cycles: on the GUI thread only.

Left alone, Python collects on whichever thread allocates next; a text cursor that is freed on the checking
thread while its document changes ends the process.
"""

import gc
import sys

from PySide6.QtCore import QObject, QTimer, Slot

_EVERY_MS = 500
_ALL_ROUNDS = 60
_MANY_MODULES = 20


class GarbageTimer(QObject):
    """Collects young objects every half second where there are many, and all of them twice a minute."""

    def __init__(self) -> None:
        super().__init__()
        self._rounds = 0
        self._modules = len(sys.modules)
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.collect)

    def start(self) -> None:
        """Takes over from Python; what was built until now counts as permanent and is not looked at again."""
        gc.collect()
        self._settle()
        gc.disable()
        self._timer.start()

    def stop(self) -> None:
        """Hands back to Python."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
        gc.collect()

    @Slot()
    def collect(self) -> None:
        """One round; where much was imported since the last, that stays for good, and is not looked through at all."""
        if len(sys.modules) > self._modules + _MANY_MODULES:
            self._settle()
            return
        self._rounds += 1
        young, middle, _old = gc.get_count()
        first, second, _third = gc.get_threshold()
        if self._rounds % _ALL_ROUNDS == 0:
            gc.collect()
        elif middle > second:
            gc.collect(1)
        elif young > first:
            gc.collect(0)

    def _settle(self) -> None:
        """What is there now counts as permanent: to look through a large library once holds up the window."""
        gc.freeze()
        self._modules = len(sys.modules)
