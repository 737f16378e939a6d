"""Owns the order of the parts: what is already there, which run side by side, and what is told of them."""

import shutil
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from studio.language import _
from studio.setup import fingerprints, leftovers, native, parts
from studio.setup.failures import SetupFailed
from studio.setup.machine import Machine
from studio.setup.places import Places
from studio.setup.state import DONE, FAILED, RUNNING, WAITING, Ledger, PartState, SetupState, read
from studio.setup.tables import table
from studio.setup.work import Work

Doer = Callable[[Work], Mapping[str, object]]

DOERS: dict[str, Doer] = {
    "environment": parts.environment,
    "window": parts.window,
    "starter": parts.starter,
    "converter": parts.converter,
    "play": native.play,
    "data": parts.data,
    "torch": native.torch,
    "training": parts.training,
    "tests": parts.tests,
}
NEEDS = {
    "window": ("environment",),
    "starter": ("environment",),
    "converter": ("environment",),
    "play": ("environment", "starter"),
    "data": ("environment",),
    "torch": ("environment",),
    "training": ("environment", "torch"),
    "tests": ("environment",),
}
"""Parts that cannot succeed where another has failed."""


def names(*, first: bool = False, tests: bool = False) -> list[str]:
    """The parts in order: those before the window opens, or all (with the test tools where asked)."""
    rows = [row for row in table("parts")["part"] if not first or "lane" not in row]
    return [row["name"] for row in rows if tests or row["name"] != "tests"]


def look(places: Places, machine: Machine) -> SetupState:
    """The state as it is: a part counts as done only while its fingerprint and its files still fit."""
    known = read(places.state)
    marks = fingerprints.of(places, machine)
    return SetupState(tuple(_look(row, known, marks, places) for row in table("parts")["part"]), known.pid)


def _look(row: Mapping[str, object], known: SetupState, marks: Mapping[str, str], places: Places) -> PartState:
    name = str(row["name"])
    before = known.part(name)
    if before and before.status == DONE and before.fingerprint == marks[name] and fingerprints.stands(name, places):
        return before
    fresh = PartState(name, str(row["title"]), size=int(str(row["size"])), left=float(str(row["seconds"])))
    if before and before.status == FAILED:
        return replace(fresh, status=FAILED, message=before.message)
    return fresh


def undone(state: SetupState, wanted: Iterable[str]) -> list[str]:
    """Which of the wanted parts are not done."""
    return [name for name in wanted if (part := state.part(name)) is None or part.status != DONE]


class Installation:
    """Works off parts; the caller holds the lock."""

    def __init__(
        self,
        places: Places,
        machine: Machine,
        wanted: Sequence[str],
        say: Callable[[str], None],
        doers: Mapping[str, Doer] = DOERS,
    ) -> None:
        self._places = places
        self._machine = machine
        self._wanted = wanted
        self._say = say
        self._doers = doers
        self._installing = threading.Lock()
        # Whoever shows the state need not know of the test tools where nobody asked for them.
        shown = (
            part for part in look(places, machine).parts if part.name in (*names(), *wanted) or part.status == DONE
        )
        self._ledger = Ledger(places.state, tuple(replace(part, status=_resumed(part)) for part in shown))

    def run(self) -> bool:
        """Does the wanted parts that are not done, lanes side by side; whether all of them are done now."""
        for folder in (self._places.temporary, self._places.building):
            leftovers.end(folder)
        shutil.rmtree(self._places.temporary, ignore_errors=True)
        lanes: dict[str, list[str]] = {}
        for row in table("parts")["part"]:
            if row["name"] in self._wanted:
                lanes.setdefault(row.get("lane", ""), []).append(row["name"])
        try:
            self._lane(lanes.pop("", []))
            threads = [threading.Thread(target=self._lane, args=(lane,), name=name) for name, lane in lanes.items()]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            self._ledger.close()
            shutil.rmtree(self._places.temporary, ignore_errors=True)
        return not self.failures()

    def failures(self) -> list[str]:
        """A sentence for each wanted part that is not done."""
        found = (self._ledger[name] for name in self._wanted)
        return [f"{part.title}: {part.message}" for part in found if part.status != DONE]

    def _lane(self, lane: Iterable[str]) -> None:
        for name in lane:
            if self._ledger[name].status != DONE:
                self._part(name)

    def _part(self, name: str) -> None:
        lacking = [need for need in NEEDS.get(name, ()) if self._ledger[need].status != DONE]
        if lacking:
            title = self._ledger[lacking[0]].title
            self._ledger.change(name, status=FAILED, message=_("it needs {title} first.").format(title=title))
            return
        work = Work(name, self._places, self._machine, self._ledger, self._installing, self._say)
        self._ledger.change(name, status=RUNNING, started=time.time(), message="", bytes=0, fraction=0.0)
        try:
            facts = self._doers[name](work)
        except SetupFailed as error:
            self._end(work, status=FAILED, message=str(error))
        except Exception as error:  # a lane must not die silently: whatever went wrong is told as the part's state
            self._end(work, status=FAILED, message=f"{type(error).__name__}: {error}")
        else:
            mark = fingerprints.of(self._places, self._machine)[name]
            self._end(work, status=DONE, message="", fraction=1.0, fingerprint=mark, facts=dict(facts))

    def _end(self, work: Work, **fields: object) -> None:
        seconds = round(time.monotonic() - work.begun, 1)
        part = self._ledger.change(work.name, seconds=seconds, left=0.0, **fields)
        if part.status == DONE:
            self._say(_("{title}: done in {seconds:.0f} s").format(title=part.title, seconds=seconds))
        else:
            self._say(_("{title}: failed. {message}").format(title=part.title, message=part.message))


def _resumed(part: PartState) -> str:
    """What was running or failed when set-up ended is taken up again."""
    return DONE if part.status == DONE else WAITING
