"""Owns asking the drivers which graphics cards there are: NVIDIA's library, AMD's kernel driver, Vulkan's loader."""

import ctypes
import platform
import re
from dataclasses import dataclass
from pathlib import Path

_NVML = {"Windows": ("nvml.dll",), "Linux": ("libnvidia-ml.so.1", "/usr/lib/wsl/lib/libnvidia-ml.so.1")}
_VULKAN = {"Windows": "vulkan-1.dll", "Linux": "libvulkan.so.1"}
_VENDORS = {"0x1002": "AMD", "0x8086": "Intel", "0x10de": "NVIDIA"}


@dataclass(frozen=True, slots=True)
class Card:
    """A graphics card as its driver reports it; `runtime` is the newest CUDA version that the driver runs."""

    kind: str
    name: str
    memory: int = 0
    runtime: tuple[int, int] = (0, 0)


def read(system: str) -> tuple[Card, ...]:
    """Every card that a driver reports, the most capable kind first."""
    found = [*_nvidia(_NVML.get(system, ())), *(_amd(Path("/sys/class/kfd/kfd/topology/nodes")))]
    if system == "Darwin" and platform.machine() == "arm64":
        found.append(Card("metal", "Apple silicon"))
    return (*found, *_vulkan(system, bool(found)))


class _Memory(ctypes.Structure):
    _fields_ = (("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong), ("used", ctypes.c_ulonglong))


def _load(names: tuple[str, ...]) -> ctypes.CDLL | None:
    for name in names:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None


def _nvidia(names: tuple[str, ...]) -> list[Card]:
    """NVIDIA's cards by its management library, which comes with the driver (under WSL2 with the driver of Windows)."""
    library = _load(names)
    if library is None or library.nvmlInit_v2() != 0:
        return []
    try:
        count, version = ctypes.c_uint(), ctypes.c_int()
        if library.nvmlDeviceGetCount_v2(ctypes.byref(count)) != 0:
            return []
        library.nvmlSystemGetCudaDriverVersion_v2(ctypes.byref(version))
        runtime = (version.value // 1000, version.value % 1000 // 10)
        return [_nvidia_card(library, number, runtime) for number in range(count.value)]
    finally:
        library.nvmlShutdown()


def _nvidia_card(library: ctypes.CDLL, number: int, runtime: tuple[int, int]) -> Card:
    device, name, memory = ctypes.c_void_p(), ctypes.create_string_buffer(96), _Memory()
    library.nvmlDeviceGetHandleByIndex_v2(ctypes.c_uint(number), ctypes.byref(device))
    library.nvmlDeviceGetName(device, name, ctypes.c_uint(96))
    library.nvmlDeviceGetMemoryInfo(device, ctypes.byref(memory))
    return Card("nvidia", name.value.decode("utf-8", "replace") or "NVIDIA", int(memory.total), runtime)


def _amd(nodes: Path) -> list[Card]:
    """AMD's cards that the compute driver (KFD) lists; a node without SIMD units is a processor, not a card."""
    found = []
    for properties in sorted(nodes.glob("*/properties")):
        try:
            text = properties.read_text(encoding="utf-8")
        except OSError:
            continue
        values = dict(re.findall(r"^(\w+) (\d+)$", text, re.MULTILINE))
        if int(values.get("simd_count", 0)) and int(values.get("gfx_target_version", 0)):
            found.append(Card("amd", f"AMD gfx{values['gfx_target_version']}"))
    return found


def _vulkan(system: str, other: bool) -> list[Card]:
    """A card that Vulkan can use: its loader is there, and a vendor's card is too."""
    name = _VULKAN.get(system)
    if name is None or _load((name,)) is None:
        return []
    if system == "Windows" or other:
        return [Card("vulkan", "Vulkan")]
    vendors = {path.read_text().strip() for path in Path("/sys/class/drm").glob("card?/device/vendor")}
    return [Card("vulkan", f"{_VENDORS[vendor]} (Vulkan)") for vendor in sorted(vendors & _VENDORS.keys())]
