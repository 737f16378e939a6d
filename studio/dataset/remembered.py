"""Owns what is remembered of the files of a source, so that a rebuild reads only what changed.

What a file gave holds while its stamp (size, times, number) or else its content is the same, and with it what it was
read by: program, rules, model, settings. Plain JSON under a checksum, in a few files, of which only those are written
that changed. What is damaged is left alone and written anew: without it a build is slower, no more.
"""

import gc
import hashlib
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from studio import __version__
from studio.chat import Message
from studio.dataset.problems import RowProblem
from studio.dataset.rows import Kind, Place, Row
from studio.errors import LorewrightError
from studio.files import read_bytes, save_atomic
from studio.resources import resource

_log = logging.getLogger(__name__)

_SHARDS = 32
_LIMIT = 512 * 1024 * 1024
_SECOND = 1_000_000_000
_TICK = _SECOND // 20
_LANGUAGE = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
_PACKAGES = ("scenario", "lint", "rules", "chat", "dataset", "dataset/sources", "dataset/audit", "dataset/augment")
_TABLES = ("", "audit", "augment")

Given = list["Read | RowProblem"]


class Read(NamedTuple):
    """A row, and how many ids it has where they were counted."""

    row: Row
    tokens: int | None = None


class Stamp(NamedTuple):
    """What the system says of a file without reading it; another content shows in one of them."""

    size: int
    changed: int
    touched: int
    number: int

    @classmethod
    def of(cls, status: os.stat_result) -> "Stamp":
        """The stamp in what the system says."""
        return cls(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


class Memory:
    """What is known of files by their path. Never raises."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._shards: dict[int, dict[str, list[Any]]] = {}
        self._changed: set[int] = set()
        self._seen: set[str] = set()

    def of(self, path: str, standard: str, stamp: Stamp, read: Callable[[], bytes | None]) -> "Known":
        """What a file gave when it was read by the same `standard`. `read` gives its content where the stamp differs,
        None where it cannot be read."""
        self._seen.add(path)
        shard = self._shard(path)
        entry: list[Any] = shard.get(path, [])
        if not _sound(entry) or entry[0] != standard:
            return Known(None)
        if entry[3] and entry[2] == [*stamp]:
            return Known(_given(entry[4]), str(entry[1]))
        asked = time.time_ns()
        content = read()
        if content is None or digest_of(content) != entry[1]:
            return Known(None)
        self._put(path, [standard, entry[1], [*stamp], _settled(stamp, asked), entry[4]])
        return Known(_given(entry[4]), str(entry[1]))

    def keep(self, path: str, standard: str, stamp: Stamp, digest: str, asked: int, given: Given) -> None:
        """Remembers what a file gave; `asked` is when its content was asked for."""
        self._put(path, [standard, digest, [*stamp], _settled(stamp, asked), [_plain(one) for one in given]])

    def _put(self, path: str, entry: list[Any]) -> None:
        self._shard(path)[path] = entry
        self._changed.add(_number(path))

    def save(self) -> None:
        """Writes what changed; files that were not asked for are forgotten in it."""
        for number, shard in self._shards.items():
            gone = [path for path in shard if path not in self._seen]
            if number not in self._changed and not gone:
                continue
            for path in gone:
                del shard[path]
            self._write(self._place(number), shard)

    def _shard(self, path: str) -> dict[str, list[Any]]:
        number = _number(path)
        if number not in self._shards:
            self._shards[number] = _read(self._place(number))
        return self._shards[number]

    def _place(self, number: int) -> Path:
        return self.folder / f"{number:02}.json"

    def lengths(self, mark: str) -> dict[str, int]:
        """How many ids rows have for the model of that mark, by their keys."""
        found = _read(self.folder / f"lengths-{mark}.json").get("lengths")
        return found if isinstance(found, dict) and all(isinstance(one, int) for one in found.values()) else {}

    def keep_lengths(self, mark: str, lengths: Mapping[str, int]) -> None:
        """Remembers how many ids rows have."""
        self._write(self.folder / f"lengths-{mark}.json", {"lengths": dict(lengths)})

    def _write(self, path: Path, values: object) -> None:
        body = json.dumps(values, ensure_ascii=True, separators=(",", ":"))
        try:
            save_atomic(path, f"{digest_of(body.encode())}\n{body}\n")
        except LorewrightError as error:
            _log.info("%s", error)


class Known(NamedTuple):
    """What is remembered of a file: None where it has to be read; and the digest of its content."""

    given: Given | None
    digest: str = ""


@contextmanager
def without_garbage() -> Iterator[None]:
    """A stretch in which very many values are made and none of them in a ring."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def digest_of(content: bytes) -> str:
    """The SHA-256 of a content."""
    return hashlib.sha256(content).hexdigest()


@cache
def program() -> str:
    """A name for this program's rules and words: another version, a changed rule, another language change it."""
    parts: list[object] = [__version__, sys.version_info[:3], *(os.environ.get(name, "") for name in _LANGUAGE)]
    package = Path(__file__).resolve().parent.parent
    for folder in _PACKAGES:
        with os.scandir(package / folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
        parts += [(one.name, one.stat().st_size, one.stat().st_mtime_ns) for one in entries if one.name.endswith(".py")]
    for folder in _TABLES:
        tables = sorted(resource(folder).glob("*.*"))
        parts += [(one.name, one.stat().st_size, one.stat().st_mtime_ns) for one in tables]
    return digest_of(repr(parts).encode())


def _number(path: str) -> int:
    return int(hashlib.blake2b(path.encode("utf-8", "surrogatepass"), digest_size=2).hexdigest(), 16) % _SHARDS


def _settled(stamp: Stamp, asked: int) -> bool:
    """Whether a later change would show in the times: the system's clock for files ticks, on some only each second."""
    tick = 2 * _SECOND if stamp.changed % _SECOND == 0 else _TICK
    return max(stamp.changed, stamp.touched) + tick < asked


def _sound(entry: object) -> bool:
    return isinstance(entry, list) and len(entry) == 5 and isinstance(entry[4], list)


def _read(path: Path) -> dict[str, Any]:
    try:
        head, _line, body = read_bytes(path, _LIMIT).partition(b"\n")
        body = body.removesuffix(b"\n")
        entries = json.loads(body) if head.decode("ascii") == digest_of(body) else {}
    except (LorewrightError, ValueError, RecursionError) as error:
        _log.debug("nothing remembered: %s", error)
        return {}
    return entries if isinstance(entries, dict) else {}


def _plain(one: Read | RowProblem) -> list[Any]:
    if isinstance(one, RowProblem):
        return [one.source, one.place.path, one.place.line, one.code, one.sentence, one.error]
    row = one.row
    spoken = [[message.role, message.content, message.turn_index, message.trained] for message in row.messages]
    told = [row.group, row.rejected, row.calls, row.synthetic, row.parent, dict(row.facts)]
    return [row.kind.value, row.source, row.place.path, row.place.line, spoken, *told, row.key, one.tokens]


def _given(plain: Iterable[Sequence[Any]]) -> Given:
    return [_problem(one) if len(one) == 6 else _row(one) for one in plain]


def _problem(one: Sequence[Any]) -> RowProblem:
    source, path, line, code, sentence, error = one
    return RowProblem(source, Place(path, line), code, sentence, error)


def _row(one: Sequence[Any]) -> Read:
    kind, source, path, line, spoken, group, rejected, calls, synthetic, parent, facts, key, tokens = one
    messages = tuple([Message(*message) for message in spoken])
    facts = {name: tuple(values) for name, values in facts.items()}
    row = Row(Kind(kind), source, Place(path, line), messages, group, rejected, calls, synthetic, parent, facts)
    object.__setattr__(row, "_key", key)  # it was worked out from the same content
    return Read(row, tokens)
