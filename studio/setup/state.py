"""Owns the state of the set-up: one small file that a process writes and any other may read at any moment."""

import contextlib
import json
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

FORMAT = 1
_MIN_SECONDS_BETWEEN_SAVES = 0.4

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"


@dataclass(frozen=True, slots=True)
class PartState:
    """How far one part of the set-up is; sizes in bytes, times in seconds."""

    name: str
    title: str
    status: str = WAITING
    size: int = 0
    bytes: int = 0
    fraction: float = 0.0
    started: float | None = None
    seconds: float = 0.0
    left: float | None = None
    message: str = ""
    fingerprint: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetupState:
    """Every part, in order; `pid` is the process that works on them, or None."""

    parts: tuple[PartState, ...] = ()
    pid: int | None = None

    def part(self, name: str) -> PartState | None:
        """The part of that name, if set-up knows it."""
        return next((part for part in self.parts if part.name == name), None)

    @property
    def left(self) -> float:
        """Seconds until everything is there, as far as can be told."""
        return sum(part.left or 0.0 for part in self.parts if part.status in (WAITING, RUNNING))


def read(path: Path) -> SetupState:
    """The state in the file; an empty one where there is no file or it cannot be understood."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw.get("format") != FORMAT:
            return SetupState()
        return SetupState(tuple(PartState(**part) for part in raw["parts"]), raw.get("pid"))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return SetupState()


def write(path: Path, state: SetupState) -> None:
    """Replaces the file, so that a reader sees the old or the new state, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    content = {"format": FORMAT, "pid": state.pid, "parts": [asdict(part) for part in state.parts]}
    try:
        temporary.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    for attempt in range(20):
        try:
            temporary.replace(path)
            return
        except PermissionError:  # Windows refuses while a reader has the file open
            if attempt == 19:
                raise
            time.sleep(0.05)


class Ledger:
    """The state while it is worked on: thread-safe, and saved at every change of status."""

    def __init__(self, path: Path, parts: tuple[PartState, ...]) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._saved = 0.0
        self._parts = {part.name: part for part in parts}

    def __getitem__(self, name: str) -> PartState:
        return self._parts[name]

    def change(self, name: str, **fields: Any) -> PartState:
        """Changes fields of a part and saves; mere progress is saved at most a few times a second."""
        with self._lock:
            part = self._parts[name] = replace(self._parts[name], **fields)
            if "status" in fields or time.monotonic() - self._saved > _MIN_SECONDS_BETWEEN_SAVES:
                self._save(os.getpid())
            return part

    def close(self) -> None:
        """Saves for the last time; nobody works on it any more."""
        with self._lock:
            self._save(None)

    def _save(self, pid: int | None) -> None:
        """Saves; on a full disk the old state stays, and what it does not tell of is looked at anew next time."""
        with contextlib.suppress(OSError):
            write(self._path, SetupState(tuple(self._parts.values()), pid))
        self._saved = time.monotonic()
