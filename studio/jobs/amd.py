"""Owns what AMD's library (amdsmi, part of ROCm) says of its cards, where it is installed; knows no other maker's."""

import contextlib
import importlib.util
import io
import threading
from collections.abc import Callable
from typing import Any

from studio.jobs.processes import name_of
from studio.jobs.samples import GpuProcess, GpuSample
from studio.language import _

_MB = 1 << 20
_LIBRARY = "amdsmi"

_turn = threading.Lock()
_users = 0


class Amd:
    """Every card of AMD's. `why` says in a sentence why there is none although the library is here, or is None."""

    def __init__(self) -> None:
        self.why: str | None = None
        self._library: Any = None
        self._handles: list[Any] = self._open()

    def _open(self) -> list[Any]:
        if importlib.util.find_spec(_LIBRARY) is None:
            return []
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # without its driver it prints what it could not find
                self._library = importlib.import_module(_LIBRARY)
            _begin(self._library)
            return list(self._library.amdsmi_get_processor_handles())
        except Exception as error:  # without the driver it fails in ways of its own, NameError and OSError among them
            reason = (str(error).strip().splitlines() or [type(error).__name__])[-1].strip()
            self.why = _("AMD's driver does not answer ({reason}).").format(reason=reason)
            return []

    def cards(self) -> tuple[GpuSample, ...]:
        """Every card now."""
        return tuple(self._card(handle) for handle in self._handles)

    def _card(self, handle: Any) -> GpuSample:
        smi = self._library
        memory = self._asked(smi.amdsmi_get_gpu_vram_usage, handle) or {}
        load = _number((self._asked(smi.amdsmi_get_gpu_activity, handle) or {}).get("gfx_activity"))
        kinds, now = (smi.AmdSmiTemperatureType.HOTSPOT, smi.AmdSmiTemperatureType.EDGE), smi.AmdSmiTemperatureMetric
        heats = (_number(self._asked(smi.amdsmi_get_temp_metric, handle, kind, now.CURRENT)) for kind in kinds)
        heat = next((one for one in heats if one is not None), None)
        name = (self._asked(smi.amdsmi_get_gpu_asic_info, handle) or {}).get("market_name")
        return GpuSample(
            name=name if isinstance(name, str) and name != "N/A" else "AMD",
            load=None if load is None else int(load),
            memory_used=int(_number(memory.get("vram_used")) or 0) * _MB,
            memory_total=int(_number(memory.get("vram_total")) or 0) * _MB,
            temperature=None if heat is None else int(heat),
            power=self._power(handle),
            processes=self._processes(handle),
        )

    def _power(self, handle: Any) -> float | None:
        """Watts; cards say them under the one name or the other."""
        told = self._asked(self._library.amdsmi_get_power_info, handle) or {}
        found = (_number(told.get(key)) for key in ("current_socket_power", "average_socket_power"))
        return next((watts for watts in found if watts), None)

    def _processes(self, handle: Any) -> tuple[GpuProcess, ...]:
        rows = []
        for one in self._asked(self._library.amdsmi_get_gpu_process_list, handle) or ():
            held = _number(one.get("memory_usage", {}).get("vram_mem"))
            rows.append(GpuProcess(int(one["pid"]), name_of(int(one["pid"])), None if held is None else int(held)))
        return tuple(sorted(rows, key=lambda row: row.memory or 0, reverse=True))

    def _asked(self, question: Callable[..., Any], *arguments: object) -> Any:
        """What the driver answers, or None where this card does not support the question."""
        try:
            return question(*arguments)
        except self._library.AmdSmiException:
            return None

    def close(self) -> None:
        """Lets go of the driver."""
        if self._handles:
            self._handles = []
            self._asked(_end, self._library)


def _begin(library: Any) -> None:
    """Opens the library once, however many monitors this process has: it does not count them itself."""
    global _users
    with _turn:
        if _users == 0:
            library.amdsmi_init()
        _users += 1


def _end(library: Any) -> None:
    global _users
    with _turn:
        _users -= 1
        if _users == 0:
            library.amdsmi_shut_down()


def _number(value: object) -> float | None:
    """A figure; what the library calls N/A is None."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
