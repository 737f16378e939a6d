"""Owns telling how far a work is: a line that is written over on a terminal, a line every few seconds elsewhere.

What is left of a part is told from how long its beginning took; of a whole work of several parts nobody knows it.
"""

import shutil
import sys
import time
from collections.abc import Callable
from typing import TextIO

from studio.cli.output import open_minded, print_line
from studio.language import _

_LINE_SECONDS, _LOG_SECONDS = 0.2, 10.0
_KNOWN_SECONDS = 2.0
"""So long must a part have gone on before anything is said of how long it will take."""

_AT_ONCE_SECONDS = 0.05
"""What is told sooner than this was done before: a part may begin in the middle."""

_MINUTE = 60


class Meter:
    """How far a work is, on a stream."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock = stream or sys.stderr, clock
        self._live = self._stream.isatty()
        self._part, self._share = "", 0.0
        self._began = self._told = clock()
        self._before: float | None = None
        """How far the part was when it began."""

    def begins(self, part: str) -> None:
        """A part of the work begins; of the same again only the counting does."""
        if part != self._part:
            self._show(part)
        self._part, self._share, self._before = part, 0.0, None
        self._began = self._told = self._clock()

    def far(self, share: float, count: str = "") -> None:
        """How far the part is, from 0 to 1; `count` says it in other words than percent."""
        if share < self._share:
            self.begins(self._part)
        self._share, now = share, self._clock()
        if self._before is None:
            self._before = share if now - self._began < _AT_ONCE_SECONDS else 0.0
        if now - self._told < (_LINE_SECONDS if self._live else _LOG_SECONDS) and (
            share < 1 or self._told == self._began
        ):
            return
        self._told = now
        self._show(f"{self._part} {count or f'{int(share * 100)}%'}{self._left(share, now)}")

    def says(self, line: str) -> None:
        """A line of its own, which stays."""
        self.ends()
        print_line(line, self._stream)

    def ends(self) -> None:
        """Nothing moves any more."""
        if self._live:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _left(self, share: float, now: float) -> str:
        before, passed = self._before or 0.0, now - self._began
        if share >= 1 or share <= before or passed < _KNOWN_SECONDS:
            return ""
        seconds = passed * (1 - share) / (share - before)
        return _(", about {time} left of it").format(time=duration(seconds))

    def _show(self, line: str) -> None:
        if not self._live:
            print_line(line, self._stream)
            return
        width = shutil.get_terminal_size().columns - 1
        open_minded(self._stream).write(f"\r\x1b[K{line if len(line) <= width else line[: width - 1] + '…'}")
        self._stream.flush()


class Cases:
    """Hears of a measuring how many cases of whom are done."""

    def __init__(self, meter: Meter) -> None:
        self._meter, self._part = meter, ""

    def __call__(self, who: str, part: str, done: int, of: int) -> None:
        """Hears (who, part, cases done, of)."""
        now = f"  {who}: {part}"
        if now != self._part:
            self._part = now
            self._meter.begins(now)
        self._meter.far(done / of if of else 1.0, f"{done}/{of}")


def duration(seconds: float) -> str:
    """A stretch of time as people say it."""
    whole = round(seconds)
    if whole < _MINUTE:
        return _("{count} s").format(count=whole)
    minutes = round(whole / _MINUTE)
    if minutes < _MINUTE:
        return _("{count} min").format(count=minutes)
    return _("{hours} h {minutes} min").format(hours=minutes // _MINUTE, minutes=minutes % _MINUTE)
