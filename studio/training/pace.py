"""Owns telling when a training has become slow: a step's time a token against what it took before; measures nothing."""

from collections import deque
from statistics import median

TIMES = 3.0
IN_A_ROW = 3
_REMEMBERED = 50
_FEWEST = 5


class Pace:
    """The seconds a token of the last steps; those that were slow are not learnt from."""

    def __init__(self) -> None:
        self._usual: deque[float] = deque(maxlen=_REMEMBERED)
        self._slow: list[float] = []

    def take(self, seconds: float, tokens: int) -> float | None:
        """Takes a step in; how many times slower than usual the last few were, told once when that begins.

        Where a machine stays slow, that is its pace from then on as soon as as many steps have been slow as are
        remembered.
        """
        now = seconds / max(1, tokens)
        if len(self._usual) < _FEWEST or now <= TIMES * median(self._usual):
            self._usual.append(now)
            self._slow.clear()
            return None
        self._slow.append(now)
        if len(self._slow) == _REMEMBERED:
            self._usual.extend(self._slow)
            self._slow.clear()
            return None
        if len(self._slow) != IN_A_ROW:
            return None
        return round(median(self._slow) / median(self._usual), 1)
