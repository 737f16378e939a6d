"""Owns the other processes of a training as rank 0 sees them: starts them, waits until they stand, ends them.

They begin where the newest checkpoint stands, which rank 0 has just written or read. Where `accelerate launch` or
torchrun started this program, the others are there already and wait to be told which run it is.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
from torch.distributed import FileStore, rendezvous  # type: ignore[attr-defined]  # torch shows them so

from studio.jobs.process import child_environment, describe_exit
from studio.language import _
from studio.training.errors import RankDied
from studio.training.sharing import launched
from studio.workers._hearing import BEAT_SECONDS, SILENT_BEATS, Hearing
from studio.workers._keeping import Keeper
from studio.workers._lifeline import tie_child
from studio.workers._ranks import Ranks, StepLeft, Store
from studio.workers._serve import Request
from studio.workers._trainee import Trainee

STORE = "LOREWRIGHT_STORE"
"""Where a rank that was started here finds the others."""

ORDER = "order"
_FOLDER = "lorewright-ranks-"
_START_SECONDS, _END_SECONDS, _LOOK_SECONDS = 600.0, 5.0, 0.05
Child = subprocess.Popen[bytes]


class Crew:
    """Rank 0 with the others behind it."""

    def __init__(self, count: int, run: str) -> None:
        self.count, self._run = count, run
        self._children: dict[int, Child] = {}
        self._folder: Path | None = None
        self._store: Store = None
        self._hearing: Hearing | None = None
        self.ranks: Ranks | None = None

    def start(self, request: Request, order: dict[str, Any]) -> None:
        """Has all others take up the run as `order` says; raises RankDied, or Cancelled while it waits."""
        mine = launched()
        if mine is not None and mine[1] == self.count:
            self._store = next(rendezvous("env://"))[0]
        else:
            self._folder = Path(tempfile.mkdtemp(prefix=f"{_FOLDER}{os.getpid()}-"))
            self._store = FileStore(str(self._folder / "store"), self.count)
            self._children = {number: self._child(number) for number in range(1, self.count)}
        self._store.set(ORDER, json.dumps(order))
        until = time.monotonic() + _START_SECONDS
        for number in range(1, self.count):
            while not self._store.check([f"ready-{number}"]):
                request.check()
                self.look()
                if time.monotonic() > until:
                    raise self._died(number, _("it did not begin"))
                time.sleep(_LOOK_SECONDS)
        self._store.set_timeout(timedelta(seconds=60))
        try:
            self.ranks = Ranks(0, self.count, self._store, order["places"])
        except RuntimeError as error:
            self.look()
            raise self._died(1, str(error).partition("\n")[0]) from error
        self._hearing = Hearing(range(1, self.count), self._store)

    def _numbers(self, number: int) -> dict[str, str]:
        """What a process finds in its environment of who it is, and where the others are."""
        numbers = {"RANK": str(number), "LOCAL_RANK": str(number), "WORLD_SIZE": str(self.count)}
        return {STORE: f"{self._folder}/store", **numbers}

    def _child(self, number: int) -> Child:
        environment = child_environment(self._numbers(number))
        command = [sys.executable, "-P", "-m", "studio.workers._rank"]
        tie = tie_child if sys.platform == "linux" else None
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment, preexec_fn=tie)

    def look(self) -> None:
        """Raises RankDied where a process has ended, or said that it cannot go on."""
        for number in range(1, self.count):
            child = self._children.get(number)
            if self._hearing is not None and number in self._hearing.silent:
                seconds = round(BEAT_SECONDS * SILENT_BEATS)
                raise self._died(number, _("nothing was heard of it for {seconds} seconds").format(seconds=seconds))
            if self._store.check([f"failed-{number}"]):
                raise self._died(number, self._store.get(f"failed-{number}").decode())
            if child is not None and child.poll() is not None:
                raise self._died(number, describe_exit(child.returncode))

    def _died(self, number: int, reason: str) -> RankDied:
        return RankDied(rank=number + 1, of=self.count, reason=reason, run=self._run)

    def call(self, places: Sequence[int]) -> None:
        """Calls all to a step on the examples at these places."""
        self.look()
        assert self.ranks is not None
        self.ranks.call(places)

    def lost(self) -> RankDied:
        """Why a step was left by another rank, as far as that can be told."""
        until = time.monotonic() + _END_SECONDS
        while time.monotonic() < until:
            try:
                self.look()
            except RankDied as error:
                return error
            time.sleep(_LOOK_SECONDS)
        return self._died(1, _("it is not heard from any more"))

    def close(self) -> None:
        """Ends the others: by a word where they can hear it, else at once."""
        ranks = self.ranks
        if self._hearing is not None:
            self._hearing.close()
        if ranks is not None and not ranks.broken:
            with suppress(StepLeft):
                ranks.call(())
        until = time.monotonic() + (_END_SECONDS if ranks is not None and not ranks.broken else 0)
        for child in self._children.values():
            with suppress(subprocess.TimeoutExpired):
                child.wait(max(0.0, until - time.monotonic()))
            if child.poll() is None:
                child.kill()
                child.wait()
        if ranks is not None:
            ranks.close()
        self._store = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def sweep() -> None:
    """Removes the meeting places of workers that were killed: what has the number of a process that is gone."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*-*"):
        number = folder.name.removeprefix(_FOLDER).partition("-")[0]
        if number.isdecimal() and _gone(int(number), folder):
            shutil.rmtree(folder, ignore_errors=True)


def _gone(number: int, folder: Path) -> bool:
    """Whether the process that made a folder is gone; another may have got its number since."""
    try:
        return psutil.Process(number).create_time() > folder.stat().st_mtime + 1
    except (psutil.NoSuchProcess, OverflowError):
        return True
    except (OSError, psutil.Error):
        return False


@contextmanager
def crew_of(request: Request, trainee: Trainee, keeper: Keeper) -> Iterator[Crew | None]:
    """The processes beside this one for as long as the block runs; None where it trains alone. Raises RankDied."""
    count = trainee.processor.processes
    if count == 1:
        _let_go()
        yield None
        return
    if keeper.kept != trainee.progress.step:
        keeper.keep(trainee)
    crew = Crew(count, keeper.run.name)
    request.emit("phase", name="ranks")
    try:
        crew.start(request, _order(request, trainee, keeper))
        trainee.passes.ranks = crew.ranks
        request.emit("phase", name="train")
        yield crew
    except StepLeft as error:
        raise crew.lost() from error
    finally:
        trainee.passes.ranks = None
        crew.close()


def _let_go() -> None:
    """Where a launcher started several and one trains alone, the others need not wait for it."""
    mine = launched()
    if mine is not None and mine[0] == 0:
        store = next(rendezvous("env://"))[0]
        if not store.check([ORDER]):
            store.set(ORDER, json.dumps(None))


def _order(request: Request, trainee: Trainee, keeper: Keeper) -> dict[str, Any]:
    cache = request.fields.get("cache")
    return {
        "run": str(keeper.run),
        "step": trainee.progress.step,
        "device": trainee.processor.device.type,
        "precision": trainee.processor.precision,
        "batch_size": trainee.passes.batch_size,
        "places": keeper.config.effective_batch,
        "twice": trainee.passes.twice,
        "cache": cache if isinstance(cache, str) else None,
    }
