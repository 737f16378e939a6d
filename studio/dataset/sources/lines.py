"""Owns reading a file in stretches of bounded length, whatever is in it; knows no format.

A file is read up to the size that it had when it was opened, so that one that grows meanwhile gives a whole answer,
and what changed is told.
"""

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from studio.files import opened
from studio.language import _

LIMIT = 1 << 20
"""Bytes of the longest record that is taken; a longer one is passed over without being held."""

_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Bad:
    """What cannot be read of a file, from which line on; `error` False: told, and nothing is missing for it."""

    line: int
    code: str
    sentence: str
    error: bool = True


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some bytes of a file; `data` is None where there are more of them (`size`) than are taken."""

    line: int
    data: bytes | None
    size: int


class Source:
    """An open file, as long as it was when it was opened; `line` is the one that is read next, from 1."""

    def __init__(self, path: Path, stream: io.BufferedReader) -> None:
        self.path, self._stream = path, stream
        self._first = os.fstat(stream.fileno())
        self.size = self._first.st_size
        self.line, self.at = 1, 0
        self._hash = hashlib.sha256()

    def lines(self, limit: int = LIMIT) -> Iterator[Stretch]:
        """The lines without their ends."""
        while data := self._next(limit + 2):
            size = len(data)
            ended = data.endswith(b"\n")
            while not ended and (more := self._next(_CHUNK)):
                size, ended = size + len(more), more.endswith(b"\n")
            content = data.rstrip(b"\r\n") if size == len(data) else data
            line, self.line = self.line, self.line + 1
            yield Stretch(line, None if len(content) > limit else content, size)

    def chunks(self) -> Iterator[bytes]:
        """What is left, in parts."""
        while data := self._stream.read(min(_CHUNK, self.size - self.at)):
            self._taken(data)
            yield data

    def passed(self, prefix: bytes) -> bool:
        """Steps over what the file begins with, where it does."""
        if self._stream.peek(len(prefix))[: len(prefix)] != prefix:
            return False
        self._taken(self._stream.read(len(prefix)))
        self.line += prefix.count(b"\n")
        return True

    def first(self) -> bytes:
        """The first bytes, which stay unread."""
        return self._stream.peek(_CHUNK)[: max(0, self.size - self.at)]

    @property
    def digest(self) -> str:
        """The SHA-256 of what was read."""
        return self._hash.hexdigest()

    def changes(self) -> Iterator[Bad]:
        """What became of the file while it was read."""
        now = os.fstat(self._stream.fileno())
        if self.at < self.size:
            sentence = _("The file became shorter while it was read: {read} of {size} bytes were left.")
            yield Bad(self.line, "changed", sentence.format(read=self.at, size=self.size))
        elif (now.st_size, now.st_mtime_ns) != (self._first.st_size, self._first.st_mtime_ns):
            sentence = _("The file was written to while it was read: its first {size} bytes were taken. Read it again.")
            yield Bad(self.line, "changed", sentence.format(size=self.size), error=False)

    def _next(self, most: int) -> bytes:
        data = self._stream.readline(min(most, self.size - self.at))
        self._taken(data)
        return data

    def _taken(self, data: bytes) -> None:
        self.at += len(data)
        self._hash.update(data)


@contextmanager
def source(path: Path) -> Iterator[Source]:
    """A file to be read; raises PathMissing, NotAllowed or UnreadableFile."""
    with opened(path) as raw:
        # Its own buffer: the raw stream reads only what is asked for.
        yield Source(path, io.BufferedReader(raw, _CHUNK))


def too_long(stretch: Stretch, limit: int = LIMIT) -> Bad:
    """What to say of a record that is longer than is taken."""
    sentence = _("It has {size} bytes and a record may have {limit}; it was passed over. Split it, or leave it out.")
    return Bad(stretch.line, "too-long", sentence.format(size=stretch.size, limit=limit))
