"""Owns what interrupted conversions and parity measurements leave behind.

A conversion's is a folder beside the models with the files that were finished in it. One in which nothing was finished
is worth nothing and is swept, as is what a measurement built in its run's folder; others wait until somebody goes on,
or cleans up.
"""

import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from studio.errors import LorewrightError, NotSaved
from studio.files import read_text, save_atomic

PREFIX, MEASURING = ".converting-", ".parity-"
"""How the folders of conversions and of measurements begin; the number of their process follows."""

_DONE = "finished.json"
_DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Leftover:
    """An interrupted conversion: of what, under which name, and the quantisations whose files are whole.

    `key` is the same for conversions that can go on with each other's files.
    """

    path: Path
    key: str
    name: str
    source: str
    files: dict[str, str]

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(file.stat().st_size for file in self.path.rglob("*") if file.is_file() and not file.is_symlink())

    def whole(self) -> dict[str, Path]:
        """The finished files that are still there, by quantisation."""
        return {kind: self.path / name for kind, name in self.files.items() if (self.path / name).is_file()}


def note(folder: Path, key: str, name: str, source: str, files: dict[str, str]) -> None:
    """Writes down which files in a folder of a conversion are whole; raises NotSaved."""
    values = {"format": 1, "key": key, "name": name, "source": source, "files": files}
    save_atomic(folder / _DONE, json.dumps(values, ensure_ascii=False) + "\n")


def begun(models: Path) -> tuple[tuple[Path, Leftover | None], ...]:
    """The folders of all conversions, going on or abandoned, each with what was finished in it, if anything was."""
    return tuple((folder, _read(folder)) for folder in sorted(models.glob(f"{PREFIX}*")))


def measured(runs: Path) -> tuple[Path, ...]:
    """What killed measurements built in the folders of their runs; nothing reads it again."""
    return tuple(folder for folder in sorted(runs.glob(f"*/{MEASURING}*")) if abandoned(folder, MEASURING))


def leftovers(models: Path) -> tuple[Leftover, ...]:
    """What interrupted conversions left in a folder of models, where something of it was finished."""
    found = (_read(folder) for folder in sorted(models.glob(f"{PREFIX}*")) if abandoned(folder))
    return tuple(one for one in found if one is not None)


def sweep_measured(runs: Path) -> None:
    """Removes what killed measurements built."""
    for folder in measured(runs):
        shutil.rmtree(folder, ignore_errors=True)


def sweep(models: Path) -> None:
    """Removes abandoned folders of conversions in which nothing was finished."""
    for folder in models.glob(f"{PREFIX}*"):
        if abandoned(folder) and _read(folder) is None:
            shutil.rmtree(folder, ignore_errors=True)


def clean(leftover: Leftover) -> int:
    """Removes it and returns how many bytes that gave back; raises NotSaved."""
    size = leftover.size
    try:
        shutil.rmtree(leftover.path)
    except OSError as error:
        raise NotSaved(path=leftover.path, reason=error.strerror or str(error)) from error
    return size


def _read(folder: Path) -> Leftover | None:
    try:
        values = json.loads(read_text(folder / _DONE))
        files = {str(kind): str(name) for kind, name in values["files"].items()}
        found = Leftover(folder, str(values["key"]), str(values["name"]), str(values["source"]), files)
    except (LorewrightError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    names = all(Path(name).name == name and name.endswith(".gguf") for name in files.values())
    return found if names and found.whole() else None


def abandoned(folder: Path, prefix: str = PREFIX) -> bool:
    """Whether the process that the folder is named after is gone, or, without a name, it is older than a day."""
    pid, dash, _rest = folder.name.removeprefix(prefix).partition("-")
    try:
        changed = folder.stat().st_mtime
        if not dash or not pid.isdecimal():
            return time.time() - changed > _DAY
        return psutil.Process(int(pid)).create_time() > changed + 1  # another process has got the number since
    except (psutil.NoSuchProcess, OverflowError):
        return True
    except (OSError, psutil.Error):
        return False
