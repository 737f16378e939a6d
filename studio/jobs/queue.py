"""Owns the jobs that wait for their turn in a workspace: their order, which are held back, and who works on one now.

They stand in `queue.json`, so that a crash keeps them; a job whose process is gone waits again, with the run that it
had begun. Any number of windows and terminals may use the same queue; one job is worked on at a time.
"""

import contextlib
import os
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

import pydantic

from studio.errors import InputError, LorewrightError, MachineError, UsageError
from studio.files import read_text, save_atomic
from studio.jobs.processes import lives, start_of
from studio.jobs.protocol import Fields
from studio.language import N_
from studio.setup.lock import Lock

QUEUE = "queue.json"
_LOCK = ".queue.lock"
_TRIES, _PAUSE = 100, 0.05


class QueueDamaged(InputError):
    """The file of a queue cannot be read."""

    sentence = N_("{path} is damaged, so what waits cannot be read. Mend it, or delete it to begin anew.")


class QueueBusy(MachineError):
    """Another process has held the queue's lock for long."""

    sentence = N_("{path} is in use by another process for longer than it should. Try again; nothing was changed.")


class NoSuchJob(UsageError):
    """A job was named that does not wait."""

    sentence = N_("No job “{name}” waits. `lorewright queue` lists those that do.")


class JobRuns(UsageError):
    """A job that is worked on cannot be changed in the queue."""

    sentence = N_("“{name}” is being worked on. Stop it or pause it first; then it can be moved or removed.")


class Place(StrEnum):
    """Where a job in the queue stands."""

    WAITING = "waiting"
    HELD = "held"
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Queued:
    """One job: its kind (`train`), what the worker is to be given, and the run it has begun, if it has.

    `held` keeps it back until it is released. `pid` and `started` are of the process that works on it.
    """

    id: str
    kind: str
    name: str
    fields: Fields
    added: float
    held: bool = False
    run: str | None = None
    pid: int | None = None
    started: float = 0.0

    @property
    def place(self) -> Place:
        """Whether it waits, is held back, or is worked on by a process that lives."""
        if self.pid is not None and lives(self.pid, self.started):
            return Place.RUNNING
        return Place.HELD if self.held else Place.WAITING


@dataclass(frozen=True, slots=True)
class Line:
    """All jobs in their order; while `paused` no new one is begun."""

    jobs: tuple[Queued, ...] = ()
    paused: bool = False

    @property
    def running(self) -> Queued | None:
        """The job that is worked on."""
        return next((job for job in self.jobs if job.place is Place.RUNNING), None)

    @property
    def next(self) -> Queued | None:
        """The job whose turn it is; None while one is worked on, all are held, or the queue is paused."""
        if self.paused or self.running is not None:
            return None
        return next((job for job in self.jobs if job.place is Place.WAITING), None)


_READER = pydantic.TypeAdapter(Line)
_Change = Callable[[Line], Line]


@dataclass(slots=True)
class Queue:
    """The queue in a folder (a workspace's private one). Every change is on the disk when its method returns."""

    folder: Path
    clock: Callable[[], float] = field(default=time.time)

    @property
    def path(self) -> Path:
        """Its file."""
        return self.folder / QUEUE

    def line(self) -> Line:
        """What waits now; raises QueueDamaged."""
        if not self.path.is_file():
            return Line()
        try:
            return _READER.validate_json(read_text(self.path))
        except (LorewrightError, ValueError) as error:
            raise QueueDamaged(path=self.path) from error

    def add(self, kind: str, name: str, fields: Fields, *, run: str | None = None) -> Queued:
        """Puts a job at the end."""
        job = Queued(uuid.uuid4().hex[:8], kind, name, fields, self.clock(), run=run)
        self._change(lambda line: replace(line, jobs=(*line.jobs, job)))
        return job

    def find(self, name: str) -> Queued:
        """The job of an id or, where only one has it, of a name; raises NoSuchJob."""
        jobs = self.line().jobs
        for found in ([job for job in jobs if job.id == name], [job for job in jobs if job.name == name]):
            if len(found) == 1:
                return found[0]
        raise NoSuchJob(name=name)

    def move(self, id: str, by: int) -> None:
        """Moves a job so many places back in the line, or forward where `by` is negative."""

        def moved(line: Line) -> Line:
            job, others = _idle(line, id), [one for one in line.jobs if one.id != id]
            others.insert(min(len(others), max(0, line.jobs.index(job) + by)), job)
            return replace(line, jobs=tuple(others))

        self._change(moved)

    def remove(self, id: str) -> None:
        """Takes a job out of the line; a run that it has begun stays."""

        def removed(line: Line) -> Line:
            job = _idle(line, id)
            return replace(line, jobs=tuple(one for one in line.jobs if one is not job))

        self._change(removed)

    def hold(self, id: str, held: bool = True) -> None:
        """Keeps a job back, or lets it have its turn again."""
        self._change(lambda line: _with(line, replace(_idle(line, id), held=held)))

    def pause(self, paused: bool = True) -> None:
        """Begins no new job, or goes on; the one that is worked on is not touched."""
        self._change(lambda line: replace(line, paused=paused))

    def take(self) -> Queued | None:
        """The job whose turn it is, entered as worked on by this process; None where there is none."""
        taken: list[Queued] = []

        def took(line: Line) -> Line:
            job = line.next
            if job is None:
                return line
            taken.append(replace(job, pid=os.getpid(), started=start_of(os.getpid()) or 0.0))
            return _with(line, taken[0])

        self._change(took)
        return taken[0] if taken else None

    def began(self, id: str, run: str) -> None:
        """Notes which run a job that was taken has begun, so that it goes on with that one after a crash."""
        self._change(lambda line: _with(line, replace(_known(line, id), run=run)))

    def ended(self, id: str) -> None:
        """Strikes out a job that was taken and came to its end, good or bad."""
        self._change(lambda line: replace(line, jobs=tuple(one for one in line.jobs if one.id != id)))

    def put_back(self, id: str, *, held: bool) -> None:
        """Lets a job that was taken wait again in its place: it was paused."""
        self._change(lambda line: _with(line, replace(_known(line, id), pid=None, started=0.0, held=held)))

    def _change(self, change: _Change) -> None:
        with self._alone():
            before = self.line()
            after = change(before)
            if after != before:
                save_atomic(self.path, _READER.dump_json(after, indent=1))

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        lock = Lock(self.folder / _LOCK)
        for _try in range(_TRIES):
            if lock.acquire():
                break
            time.sleep(_PAUSE)
        else:
            raise QueueBusy(path=self.path)
        with lock:
            yield


def _known(line: Line, id: str) -> Queued:
    for job in line.jobs:
        if job.id == id:
            return job
    raise NoSuchJob(name=id)


def _idle(line: Line, id: str) -> Queued:
    """The job, which nobody works on; raises JobRuns."""
    job = _known(line, id)
    if job.place is Place.RUNNING:
        raise JobRuns(name=job.name)
    return job


def _with(line: Line, job: Queued) -> Line:
    """The line with a job in the place of the one with its id."""
    return replace(line, jobs=tuple(job if one.id == job.id else one for one in line.jobs))
