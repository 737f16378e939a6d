"""Owns how much memory a processor of this machine has, and how much of it is free now; knows no model."""

import platform
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pynvml

_BF16 = ("avx512_bf16", "amx_bf16", "bf16")
"""What Linux calls the units that compute in bfloat16."""


@dataclass(frozen=True, slots=True)
class DeviceRoom:
    """A processor's memory in bytes: in all and free now. `kind`: cpu, cuda or mps; `bf16`: whether it is quick in
    bfloat16; `cores` of a CPU, 0 of a card."""

    name: str
    kind: str
    total: int
    free: int
    bf16: bool = True
    cores: int = 0

    def less(self, held: int) -> "DeviceRoom":
        """The same with so many bytes less free: what others were promised and have not taken yet."""
        return replace(self, free=max(0, self.free - held))


def cpu_room() -> DeviceRoom:
    """The machine's own memory."""
    memory = psutil.virtual_memory()
    cores = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    return DeviceRoom("CPU", "cpu", memory.total, memory.available, _cpu_has_bf16(), cores)


def card_rooms() -> tuple[DeviceRoom, ...]:
    """NVIDIA's cards as their driver numbers them; none where there is no driver."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return ()
    try:
        return tuple(_card(place) for place in range(pynvml.nvmlDeviceGetCount()))
    except pynvml.NVMLError:
        return ()
    finally:
        pynvml.nvmlShutdown()


def room_for(device: str, *, held: int = 0) -> DeviceRoom:
    """The room of what `device` (auto, cpu, cuda or mps) comes to here, less what others hold in promise."""
    cards = card_rooms() if device in ("auto", "cuda") else ()
    if cards:
        return cards[0].less(held)
    room = cpu_room()
    if device in ("auto", "mps") and sys.platform == "darwin" and platform.machine() == "arm64":
        room = replace(room, name="Apple GPU", kind="mps", bf16=False, cores=0)
    return room.less(held)


def _card(place: int) -> DeviceRoom:
    handle = pynvml.nvmlDeviceGetHandleByIndex(place)
    memory, name = pynvml.nvmlDeviceGetMemoryInfo(handle), pynvml.nvmlDeviceGetName(handle)
    major, _minor = pynvml.nvmlDeviceGetCudaComputeCapability(handle)
    told = name if isinstance(name, str) else name.decode()
    return DeviceRoom(told, "cuda", int(memory.total), int(memory.free), bf16=major >= 8)


def _cpu_has_bf16() -> bool:
    """As far as the system tells without torch; where it doesn't, the wider type is assumed."""
    try:
        words = set(Path("/proc/cpuinfo").read_text("ascii", "replace").split())
    except OSError:
        return False
    return any(name in words for name in _BF16)
