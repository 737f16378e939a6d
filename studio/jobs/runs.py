"""Owns run folders: their names, their journal of events, and the state read back from it.

A run folder is the truth about a job: `config.yaml` (resolved), `events.jsonl` (each event with the seconds
since the epoch as `at`), and what the job made. The window and the command line rebuild all they show from it.
"""

import datetime
import json
import os
import re
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypeVar

import yaml

from studio.errors import InputError, NotSaved
from studio.files import read_bytes, read_text, save_atomic
from studio.jobs.kept_paths import found_paths, kept_paths, root_above
from studio.jobs.protocol import ALIVE, ENDINGS, Fields, encode
from studio.jobs.samples import Moment, read_samples
from studio.language import N_

T = TypeVar("T")

CONFIG, EVENTS, REPORT = "config.yaml", "events.jsonl", "report.json"

_GOES_ON = ("phase", "resumed", "restarted", "waiting")
"""Events that say that a run which had ended is taken up again."""

SILENCE = 180.0
"""Seconds without an event after which a run counts as broken off."""


class NotARun(InputError):
    """A folder holds no run."""

    sentence = N_("{path} is not a run: it has no {missing}. Name a folder under runs/; `lorewright runs` lists them.")


def root_of(run: Path) -> Path | None:
    """The workspace that a run lies in, None where it lies in none."""
    return root_above(run, 2)


def save_run_config(run: Path, values: Mapping[str, object]) -> None:
    """Writes a run's settings, what lies in its workspace by its place there; raises NotSaved."""
    kept = kept_paths(values, root_of(run))
    save_atomic(run / CONFIG, yaml.safe_dump(kept, sort_keys=False, allow_unicode=True))


def new_run_folder(runs: Path, name: str, kind: str, today: datetime.date) -> Path:
    """Makes `runs/DATE-NAME-KIND`, numbered from 2 where that exists; raises NotSaved."""
    stem = f"{today:%Y-%m-%d}-{slug(name)}-{kind}"
    for number in range(1, 10_000):
        folder = runs / (stem if number == 1 else f"{stem}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            if not runs.is_dir():  # a file stands where the folder of runs belongs
                break
            continue
        except OSError as error:
            raise NotSaved(path=folder, reason=error.strerror or str(error)) from error
        return folder
    raise NotSaved(path=runs / stem, reason="there is no free name for its folder")


def slug(name: str) -> str:
    """A name as part of a path: lower case letters without their accents, digits and single dashes."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].rstrip("-") or "run"


class Journal:
    """Appends events to a run's `events.jsonl`, one line each, handed to the system at once; raises NotSaved."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / EVENTS
        try:
            torn = self._path.is_file() and not self._ends_whole()
            self._stream: IO[bytes] = self._path.open("ab", buffering=0)
        except OSError as error:
            raise NotSaved(path=self._path, reason=error.strerror or str(error)) from error
        if torn:
            self._write(b"\n")  # else a resumed run's first event would be lost with the torn line

    def _ends_whole(self) -> bool:
        with self._path.open("rb") as stream:
            if stream.seek(0, os.SEEK_END) == 0:
                return True
            stream.seek(-1, os.SEEK_END)
            return stream.read(1) == b"\n"

    def add(self, event: Fields) -> None:
        """Writes one event with the time it happened."""
        self._write(encode({"at": round(time.time(), 3), **event}))

    def _write(self, line: bytes) -> None:
        try:
            while line:
                line = line[self._stream.write(line) :]
        except OSError as error:
            raise NotSaved(path=self._path, reason=error.strerror or str(error)) from error

    def close(self) -> None:
        """Ends the journal."""
        self._stream.close()


def read_events(folder: Path, upto: int | None = None) -> Iterator[Fields]:
    """The events of a run, or those in so many bytes of its journal; a line torn by a crash is left out."""
    path = folder / EVENTS
    if not path.exists():
        return
    for line in read_bytes(path, limit=1 << 30)[:upto].split(b"\n"):
        try:
            event = json.loads(line.decode("utf-8")) if line.strip() else None
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict):
            yield event


@dataclass(slots=True)
class RunState:
    """What the journal says so far.

    `losses` are (step, loss), `rates` and `speeds` the learning rate and the tokens a second of steps, `accuracy` is
    (step, right, of), `checkpoints` are steps; `phase` is the last named part of the work. `resumed` counts the new
    starts, `paused` says that a cancelled run can go on. `warnings` carry `code` and `fields` as a failure does.
    `stalled` are the seconds since a worker that seems frozen was heard, `waiting` says what a run waits for (battery),
    `restarted` has each new attempt of the supervising side.
    """

    status: str = "new"
    phase: str | None = None
    step: int = 0
    of: int = 0
    losses: list[tuple[int, float]] = field(default_factory=list)
    validation: list[tuple[int, float]] = field(default_factory=list)
    rates: list[tuple[int, float]] = field(default_factory=list)
    speeds: list[tuple[int, float]] = field(default_factory=list)
    samples: list[Fields] = field(default_factory=list)
    accuracy: list[tuple[int, int, int]] = field(default_factory=list)
    checkpoints: list[int] = field(default_factory=list)
    warnings: list[Fields] = field(default_factory=list)
    resumed: int = 0
    resumption: Fields | None = None
    paused: bool = False
    stalled: int | None = None
    waiting: str | None = None
    restarted: list[Fields] = field(default_factory=list)
    latest: Fields = field(default_factory=dict)
    started: float | None = None
    ended: float | None = None
    heard: float | None = None
    failure: Fields | None = None

    def apply(self, event: Fields) -> None:
        """Takes one event in; what comes after an ending counts only once it is taken up again."""
        name, at = event.get("event"), event.get("at")
        if self.status in ENDINGS and name not in (*ENDINGS, *_GOES_ON):
            return
        moment = float(at) if isinstance(at, int | float) else None
        self.started, self.heard = self.started or moment, moment or self.heard
        self.stalled, self.waiting = None, self.waiting if name == ALIVE else None
        handler = getattr(self, f"_on_{name}", None)
        if handler is not None:
            handler(event)
        if name in ENDINGS:
            self.status, self.ended = str(name), moment
        elif self.status != "running":  # begun, or taken up again after it had ended
            self.status, self.ended, self.failure, self.paused = "running", None, None, False

    def status_at(self, now: float) -> str:
        """The status; `interrupted` where nothing was heard for so long that the worker must have gone silently."""
        silent = self.heard is None or now - self.heard >= SILENCE
        return "interrupted" if self.status in ("new", "running") and silent else self.status

    def _on_phase(self, event: Fields) -> None:
        self.phase = str(event.get("name"))

    def _on_step(self, event: Fields) -> None:
        self.step, self.of, self.latest = _int(event, "step"), _int(event, "of"), event
        _plot(self.losses, self.step, event.get("loss"))
        _plot(self.rates, self.step, event.get("learning_rate"))
        _plot(self.speeds, self.step, event.get("tokens_per_second"))

    def _on_validation(self, event: Fields) -> None:
        _plot(self.validation, _int(event, "step"), event.get("loss"))

    def _on_sample(self, event: Fields) -> None:
        _before(self.samples, _int(event, "step"), lambda told: _int(told, "step")).append(event)

    def _on_accuracy(self, event: Fields) -> None:
        step = _int(event, "step")
        found = _before(self.accuracy, step, lambda row: row[0])
        found.append((step, _int(event, "right"), _int(event, "of")))

    def _on_checkpoint(self, event: Fields) -> None:
        step, gone = _int(event, "step"), event.get("gone")
        kept = [one for one in self.checkpoints if one < step and not (isinstance(gone, list) and one in gone)]
        self.checkpoints = [*kept, step]

    def _on_resumed(self, event: Fields) -> None:
        """What came after the checkpoint is made again."""
        self.resumed, self.resumption, self.step = self.resumed + 1, event, _int(event, "step")
        for curve in (self.losses, self.validation, self.rates, self.speeds):
            _plot(curve, self.step + 1, None)
        _before(self.samples, self.step + 1, lambda told: _int(told, "step"))
        _before(self.accuracy, self.step + 1, lambda row: row[0])
        self.checkpoints = [one for one in self.checkpoints if one <= self.step]

    def _on_stalled(self, event: Fields) -> None:
        self.stalled = _int(event, "seconds")

    def _on_waiting(self, event: Fields) -> None:
        self.waiting = str(event.get("why"))

    def _on_restarted(self, event: Fields) -> None:
        self.restarted.append(event)

    def _on_warning(self, event: Fields) -> None:
        self.warnings.append(event)

    def _on_cancelled(self, event: Fields) -> None:
        self.paused = event.get("paused") is True

    def _on_failed(self, event: Fields) -> None:
        self.failure = event


def _plot(curve: list[tuple[int, float]], step: int, loss: object) -> None:
    """Adds a point; steps that are made again after a resume take the place of those that were lost."""
    while curve and curve[-1][0] >= step:
        curve.pop()
    if isinstance(loss, int | float):
        curve.append((step, float(loss)))


def _before(rows: list[T], step: int, step_of: Callable[[T], int]) -> list[T]:
    """The same list without the rows of that step and later ones."""
    while rows and step_of(rows[-1]) >= step:
        rows.pop()
    return rows


def _int(event: Fields, key: str) -> int:
    value = event.get(key)
    return value if isinstance(value, int) else 0


@dataclass(frozen=True, slots=True)
class Run:
    """One run folder."""

    path: Path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def adapter(self) -> Path:
        """Where the trained adapter lies."""
        return self.path / "adapter"

    def config(self) -> dict[str, object]:
        """The resolved configuration, its paths whole; raises NotARun where it is missing or no mapping."""
        path = self.path / CONFIG
        if not path.is_file():
            raise NotARun(path=self.path, missing=CONFIG)
        try:
            values = yaml.safe_load(read_text(path))
        except (yaml.YAMLError, RecursionError) as error:
            raise NotARun(path=self.path, missing=f"readable {CONFIG}") from error
        if not isinstance(values, dict):
            raise NotARun(path=self.path, missing=f"readable {CONFIG}")
        return found_paths(values, root_of(self.path))

    def state(self) -> RunState:
        """The state that the journal tells."""
        state = RunState()
        for event in read_events(self.path):
            state.apply(event)
        return state

    def samples(self) -> tuple[Moment, ...]:
        """What the machine did while it ran; nothing for a run that nobody watched."""
        return read_samples(self.path)

    def report(self) -> dict[str, object] | None:
        """The report that the finished job wrote, or None."""
        path = self.path / REPORT
        if not path.is_file():
            return None
        try:
            values = json.loads(read_text(path))
        except (ValueError, RecursionError):
            return None
        return values if isinstance(values, dict) else None


def runs_in(folder: Path) -> list[Run]:
    """The runs of a workspace, newest first."""
    if not folder.is_dir():
        return []
    found = [Run(path) for path in folder.iterdir() if (path / CONFIG).is_file() or (path / EVENTS).is_file()]
    return sorted(found, key=lambda run: run.path.stat().st_mtime, reverse=True)
