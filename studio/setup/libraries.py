"""Owns the system's own packages that set-up cannot bring by pip: Qt's shared libraries, the compiler, venv."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from studio.language import _
from studio.setup.failures import SetupFailed
from studio.setup.machine import Machine
from studio.setup.tables import table


def loads(file: str) -> bool:
    """Whether the system's loader finds a shared library."""
    try:
        ctypes.CDLL(file)
    except OSError:
        return False
    return True


def missing(
    machine: Machine, environment: Mapping[str, str] = os.environ, there: Callable[[str], bool] = loads
) -> list[dict[str, Any]]:
    """The rows of Qt's libraries that this Linux lacks for the platform that Qt will choose."""
    if machine.system != "Linux":
        return []
    chosen = environment.get("QT_QPA_PLATFORM", "")
    xcb = chosen.startswith("xcb") or (
        not chosen and bool(environment.get("DISPLAY")) and not environment.get("WAYLAND_DISPLAY")
    )
    rows = (row for row in table("libraries")["library"] if xcb or row.get("only") != "xcb")
    return [row for row in rows if not there(row["file"])]


def family(which: Callable[[str], str | None] = shutil.which) -> str | None:
    """The package tool of this Linux: apt, dnf or pacman."""
    tools = {"apt": "apt-get", "dnf": "dnf", "pacman": "pacman"}
    return next((name for name, tool in tools.items() if which(tool)), None)


def command(rows: Iterable[Mapping[str, Any]], kind: str) -> str:
    """The exact command that installs those rows with that package tool."""
    packages = sorted({name for row in rows for name in str(row[kind]).split()})
    return f"{table('libraries')['commands'][kind]} {' '.join(packages)}"


def compiler_command(machine: Machine, kind: str | None) -> str:
    """The exact command that brings a C++ compiler."""
    row = table("libraries")["compiler"]
    if machine.system in row:
        return str(row[machine.system])
    return _as_user(command([row], kind)) if kind else _("your system's package tool, for a C++ compiler")


def _as_user(line: str) -> str:
    return line if is_root() else f"sudo {line}"


def is_root() -> bool:
    """Whether we may install system packages at once."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def bring(
    rows: Sequence[Mapping[str, Any]],
    what: str,
    say: Callable[[str], None],
    kind: str | None = None,
    run: Callable[[str], bool] | None = None,
) -> None:
    """Installs the rows at once when root on Debian or Ubuntu; else raises SetupFailed naming the exact command."""
    if not rows:
        return
    kind = kind or family()
    if kind is None:
        files = ", ".join(str(row.get("file", what)) for row in rows)
        raise SetupFailed(
            _("{what} is missing: {files}. Install it with your package tool.").format(what=what, files=files)
        )
    line = command(rows, kind)
    if kind == "apt" and is_root():
        say(_("{what} is missing; running `{line}`.").format(what=what, line=line))
        if (run or _apt)(line):
            return
    raise SetupFailed(_("{what} is missing. Run `{line}` and start again.").format(what=what, line=_as_user(line)))


def _apt(line: str) -> bool:
    """Runs apt-get, once more after `apt-get update` where its lists are old or empty."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for attempt in (["apt-get", "update"], None):
        if subprocess.run(line.split(), env=environment, stdout=subprocess.DEVNULL).returncode == 0:
            return True
        if attempt:
            subprocess.run(attempt, env=environment, stdout=subprocess.DEVNULL)
    return False
