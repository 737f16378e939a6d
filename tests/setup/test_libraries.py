"""A missing shared library is named with the exact command, and brought at once where we may."""

import pytest

from studio.setup import libraries
from studio.setup.failures import SetupFailed
from studio.setup.machine import Machine

LINUX = Machine("Linux", "x86_64", (3, 12))


def nothing_there(file: str) -> bool:
    return False


def test_a_library_that_loads_is_not_missing() -> None:
    assert libraries.loads("libc.so.6")
    assert not libraries.loads("libnowhere-lorewright.so.9")


@pytest.mark.parametrize(
    ("environment", "asked"),
    [
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, False),
        ({"QT_QPA_PLATFORM": "offscreen"}, False),
        ({"QT_QPA_PLATFORM": "xcb"}, True),
        ({}, False),
    ],
)
def test_libraries_of_xcb_are_only_missed_where_qt_will_choose_it(environment: dict[str, str], asked: bool) -> None:
    files = {row["file"] for row in libraries.missing(LINUX, environment, nothing_there)}
    assert ("libxcb-cursor.so.0" in files) is asked
    assert "libEGL.so.1" in files


def test_other_systems_bring_their_own() -> None:
    assert libraries.missing(Machine("Windows", "x86_64", (3, 12)), {}, nothing_there) == []


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("apt", "apt-get install -y libegl1 libxcb-cursor0"),
        ("dnf", "dnf install -y mesa-libEGL xcb-util-cursor"),
        ("pacman", "pacman -S --noconfirm libglvnd xcb-util-cursor"),
    ],
)
def test_the_command_is_exact(kind: str, line: str) -> None:
    rows = libraries.missing(LINUX, {"DISPLAY": ":0"}, lambda file: file not in ("libEGL.so.1", "libxcb-cursor.so.0"))
    assert libraries.command(rows, kind) == line


def test_root_on_debian_runs_it_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "is_root", lambda: True)
    rows = libraries.missing(LINUX, {}, lambda file: file != "libEGL.so.1")
    ran: list[str] = []
    said: list[str] = []
    libraries.bring(rows, "A library", said.append, "apt", lambda line: not ran.append(line))
    assert ran == ["apt-get install -y libegl1"]
    assert "apt-get install -y libegl1" in said[0]


def test_anyone_else_is_told_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libraries, "is_root", lambda: False)
    rows = libraries.missing(LINUX, {}, lambda file: file != "libEGL.so.1")
    with pytest.raises(SetupFailed, match="sudo apt-get install -y libegl1"):
        libraries.bring(rows, "A library", lambda said: None, "apt", lambda line: True)


def test_a_compiler_is_named_for_each_system() -> None:
    assert "xcode-select --install" in libraries.compiler_command(Machine("Darwin", "arm64", (3, 12)), None)
    assert "winget" in libraries.compiler_command(Machine("Windows", "x86_64", (3, 12)), None)
    assert "build-essential" in libraries.compiler_command(LINUX, "apt")
