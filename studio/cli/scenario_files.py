"""Owns finding the scenarios that the paths of a command name; reads none of them.

Works on strings and the system's own folder listing: thousands of `Path` objects would cost more than the check.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from studio.errors import LorewrightError, NotAllowed, UnreadableFile


class Stamp(NamedTuple):
    """What the system says of a file without reading it; another content shows in one of them."""

    size: int
    changed: int
    touched: int
    number: int


class Found(NamedTuple):
    """One scenario: its path as the user named it, the whole path of the same, and its stamp where it could be had."""

    shown: str
    whole: str
    stamp: Stamp | None

    @property
    def folder(self) -> str:
        """The whole path of the folder that it lies in."""
        return self.whole.rpartition(os.sep)[0]


def find(paths: Iterable[Path], failed: Callable[[LorewrightError], object]) -> Iterator[Found]:
    """The files that the paths name, each once; folders are searched for .md files, hidden ones left out."""
    seen: set[str] = set()
    for path in paths:
        for real, one in _inside(str(path), failed) if path.is_dir() else [_alone(path)]:
            if real not in seen:
                seen.add(real)
                yield one


def _alone(path: Path) -> tuple[str, Found]:
    try:
        stamp: Stamp | None = _stamp(path.stat())
    except (OSError, ValueError):  # the one who reads it tells
        stamp = None
    return os.path.realpath(path), Found(str(path), str(path.absolute()), stamp)


def _stamp(status: os.stat_result) -> Stamp:
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def _inside(top: str, failed: Callable[[LorewrightError], object]) -> Iterator[tuple[str, Found]]:
    """Files before the folders beside them, both by name; links to files are taken, those to folders are not."""
    waiting = [("" if top == "." else top, str(Path(top).absolute()), os.path.realpath(top))]
    while waiting:
        shown, whole, real = waiting.pop()
        try:
            with os.scandir(shown or ".") as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            kind = NotAllowed if isinstance(error, PermissionError) else UnreadableFile
            failed(kind(path=error.filename, reason=error.strerror or str(error)))
            continue
        folders = []
        ends = [f"{folder.rstrip(os.sep)}{os.sep}" if folder else "" for folder in (shown, whole, real)]
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append((ends[0] + entry.name, ends[1] + entry.name, ends[2] + entry.name))
            elif entry.name.lower().endswith(".md") and (one := _file(entry, ends)):
                yield one
        waiting.extend(reversed(folders))


def _file(entry: os.DirEntry[str], ends: list[str]) -> tuple[str, Found] | None:
    shown, whole, real = (end + entry.name for end in ends)
    try:
        if not entry.is_file():
            return None
        stamp = _stamp(entry.stat())
    except OSError:
        return None
    return os.path.realpath(shown) if entry.is_symlink() else real, Found(shown, whole, stamp)
