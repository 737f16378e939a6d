"""Owns how durations, memory and counts are written for people; knows nothing of what they measure."""

from studio.amounts import GB
from studio.language import _


def duration(seconds: float) -> str:
    """A stretch of time in at most two units: `45 s`, `3 min 20 s`, `1 h 5 min`."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return _("{h} h {m} min").format(h=hours, m=minutes)
    if minutes:
        return _("{m} min {s} s").format(m=minutes, s=left)
    return _("{s} s").format(s=left)


def memory(used: float, total: float) -> str:
    """Memory in use out of what there is, in GB."""
    return f"{used / GB:.1f} / {total / GB:.0f} GB"


def grouped(number: float) -> str:
    """A whole number with thin spaces between thousands."""
    return f"{round(number):,}".replace(",", "\u2009")
