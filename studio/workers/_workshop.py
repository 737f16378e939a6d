"""Owns the folder in which a conversion builds: beside the final one, gone however the work ends."""

import os
import shutil
import tempfile
import time
from pathlib import Path

import psutil

from studio.errors import NotSaved

_PREFIX = ".converting-"
_DAY = 24 * 3600


def workshop(out: Path) -> "tempfile.TemporaryDirectory[str]":
    """A new folder, after those that killed conversions left behind have been swept; raises NotSaved."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        for folder in out.glob(f"{_PREFIX}*"):
            if _abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)
        return tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-", dir=out, ignore_cleanup_errors=True)
    except OSError as error:
        raise NotSaved(path=out, reason=error.strerror or str(error)) from error


def _abandoned(folder: Path) -> bool:
    """Whether the process that the folder is named after is gone, or, without a name, it is older than a day."""
    pid, dash, _rest = folder.name.removeprefix(_PREFIX).partition("-")
    try:
        changed = folder.stat().st_mtime
        if not dash or not pid.isdecimal():
            return time.time() - changed > _DAY
        return psutil.Process(int(pid)).create_time() > changed + 1  # another process has got the number since
    except (psutil.NoSuchProcess, OverflowError):
        return True
    except (OSError, psutil.Error):
        return False
