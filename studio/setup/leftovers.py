"""Owns ending what an interrupted set-up left running: pip, cmake and compilers that outlived their parent."""

import os
import signal
import subprocess
import sys
from pathlib import Path

_LISTING = {
    "win32": [
        "powershell",
        "-NoProfile",
        "-Command",
        'Get-CimInstance Win32_Process | ForEach-Object { "$($_.ProcessId) $($_.CommandLine)" }',
    ],
}
_POSIX_LISTING = ["ps", "-A", "-ww", "-o", "pid=,command="]


def find(folder: Path) -> list[int]:
    """The processes whose command names set-up's own folder, this one apart; none where they cannot be listed."""
    try:
        listing = subprocess.run(
            _LISTING.get(sys.platform, _POSIX_LISTING), capture_output=True, text=True, errors="replace", timeout=20
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return _find_in_proc(folder)
    rows = (line.strip().partition(" ") for line in listing.splitlines())
    marker = f"{folder}{os.sep}"
    return [int(pid) for pid, _, command in rows if marker in command and pid.isdigit() and int(pid) != os.getpid()]


def _find_in_proc(folder: Path) -> list[int]:
    """The same where there is no `ps`, as on a minimal Linux."""
    marker = f"{folder}{os.sep}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if marker in entry.read_bytes() and int(entry.parent.name) != os.getpid():
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return found


def end(folder: Path) -> int:
    """Ends those processes and returns how many there were; only the holder of the lock may call this."""
    found = find(folder)
    for pid in found:
        try:
            os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        except OSError:
            continue
    return len(found)
