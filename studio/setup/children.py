"""Owns running a child process of set-up: its output goes to the log and to a listener, and its end is told."""

import os
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_KEPT_LINES = 400
_TICK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child process ended; a negative code is the signal that killed it, None means that it took too long."""

    code: int | None
    output: str

    @property
    def well(self) -> bool:
        """Whether it ended by itself and without an error."""
        return self.code == 0


def run(
    command: Sequence[str | Path],
    log: Path,
    *,
    environment: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] = lambda line: None,
    on_tick: Callable[[], None] = lambda: None,
    timeout: float | None = None,
) -> Ended:
    """Runs the command to its end; `on_tick` is called about twice a second meanwhile.

    `environment` adds to our own. Past `timeout` seconds the child is killed.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    child = subprocess.Popen(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **(environment or {})},
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    kept: deque[str] = deque(maxlen=_KEPT_LINES)
    reader = threading.Thread(target=_read, args=(child, log, kept, on_line), daemon=True)
    reader.start()
    try:
        timed_out = _wait(child, on_tick, timeout)
    except BaseException:
        child.kill()
        child.wait()
        raise
    reader.join(timeout=5)
    return Ended(None if timed_out else child.returncode, "".join(kept))


def _wait(child: "subprocess.Popen[str]", on_tick: Callable[[], None], timeout: float | None) -> bool:
    """Waits for the end; True where the child had to be killed because it took too long."""
    waited = 0.0
    while True:
        try:
            child.wait(_TICK_SECONDS)
            return False
        except subprocess.TimeoutExpired:
            on_tick()
        waited += _TICK_SECONDS
        if timeout is not None and waited >= timeout:
            child.kill()
            child.wait()
            return True


def _read(child: "subprocess.Popen[str]", log: Path, kept: deque[str], on_line: Callable[[str], None]) -> None:
    if child.stdout is None:
        return
    with child.stdout, log.open("a", encoding="utf-8") as copy:
        copy.write(f"$ {child.args!r}\n")
        for line in child.stdout:
            copy.write(line)
            copy.flush()
            kept.append(line)
            on_line(line)
