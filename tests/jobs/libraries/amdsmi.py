"""AMD's library as it behaves at its edge: units, N/A, handles of a type of their own, errors of its own.

AMDSMI_CARDS says what is plugged in, a JSON list of cards; "error" stands for a question that a card does not support.
Without the variable there is no driver.
"""

import json
import os
from enum import IntEnum


class AmdSmiException(Exception):
    pass


class AmdSmiLibraryException(AmdSmiException):
    def __init__(self, err_code):
        super().__init__(err_code)
        self.err_code = err_code


class AmdSmiParameterException(AmdSmiException):
    pass


class AmdSmiTemperatureType(IntEnum):
    EDGE = 0
    HOTSPOT = 1


class AmdSmiTemperatureMetric(IntEnum):
    CURRENT = 0


class Handle:
    def __init__(self, card):
        self.card = card


_state = {"open": False}


def amdsmi_init(flag=2):
    if "AMDSMI_CARDS" not in os.environ:
        raise KeyError("libamd_smi.so")
    _state["open"] = True


def amdsmi_shut_down():
    if not _state["open"]:
        raise AmdSmiLibraryException(32)  # AMDSMI_STATUS_NOT_INIT
    _state["open"] = False


def amdsmi_get_processor_handles():
    return [Handle(card) for card in json.loads(os.environ["AMDSMI_CARDS"])]


def _told(handle, key):
    if not isinstance(handle, Handle):
        raise AmdSmiParameterException(handle)
    if not _state["open"]:
        raise AmdSmiLibraryException(32)
    value = handle.card[key]
    if value == "error":
        raise AmdSmiLibraryException(2)  # AMDSMI_STATUS_NOT_SUPPORTED
    return value


def amdsmi_get_gpu_activity(handle):
    return {"gfx_activity": _told(handle, "load"), "umc_activity": "N/A", "mm_activity": "N/A"}


def amdsmi_get_gpu_vram_usage(handle):
    used, total = _told(handle, "vram")  # in MB
    return {"vram_total": total, "vram_used": used}


def amdsmi_get_temp_metric(handle, sensor_type, metric):
    if not isinstance(sensor_type, AmdSmiTemperatureType) or not isinstance(metric, AmdSmiTemperatureMetric):
        raise AmdSmiParameterException(sensor_type)
    heat = _told(handle, "heat")
    if sensor_type is AmdSmiTemperatureType.HOTSPOT and handle.card.get("hotspot") is False:
        raise AmdSmiLibraryException(2)
    return heat


def amdsmi_get_power_info(handle):
    return {"current_socket_power": _told(handle, "power")[0], "average_socket_power": _told(handle, "power")[1]}


def amdsmi_get_gpu_asic_info(handle):
    return {"market_name": _told(handle, "name")}


def amdsmi_get_gpu_process_list(handle):
    return [
        {"name": "N/A", "pid": pid, "mem": held, "memory_usage": {"gtt_mem": 0, "cpu_mem": 0, "vram_mem": held}}
        for pid, held in _told(handle, "processes")
    ]
