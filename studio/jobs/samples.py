"""Owns what is known of the machine at one moment, and the file of a run in which such moments are kept.

`monitor.jsonl` has one moment a line and never more than MOST of them: a long run's are thinned, evenly in time.
Measures nothing (`jobs.monitor` does).
"""

import itertools
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

import pydantic

from studio.errors import LorewrightError, NotSaved
from studio.files import read_bytes, save_atomic
from studio.jobs.protocol import encode

SAMPLES = "monitor.jsonl"
MOST = 2048
"""Moments that a run keeps: enough for a curve across any screen."""

_ROOM = 64 << 20


@dataclass(frozen=True, slots=True)
class GpuProcess:
    """A process that holds memory of a card, in bytes; None where the driver does not say how much."""

    pid: int
    name: str
    memory: int | None


@dataclass(frozen=True, slots=True)
class GpuSample:
    """One card at one moment: load in percent, memory in bytes, degrees Celsius, watts, and who holds its memory.

    What the card does not say is None, or 0 for memory.
    """

    name: str
    load: int | None
    memory_used: int
    memory_total: int
    temperature: int | None
    power: float | None
    processes: tuple[GpuProcess, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """The machine at one moment: load in percent of all cores, memory in bytes, each card, and the disk.

    `disk_free` and `disk_total` are bytes of the disk that is written to, `disk_read` and `disk_written` bytes a second
    of all disks since the moment before.
    """

    cpu: float
    memory_used: int
    memory_total: int
    gpus: tuple[GpuSample, ...]
    disk_free: int = 0
    disk_total: int = 0
    disk_read: float = 0.0
    disk_written: float = 0.0


@dataclass(frozen=True, slots=True)
class Moment:
    """The machine `at` a time, in seconds since the epoch."""

    at: float
    sample: Sample


_READER = pydantic.TypeAdapter(Moment)


def read_samples(run: Path) -> tuple[Moment, ...]:
    """What a run kept, in order; lines that are torn or damaged are left out, and no file is no moment."""
    try:
        data = read_bytes(run / SAMPLES, limit=_ROOM)
    except LorewrightError:
        return ()
    found: list[Moment] = []
    for line in data.split(b"\n"):
        try:
            values = json.loads(line) if line.strip() else None
            if values is not None:
                found.append(_READER.validate_python(values))
        except (ValueError, RecursionError):  # what pydantic raises is a ValueError
            continue
    return tuple(found)


def thinned(moments: Iterable[Moment], most: int) -> tuple[Moment, ...]:
    """At most half of `most`, those that are too near to the one before left out; what lay far apart stays."""
    kept, spacing = tuple(moments), 1.0
    while len(kept) > most // 2:
        spacing *= 2
        kept = _apart(kept, spacing)
    return kept


def _apart(moments: tuple[Moment, ...], spacing: float) -> tuple[Moment, ...]:
    kept: list[Moment] = []
    for moment in moments:
        # A clock that was set back begins anew.
        if not kept or not 0 <= moment.at - kept[-1].at < spacing * 0.75:
            kept.append(moment)
    return tuple(kept)


@dataclass(slots=True)
class SampleFile:
    """The moments of one run as they are written; raises NotSaved. A run that goes on goes on with its file."""

    run: Path
    most: int = MOST
    _count: int = 0
    _spacing: float = 0.0
    _last: float | None = None
    _stream: IO[bytes] | None = field(default=None)

    def add(self, moment: Moment) -> None:
        """Keeps a moment, unless moments are kept at larger distances by now."""
        if self._stream is None:
            self._rewrite()
        if self._last is not None and 0 <= moment.at - self._last < self._spacing * 0.75:
            return
        self._write(moment)
        if self._count >= self.most:
            self._rewrite()

    def _write(self, moment: Moment) -> None:
        assert self._stream is not None
        try:
            self._stream.write(_line(moment))
        except OSError as error:
            raise self._not_saved(error) from error
        self._count, self._last = self._count + 1, moment.at

    def _rewrite(self) -> None:
        """What is there, thinned where it is too much; a torn last line goes."""
        self.close()
        found = read_samples(self.run)
        if len(found) >= self.most:
            found = thinned(found, self.most)
            self._spacing = max(2 * self._spacing, _spacing(found))
        save_atomic(self.run / SAMPLES, b"".join(_line(one) for one in found))
        try:
            self._stream = (self.run / SAMPLES).open("ab", buffering=0)
        except OSError as error:
            raise self._not_saved(error) from error
        self._count, self._last = len(found), found[-1].at if found else None

    def _not_saved(self, error: OSError) -> NotSaved:
        return NotSaved(path=self.run / SAMPLES, reason=error.strerror or str(error))

    def close(self) -> None:
        """Ends the writing."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None


def _spacing(moments: tuple[Moment, ...]) -> float:
    """How far apart two moments lie, as a rule."""
    gaps = sorted(after.at - before.at for before, after in itertools.pairwise(moments))
    return gaps[len(gaps) // 2] if gaps else 0.0


def _line(moment: Moment) -> bytes:
    return encode({"at": round(moment.at, 3), "sample": asdict(moment.sample)})
