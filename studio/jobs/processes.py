"""Owns what processes of this machine are called, and whether a pid still means the same one."""

import psutil


def name_of(pid: int) -> str:
    """The program's name, or its pid where it is another user's or gone."""
    try:
        return psutil.Process(pid).name()
    except psutil.Error:
        return str(pid)


def start_of(pid: int) -> float | None:
    """When a process began, which tells it from a later one of the same pid; None where there is none."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.Error:
        return None


def lives(pid: int, started: float) -> bool:
    """Whether that very process still runs."""
    found = start_of(pid)
    return found is not None and abs(found - started) < 1.0  # the system's clock may have been set a little


def memory_of(pid: int) -> int:
    """Bytes of the machine's memory that a process and those it started hold."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0
    return sum(map(_resident, family))


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
