"""Owns runs that go on without the window: handed to a process of their own, followed by their journal, and asked to
stop by a file. Knows no Qt, and not what a run computes.

The process is `python -m studio …` in a session of its own; `background.json` in the run's folder says which, `wish`
what somebody wants of it, and `background.log` has what it says.
"""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Protocol

import psutil

from studio.errors import Cancelled, LorewrightError, from_event
from studio.files import read_text, save_atomic
from studio.jobs.errors import Paused, WorkerDied
from studio.jobs.process import child_environment
from studio.jobs.protocol import Fields, decode
from studio.jobs.runs import EVENTS, Run

HOLDER, WISH, LOG = "background.json", "wish", "background.log"
PAUSE, STOP = "pause", "stop"
_POLL_SECONDS = 0.3
_RESTART_SECONDS = 3.0
"""How long after an ending it is awaited whether whoever supervises the run takes it up again."""
_APART = 0x8 | 0x200
"""Windows' DETACHED_PROCESS and CREATE_NEW_PROCESS_GROUP."""


class Stoppable(Protocol):
    """A job in a run's folder that can be asked to stop."""

    @property
    def run(self) -> Run:
        """Its run folder."""

    async def cancel(self, *, pause: bool = False) -> None:
        """Asks it to stop, or to pause."""


def hand_over(run: Path, words: Sequence[str]) -> "subprocess.Popen[bytes]":
    """Starts `lorewright WORDS` for a run, apart from this process; raises WorkerDied where it does not start."""
    (run / WISH).unlink(missing_ok=True)
    command = [sys.executable, "-P", "-m", "studio", *words]
    try:
        with (run / LOG).open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=child_environment({}),
                start_new_session=True,
                creationflags=_APART if sys.platform == "win32" else 0,
            )
        started = psutil.Process(process.pid).create_time()
    except (OSError, psutil.Error) as error:
        raise WorkerDied(worker="background", reason=str(error), tail="-") from error
    save_atomic(run / HOLDER, json.dumps({"pid": process.pid, "started": started}))
    return process


def held(run: Path) -> bool:
    """Whether the process that a run was handed to lives."""
    try:
        said = json.loads(read_text(run / HOLDER))
        holder = psutil.Process(int(said["pid"]))
        same = abs(holder.create_time() - float(said["started"])) < 1
        return same and holder.status() != psutil.STATUS_ZOMBIE
    except (LorewrightError, psutil.Error, ValueError, KeyError, TypeError):
        return False


def wish(run: Path, word: str) -> None:
    """Asks whoever works on a run to `pause` or `stop`; raises NotSaved."""
    save_atomic(run / WISH, word)


@contextlib.asynccontextmanager
async def heeding(job: Stoppable) -> AsyncIterator[None]:
    """While it lasts, the wishes that come for a job's run are passed on to its worker."""
    task = asyncio.create_task(_heed(job))
    try:
        yield
    finally:
        task.cancel()


async def _heed(job: Stoppable) -> None:
    path = job.run.path / WISH
    path.unlink(missing_ok=True)
    while True:
        await asyncio.sleep(_POLL_SECONDS)
        if path.is_file():
            word = read_text(path).strip()
            path.unlink(missing_ok=True)
            await job.cancel(pause=word == PAUSE)


class FollowedJob:
    """A run that another process works on: its events as they come into the journal, from a place in it on.

    `alive` says whether anybody works on the run.
    """

    def __init__(self, run: Run, place: int, alive: Callable[[Path], bool]) -> None:
        self.run = run
        self._place, self._alive = place, alive
        self._torn = b""

    async def events(self) -> AsyncIterator[Fields]:
        """Every event until the last; raises what the run ended in, and WorkerDied where it ended without a word."""
        ended: Fields | None = None
        heard = time.monotonic()
        while True:
            lives = await asyncio.to_thread(self._alive, self.run.path)
            for event in await asyncio.to_thread(self._more):
                heard, ended = time.monotonic(), None
                if event.get("event") in ("done", "failed", "cancelled"):
                    ended = event
                else:
                    yield event
            if ended is not None and self._final(ended, lives, time.monotonic() - heard):
                _end(ended)
                return
            if not lives and ended is None:
                raise WorkerDied(worker="train", reason="no process works on it any more", tail="-")
            await asyncio.sleep(_POLL_SECONDS)

    @staticmethod
    def _final(ended: Fields, lives: bool, silent: float) -> bool:
        return ended.get("event") == "done" or not lives or silent >= _RESTART_SECONDS

    def _more(self) -> list[Fields]:
        """The events that came into the journal since the last look; a line that is not whole yet waits."""
        with (self.run.path / EVENTS).open("rb") as stream:
            stream.seek(self._place)
            data = stream.read()
        self._place += len(data)
        *lines, self._torn = (self._torn + data).split(b"\n")
        found = []
        for line in lines:
            with contextlib.suppress(ValueError):
                found.append(decode(line))
        return found

    async def cancel(self, *, pause: bool = False) -> None:
        """Asks whoever works on it to stop."""
        await asyncio.to_thread(wish, self.run.path, PAUSE if pause else STOP)


def _end(event: Fields) -> None:
    """Raises what a run ended in, unless it ended well."""
    fields = event.get("fields")
    if event.get("event") == "failed":
        raise from_event(str(event.get("code")), fields if isinstance(fields, dict) else {})
    if event.get("event") == "cancelled":
        raise Paused(**event) if event.get("paused") else Cancelled


def recent(run: Path, seconds: float, now: float) -> bool:
    """Whether something came into a run's journal within so many seconds."""
    with contextlib.suppress(OSError):
        status = (run / EVENTS).stat()
        return status.st_size > 0 and now - status.st_mtime < seconds
    return False
