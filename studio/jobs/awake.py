"""Owns keeping the computer awake while a job runs, by each system's own means; where there is none, it may sleep.

What is started for it ends with this process, even a killed one: its end is the end of a pipe, or it watches our pid.
"""

import contextlib
import ctypes
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator

_CONTINUOUS, _SYSTEM_REQUIRED = 0x80000000, 0x00000001
_SECONDS = 5.0

_turn = threading.Lock()
_jobs = 0
_helper: "subprocess.Popen[bytes] | None" = None


@contextlib.contextmanager
def awake(why: str) -> Iterator[None]:
    """Keeps the computer awake until the last job that asked for it has ended; the screen may turn off."""
    _begin(why)
    try:
        yield
    finally:
        _end()


def _begin(why: str) -> None:
    global _jobs, _helper
    with _turn:
        _jobs += 1
        if _jobs > 1:
            return
        if sys.platform == "win32":
            _windows(_CONTINUOUS | _SYSTEM_REQUIRED)
        else:
            command = _command(why)
            _helper = _started(command) if command else None


def _end() -> None:
    global _jobs, _helper
    with _turn:
        _jobs -= 1
        if _jobs:
            return
        if sys.platform == "win32":
            _windows(_CONTINUOUS)
        elif _helper is not None:
            # The end is awaited elsewhere: this may be the window's thread.
            threading.Thread(target=_ended, args=(_helper,), daemon=True, name="awake").start()
            _helper = None


def _command(why: str) -> list[str]:
    """The program that holds the system awake while its stdin is open, or while this process lives; empty for none."""
    if sys.platform == "darwin":
        return ["/usr/bin/caffeinate", "-i", "-w", str(os.getpid())]
    found = shutil.which("systemd-inhibit") or shutil.which("elogind-inhibit")
    if found is None:
        return []
    return [found, "--what=idle:sleep", "--mode=block", "--who=Lorewright", f"--why={why}", "cat"]


def _started(command: list[str]) -> "subprocess.Popen[bytes] | None":
    nothing = subprocess.DEVNULL
    try:
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=nothing, stderr=nothing, start_new_session=True)
    except OSError:
        return None


def _ended(helper: "subprocess.Popen[bytes]") -> None:
    """`cat` ends with its stdin, and the inhibitor with it; caffeinate is told."""
    if helper.stdin is not None:
        with contextlib.suppress(OSError):
            helper.stdin.close()
    if sys.platform == "darwin":
        helper.terminate()
    try:
        helper.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        helper.kill()
        helper.wait()


def _windows(state: int) -> None:
    """Holds for the thread that asks, which is that of the event loop; it ends with it."""
    ctypes.WinDLL("kernel32").SetThreadExecutionState(ctypes.c_uint32(state))  # type: ignore[attr-defined]  # Windows only
