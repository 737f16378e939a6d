"""Owns that a worker dies with its parent, and that what a worker starts dies with it.

On every system the end of stdin ends a worker too (`_serve`); what stands here also works while no thread of
Python's gets to run, and for the processes that a worker starts.
"""

import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Ties this process to its parent: by the kernel on Linux, a Job Object on Windows, by watching elsewhere."""
    if sys.platform == "linux":
        tie_child()
    elif sys.platform == "win32":
        _enter_job_object()
    else:
        threading.Thread(target=_watch, args=(os.getppid(),), daemon=True, name="lifeline").start()


def tie_child() -> None:
    """As `preexec_fn` of what a worker starts: the kernel kills it when the worker dies (Linux; else nothing).

    The kernel means the thread that started it, so start such processes from the main thread.
    """
    if _libc is not None:
        parent = os.getppid()
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died between the two calls
            os._exit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    if os.getpgid(0) == os.getpid():  # ours alone, as the studio starts us; else it is the group of a shell
        os.killpg(0, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def _enter_job_object() -> None:
    """Puts this process into a job that the system ends, children included, when its last handle closes."""
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]  # Windows only
    kernel.CreateJobObjectW.restype = ctypes.c_void_p
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    job = ctypes.c_void_p(kernel.CreateJobObjectW(None, None))
    limits = (ctypes.c_byte * 144)()  # JOBOBJECT_EXTENDED_LIMIT_INFORMATION on 64 bit; LimitFlags at byte 16
    ctypes.c_uint32.from_buffer(limits, 16).value = 0x2000  # JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
    kernel.SetInformationJobObject(job, 9, ctypes.byref(limits), 144)
    kernel.AssignProcessToJobObject(job, ctypes.c_void_p(kernel.GetCurrentProcess()))
