"""Owns remembering what a check found in which content, so that the next one reads only what changed.

A file's rows hold while its stamp (size, times, number) or else its content is the same, and with them what it was
held to: program, rules, language. Plain JSON under a checksum: what is damaged is left alone and written anew.
"""

import hashlib
import json
import logging
import os
import sys
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, TypeGuard

from studio import __version__
from studio.cli.scenario_files import Found, Stamp
from studio.errors import LorewrightError
from studio.files import read_bytes, read_text, save_atomic
from studio.lint.rows import Row
from studio.resources import resource
from studio.setup.places import user_cache
from studio.workspace.folder import Workspace
from studio.workspace.game import marked

Entry = list[Any]
"""What the cache says of a file: standard, digest of the content, stamp, whether the stamp can be trusted, rows."""

_log = logging.getLogger(__name__)

_LIMIT = 256 * 1024 * 1024
_MOST = 100_000
_SECOND = 1_000_000_000
_TICK = _SECOND // 20
_LANGUAGE = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def place(paths: Iterable[Path]) -> Path:
    """Where the cache for these paths lies: in their workspace, else in the user's folder for caches."""
    common = Path(os.path.commonpath([path.absolute() for path in paths]))
    root = next((one for one in (common, *common.parents) if marked(one)), None)
    if root is not None and Workspace(root).private.is_dir():
        return Workspace(root).private / "cache" / "check.json"
    return user_cache(os.environ, sys.platform, Path.home()) / f"check-{digest_of(str(common))[:16]}.json"


def digest_of(text: str) -> str:
    """A short name for a content."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


_TABLES = ("tools.yaml", "rules/rules.yaml", "rules/combat.yaml")


@cache
def program() -> str:
    """A name for this program's rules and words: another version, a changed rule, another language change it."""
    parts: list[object] = [__version__, sys.version_info[:3], *(os.environ.get(name, "") for name in _LANGUAGE)]
    package = Path(__file__).resolve().parent.parent
    for folder in ("scenario", "lint", "rules"):
        with os.scandir(package / folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
        parts += [(one.name, one.stat().st_size, one.stat().st_mtime_ns) for one in entries if one.name.endswith(".py")]
    parts += [(name, resource(name).stat().st_mtime_ns) for name in _TABLES]
    return digest_of(repr(parts))


class CheckCache:
    """What is known of files, by whole path. Never raises: without it a check is slower, no more."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries = _read(path)
        self._seen: set[str] = set()
        self._changed = False

    def rows(self, found: Found, standard: str) -> list[Row] | None:
        """The rows of a file that was checked by the same `standard` and has not changed since; else None."""
        self._seen.add(found.whole)
        entry = self._entries.get(found.whole)
        if not _sound(entry) or found.stamp is None or entry[0] != standard:
            return None
        if not entry[3] or entry[2] != [*found.stamp]:
            asked = time.time_ns()
            try:
                if digest_of(read_text(Path(found.whole))) != entry[1]:
                    return None
            except LorewrightError:
                return None
            self.keep(found, standard, entry[1], asked, entry[4])
        return list(entry[4])

    def keep(self, found: Found, standard: str, digest: str, asked: int, rows: list[Row]) -> None:
        """Remembers what was found in a file; `asked` is when its content was asked for."""
        if found.stamp is None:
            return
        entry = [standard, digest, [*found.stamp], _settled(found.stamp, asked), rows]
        if self._entries.get(found.whole) != entry:
            self._entries[found.whole] = entry
            self._changed = True

    def save(self, folders: Iterable[Path]) -> None:
        """Writes what changed; files that are gone from the `folders` that were looked through are forgotten."""
        inside = tuple(f"{str(folder.absolute()).rstrip(os.sep)}{os.sep}" for folder in folders)
        gone = [path for path in self._entries if path not in self._seen and path.startswith(inside)]
        if not self._changed and not gone:
            return
        for path in gone:
            del self._entries[path]
        newest = dict(list(self._entries.items())[-_MOST:])
        body = json.dumps(newest, ensure_ascii=True, separators=(",", ":"))
        try:
            save_atomic(self._path, f"{digest_of(body)}\n{body}\n")
        except LorewrightError as error:
            _log.info("%s", error)


def _settled(stamp: Stamp, asked: int) -> bool:
    """Whether a later change would show in the times: the system's clock for files ticks, on some only each second."""
    tick = 2 * _SECOND if stamp.changed % _SECOND == 0 else _TICK
    return max(stamp.changed, stamp.touched) + tick < asked


def _sound(entry: Entry | None) -> TypeGuard[Entry]:
    return isinstance(entry, list) and len(entry) == 5 and isinstance(entry[4], list)


def _read(path: Path) -> dict[str, Entry]:
    """The entries of a cache; none where it is missing or damaged."""
    try:
        head, _line, body = read_bytes(path, _LIMIT).decode("ascii").partition("\n")
        body = body.removesuffix("\n")
        entries = json.loads(body) if head == digest_of(body) else {}
    except (LorewrightError, ValueError, RecursionError) as error:
        _log.debug("no cache: %s", error)
        return {}
    return entries if isinstance(entries, dict) else {}
