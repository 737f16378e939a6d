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
    return sum(map(_resident, _family(pid)))


def work_of(pid: int) -> tuple[float, int]:
    """What a process and those it started have done so far.

    Seconds of processor time, and bytes that came off a disk where the system counts them.
    """
    done = [_done(process) for process in _family(pid)]
    return sum(seconds for seconds, _read in done), sum(read for _seconds, read in done)


def _family(pid: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def _done(process: psutil.Process) -> tuple[float, int]:
    try:
        times = process.cpu_times()
        counted = getattr(process, "io_counters", None)  # macOS does not count them
        return times.user + times.system, int(counted().read_bytes) if counted is not None else 0
    except psutil.Error:
        return 0.0, 0


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
