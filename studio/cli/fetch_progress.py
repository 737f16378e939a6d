"""Owns telling on a terminal or in a log how far a fetching is; knows neither models nor the Hub."""

import time
from collections.abc import Callable
from typing import TextIO

from studio.amounts import file_size
from studio.cli.output import print_line
from studio.language import _
from studio.training.fetching import Fetching, Told
from studio.training.speeds import time_word

_LINE_SECONDS, _LOG_SECONDS = 0.5, 10.0


def told_on(stream: TextIO, clock: Callable[[], float] = time.monotonic) -> Told:
    """Writes a line that is written over on a terminal, and one every few seconds elsewhere."""
    live = stream.isatty()
    last, began, first = float("-inf"), clock(), -1

    def tell(far: Fetching) -> None:
        nonlocal last, first
        if first < 0:
            first = far.done
        ends = far.done >= far.of
        now = clock()
        if not ends and now - last < (_LINE_SECONDS if live else _LOG_SECONDS):
            return
        last = now
        line = _line(far, (far.done - first) / max(now - began, 0.001))
        if live:
            stream.write(f"\r\x1b[K{line}" + ("\n" if ends else ""))
            stream.flush()
        else:
            print_line(line, stream)

    return tell


def _line(far: Fetching, speed: float) -> str:
    if far.waits:
        return _("the Hub asks to wait {seconds} s").format(seconds=far.waits)
    line = _("{done} of {of}").format(done=file_size(far.done), of=file_size(far.of))
    if speed > 1 and far.done < far.of:
        line += _(", {speed} a second, {time} left").format(
            speed=file_size(int(speed)), time=time_word((far.of - far.done) / speed / 60)
        )
    return f"{line}  {far.file}"
