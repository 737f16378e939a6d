"""Owns reading the machine: system, processor, cards, compiler, display; decides nothing."""

import ctypes
import os
import platform
import re
import shutil
import struct
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from studio.setup import cards
from studio.setup.cards import Card


@dataclass(frozen=True, slots=True)
class Machine:
    """What set-up needs to know of a machine."""

    system: str
    architecture: str
    python: tuple[int, int]
    bits: int = 64
    libc: tuple[str, tuple[int, int]] = ("", (0, 0))
    release: tuple[int, int] = (0, 0)
    features: frozenset[str] = frozenset()
    cards: tuple[Card, ...] = ()
    tools: frozenset[str] = frozenset()
    wsl: bool = False
    display: bool = True
    cores: int = field(default_factory=lambda: os.cpu_count() or 1)

    @property
    def has_compiler(self) -> bool:
        """Whether a C++ compiler is there."""
        return bool(self.tools & _COMPILERS)

    def card(self, kind: str) -> Card | None:
        """The first card of a kind: `nvidia`, `amd`, `metal` or `vulkan`."""
        return next((card for card in self.cards if card.kind == kind), None)


@cache
def read() -> Machine:
    """This machine, looked at once."""
    system = platform.system()
    wsl = system == "Linux" and "microsoft" in platform.release().lower()
    return Machine(
        system=system,
        architecture=architecture(platform.machine()),
        python=(sys.version_info.major, sys.version_info.minor),
        bits=struct.calcsize("P") * 8,
        libc=_libc() if system == "Linux" else ("", (0, 0)),
        release=_version(platform.mac_ver()[0] if system == "Darwin" else platform.release()),
        features=_features(system),
        cards=cards.read(system),
        tools=_tools(system),
        wsl=wsl,
        display=system != "Linux" or any(os.environ.get(name) for name in _DISPLAYS),
    )


_TOOLS = ("cc", "c++", "gcc", "g++", "clang", "clang++", "cl", "cmake", "ninja", "nvcc", "glslc", "hipcc")
# A platform of Qt that the user chose themselves (offscreen, vnc, a framebuffer) counts as a display.
_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


_COMPILERS = {"g++", "clang++", "c++", "cl"}
_VSWHERE = Path("C:/Program Files (x86)/Microsoft Visual Studio/Installer/vswhere.exe")


def _tools(system: str) -> frozenset[str]:
    """The build tools that can be called; a compiler counts only where it is more than its own placeholder."""
    found = {name for name in _TOOLS if shutil.which(name)}
    if system == "Darwin" and not _output(["xcode-select", "-p"]):
        found -= _COMPILERS  # macOS has stubs that only offer to install the real ones
    if system == "Windows" and _output([str(_VSWHERE), "-products", "*", "-property", "installationPath"]):
        found.add("cl")
    return frozenset(found)


def architecture(machine: str) -> str:
    """One name for what the systems call the same processor family."""
    return {"amd64": "x86_64", "x64": "x86_64", "aarch64": "arm64"}.get(machine.lower(), machine.lower())


def _version(text: str) -> tuple[int, int]:
    numbers = [int(number) for number in re.findall(r"\d+", text)[:2]]
    return (numbers[0], numbers[1] if len(numbers) > 1 else 0) if numbers else (0, 0)


def _libc() -> tuple[str, tuple[int, int]]:
    """Which C library this Python was built for; wheels for one do not run on the other."""
    name, version = platform.libc_ver()
    if name == "glibc":
        return "glibc", _version(version)
    return ("musl" if any(Path("/lib").glob("ld-musl-*")) else name or "unknown"), _version(version)


def _features(system: str) -> frozenset[str]:
    """The processor's feature list, in the names of Linux's /proc/cpuinfo."""
    if system == "Linux":
        try:
            text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return frozenset()
        found = re.search(r"^(?:flags|Features)\s*:(.*)$", text, re.MULTILINE)
        return frozenset(found[1].split()) if found else frozenset()
    return _features_mac() if system == "Darwin" else _features_windows()


def _features_mac() -> frozenset[str]:
    keys = ["machdep.cpu.features", "machdep.cpu.leaf7_features"]
    answer = _output(["sysctl", "-n", *keys])
    return frozenset(answer.lower().replace("avx1.0", "avx").split())


_WINDOWS_FEATURES = {6: "sse", 10: "sse2", 36: "ssse3", 37: "sse4_1", 39: "avx", 40: "avx2", 41: "avx512f"}
"""Numbers of IsProcessorFeaturePresent; it knows none for the parts of AVX-512, so that is never assumed there."""


def _features_windows() -> frozenset[str]:
    if sys.platform == "win32":
        present = ctypes.windll.kernel32.IsProcessorFeaturePresent
        found = {name for number, name in _WINDOWS_FEATURES.items() if present(number)}
        # Every processor with AVX2 has these three, and Windows has no number for them.
        return frozenset(found | ({"fma", "f16c", "bmi2"} if "avx2" in found else set()))
    return frozenset()


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10, errors="replace").stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
