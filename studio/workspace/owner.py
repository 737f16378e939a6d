"""Owns telling the studios apart that are open at once, so that none touches what another still writes.

A mark names a process by its number and its beginning, for a number alone is soon another's.
"""

import os
import re
from functools import cache

_MARK = re.compile(r"([0-9]{1,10})-([0-9]{1,14})\Z")
_SAME_SECONDS = 5.0  # the system reckons a beginning from its clock, which may have been set since


@cache
def own_mark() -> str:
    """The mark of this process."""
    pid = os.getpid()
    return f"{pid}-{round(_began(pid) or 0.0)}"


def alive_elsewhere(mark: str) -> bool:
    """Whether a mark is that of another process that still runs. In doubt it is not, so that nothing is forgotten."""
    match = _MARK.match(mark)
    if match is None or mark == own_mark():
        return False
    began = _began(int(match[1]))
    return began is not None and abs(began - int(match[2])) < _SAME_SECONDS


def _began(pid: int) -> float | None:
    """When a process began, in seconds since the epoch; None where there is none, or it has ended."""
    import psutil  # here, for it takes a while to read and only what is kept for a crash asks

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except (psutil.Error, OSError, OverflowError, ValueError):
        return None
