"""Owns the unsaved texts that outlive a crash: a journal a file in a folder of the workspace. Knows no window.

Each studio that is open writes journals of its own, named by the file and by its mark; those of one that still runs
are never touched by another, those of one that ended are whoever's asks first.

A journal begins with a whole text; each later line says what changed since the line before. A line carries a
checksum and is appended in one piece, so that a process killed in the middle of it loses that line and no other.
"""

import contextlib
import hashlib
import json
import logging
import os
import secrets
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.errors import LorewrightError, NotSaved, PathMissing
from studio.files import read_bytes
from studio.workspace.differences import change
from studio.workspace.documents import Document
from studio.workspace.owner import alive_elsewhere, own_mark

_log = logging.getLogger(__name__)

_LIMIT = 256 * 1024 * 1024
_MOST_CHANGES = 2 * 1024 * 1024
_MOST_LINES = 1000


@dataclass(frozen=True, slots=True)
class Kept:
    """A text that was kept for the file at `path`, in the journal at `place`; `when` is seconds since the epoch."""

    path: Path
    text: str
    when: float
    place: Path


@dataclass(frozen=True, slots=True)
class Recovery:
    """The journals of a workspace."""

    folder: Path

    def keep(self, path: Path, text: str) -> None:
        """Keeps the unsaved text of `path` whole; raises NotSaved."""
        Journal(self, path).keep(text)

    def forget(self, path: Path) -> None:
        """Drops what this studio is keeping for `path`; texts that were set apart or left by others stay."""
        self.place(path).unlink(missing_ok=True)

    def drop(self, kept: Kept, path: Path | None = None) -> None:
        """Drops one kept text, once it was answered for; `path` is where its file lies now."""
        kept.place.unlink(missing_ok=True)
        if path is not None and path != kept.path:
            for one in self._of(path):
                if (one.when, one.text) == (kept.when, kept.text):
                    one.place.unlink(missing_ok=True)

    def kept(self, document: Document) -> str | None:
        """The newest text kept for a document, where it differs from the file; None where there is none."""
        found = self.all_for(document)
        return found[0].text if found else None

    def all_for(self, document: Document) -> tuple[Kept, ...]:
        """Every text kept for a document that differs from its file, the newest first; see `all`."""
        found = (one for one in self._of(document.path) if one.text != document.text)
        return tuple(sorted(found, key=lambda one: -one.when))

    def same_as(self, document: Document) -> tuple[Kept, ...]:
        """Every text kept for a document that says just what its file says, so that nobody misses it."""
        return tuple(one for one in self._of(document.path) if one.text == document.text)

    def _of(self, path: Path) -> list[Kept]:
        return [kept for place in self._places(f"{_key(path)}*.jsonl") if (kept := _read(place)) is not None]

    def all(self) -> tuple[Kept, ...]:
        """Every text that is kept, the newest first; a damaged journal gives what of it is whole.

        What another studio that still runs is keeping is left out: it is open there.
        """
        found = [kept for place in self._places("*.jsonl") if (kept := _read(place)) is not None]
        return tuple(sorted(found, key=lambda one: -one.when))

    def set_apart(self, path: Path) -> None:
        """Puts what was kept for `path` beside, so that what is typed from now on is kept without touching it.

        Raises NotSaved.
        """
        place = self.place(path)
        try:
            if place.exists():
                place.rename(self._apart(path))
        except OSError as error:
            raise NotSaved(path=place, reason=error.strerror or str(error)) from error

    def moved(self, old: Path, new: Path) -> None:
        """Lets what is kept for a file follow it to its new path, each text with its time. Raises NotSaved."""
        for kept in self._of(old):
            place = self._apart(new)
            try:
                _write(place, _line({"format": 2, "path": str(new), "when": kept.when, "text": kept.text}))
            except OSError as error:
                raise NotSaved(path=place, reason=error.strerror or str(error)) from error
            self.drop(kept)

    def place(self, path: Path) -> Path:
        """Where this studio's journal of a file lies."""
        return self.folder / f"{_key(path)}.{own_mark()}.jsonl"

    def _apart(self, path: Path) -> Path:
        return self.folder / f"{_key(path)}.{own_mark()}.{secrets.token_hex(4)}.jsonl"

    def _places(self, pattern: str) -> list[Path]:
        """The journals that fit a pattern, but for those of studios that run beside this one."""
        with contextlib.suppress(OSError):
            return sorted(place for place in self.folder.glob(pattern) if not alive_elsewhere(_mark(place)))
        return []


def _key(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:24]


def _mark(place: Path) -> str:
    """The mark in a journal's name; older journals have none."""
    return place.name.split(".")[1]  # at least the suffix is there


class Journal:
    """Appends to the journal of one file. Used by one thread at a time; knows what it wrote last."""

    def __init__(self, recovery: Recovery, path: Path) -> None:
        self._path = path
        self._place = recovery.place(path)
        self._text = ""
        self._size = -1
        self._changes = self._lines = 0

    def keep(self, text: str) -> None:
        """Appends what changed since the last time; begins anew where that is not possible. Raises NotSaved."""
        try:
            full = self._lines >= _MOST_LINES or self._changes > _MOST_CHANGES
            if self._size < 0 or full or not self._append(text):
                self._begin(text)
        except OSError as error:
            self._size = -1
            raise NotSaved(path=self._place, reason=error.strerror or str(error)) from error
        self._text = text

    def _begin(self, text: str) -> None:
        """Writes a whole text in the journal's place."""
        line = _line({"format": 2, "path": str(self._path), "when": time.time(), "text": text})
        _write(self._place, line)
        self._size, self._changes, self._lines = len(line), 0, 0

    def _append(self, text: str) -> bool:
        """Whether the change could be put behind what is there; not where somebody else touched the file."""
        start, removed, inserted = change(self._text, text)
        if not (removed or inserted):
            return self._place.exists()
        line = _line({"when": time.time(), "start": start, "removed": removed, "inserted": inserted})
        try:
            handle = os.open(self._place, os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
        except FileNotFoundError:
            return False
        try:
            if os.fstat(handle).st_size != self._size or os.write(handle, line) != len(line):
                return False
        finally:
            os.close(handle)
        self._size += len(line)
        self._changes += len(line)
        self._lines += 1
        return True

    def sync(self) -> None:
        """Has the system bring the journal to the disk itself, against a power cut."""
        with contextlib.suppress(OSError), self._place.open("rb") as stream:
            os.fsync(stream.fileno())


def _write(place: Path, content: bytes) -> None:
    """Writes a journal anew, so that the old one holds until the new one is whole."""
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f".{place.stem}.{secrets.token_hex(4)}.tmp")
    try:
        beside.write_bytes(content)
        beside.replace(place)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise


def _line(values: dict[str, object]) -> bytes:
    body = json.dumps(values).encode("ascii")  # half a pair, typed just now, is written too
    return b"%08x %b\n" % (zlib.crc32(body), body)


def _read(place: Path) -> Kept | None:
    """The text of a journal up to its first line that is not whole; None where not even the first one is."""
    path, text, when = None, "", 0.0
    try:
        content = read_bytes(place, _LIMIT)
    except PathMissing:
        return None
    except LorewrightError as error:
        _log.warning("%s", error)  # it stays, and can be read another time
        return None
    with contextlib.suppress(ValueError, KeyError, TypeError):
        for values in _records(content):
            when = float(values["when"])
            if path is None:
                path, text = Path(values["path"]), str(values["text"])
            else:
                start = int(values["start"])
                text = text[:start] + str(values["inserted"]) + text[start + int(values["removed"]) :]
    return Kept(path, text, when, place) if path is not None else None


def _records(content: bytes) -> Iterator[dict[str, str]]:
    for line in content.split(b"\n")[:-1]:
        check, _space, body = line.partition(b" ")
        if int(check, 16) != zlib.crc32(body):
            return
        yield json.loads(body)
