"""Owns whether the computer runs on its battery."""

import psutil


def on_battery() -> bool:
    """Whether a battery is there and nothing charges it; what cannot be told counts as plugged in."""
    try:
        found = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    except (OSError, ValueError, RuntimeError):  # a driver that answers nonsense
        return False
    return found is not None and found.power_plugged is False
