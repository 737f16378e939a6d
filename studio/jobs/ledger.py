"""Owns the ledger of memory: which processes hold models, how much each holds, and what each was promised and has not
taken yet. Knows no model.

Every holder has a file of its own in the user's cache, so that all windows and terminals of Lorewright see each other's
without a lock. A file counts while the very process that it names runs; the others are swept by whoever reads.
"""

import contextlib
import json
import logging
import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil
import pydantic
import pynvml

from studio.errors import LorewrightError, MachineError
from studio.files import read_text, save_atomic
from studio.jobs.nvidia import processes_on
from studio.jobs.processes import lives, memory_of, name_of, start_of
from studio.language import N_, _
from studio.setup.places import Places

LEAST = 1 << 30
"""Another program is worth telling from here on, in bytes."""

_MOST_OTHERS = 5
_log = logging.getLogger(__name__)

Unload = Callable[[], Awaitable[object]]


class HeldElsewhere(MachineError):
    """Memory is held by a process that this one has no say over."""

    sentence = N_(
        "{what} (process {pid}) holds the memory and does not belong to this window. Close it where you opened it."
    )


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that holds memory: `bytes` of the machine's, `card_bytes` of graphics cards, `promised` in all.

    `ours` says that it is a worker of Lorewright's, `unload` lets it go where this very process can, else it is None.
    """

    pid: int
    what: str
    bytes: int
    ours: bool
    unload: Unload | None = None
    card_bytes: int = 0
    promised: int = 0

    @property
    def due(self) -> int:
        """What it was promised and has not taken yet."""
        return max(0, self.promised - max(self.bytes, self.card_bytes))

    @property
    def advice(self) -> str:
        """What a person can do to have its memory."""
        if self.unload is not None:
            return _("Unload {what} to have its memory.").format(what=self.what)
        return str(HeldElsewhere(what=self.what, pid=self.pid))


@dataclass(frozen=True, slots=True)
class _Entry:
    pid: int
    started: float
    what: str
    promised: int = 0


_READER = pydantic.TypeAdapter(_Entry)


@dataclass(slots=True)
class Ledger:
    """The holders of this machine's memory, as all processes of this user's Lorewright enter them in `folder`."""

    folder: Path
    _unload: dict[int, Unload] = field(default_factory=dict)

    def enter(self, pid: int, what: str, *, promised: int = 0) -> None:
        """Enters a process of ours that holds a model, or says anew what it holds and was promised."""
        started = start_of(pid)
        if started is None:
            return
        try:
            entry = _Entry(pid, started, what, promised)
            save_atomic(self._file(pid), json.dumps(asdict(entry), ensure_ascii=False))
        except LorewrightError as error:  # what others see is poorer for it; the work goes on
            _log.warning("not entered: %s", error)

    def may_unload(self, pid: int, unload: Unload) -> None:
        """Says how this process lets go of what another of its own holds."""
        self._unload[pid] = unload

    def leave(self, pid: int) -> None:
        """Strikes a process out."""
        self._unload.pop(pid, None)
        with contextlib.suppress(OSError):
            self._file(pid).unlink(missing_ok=True)

    def holders(self, *, others: bool = True) -> tuple[Holder, ...]:
        """Who holds memory now, the largest first; with `others` also large programs that are none of ours.

        It asks the system about every process, so ask it off the GUI thread.
        """
        cards = _on_cards()
        found = [self._holder(entry, cards) for entry in self._entries()]
        if others:
            found += _others(cards, {os.getpid(), *(one.pid for one in found)})
        return tuple(sorted(found, key=lambda one: max(one.bytes, one.card_bytes), reverse=True))

    def due(self, *, besides: int = 0) -> int:
        """Bytes that workers of ours were promised and have not taken yet, but for the process `besides`."""
        return sum(one.due for one in self.holders(others=False) if one.pid != besides)

    def _holder(self, entry: _Entry, cards: dict[int, int]) -> Holder:
        held, unload = memory_of(entry.pid), self._unload.get(entry.pid)
        return Holder(entry.pid, entry.what, held, True, unload, cards.get(entry.pid, 0), entry.promised)

    def _entries(self) -> Iterator[_Entry]:
        for path in self.folder.glob("*.json") if self.folder.is_dir() else ():
            try:
                entry = _READER.validate_json(read_text(path))
            except (LorewrightError, ValueError):
                continue  # it is being struck out, or nobody of ours wrote it
            if lives(entry.pid, entry.started):
                yield entry
            else:
                self.leave(entry.pid)

    def _file(self, pid: int) -> Path:
        return self.folder / f"{pid}.json"


def _on_cards() -> dict[int, int]:
    """Bytes of NVIDIA's cards that each process holds."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return {}
    found: dict[int, int] = {}
    try:
        for place in range(pynvml.nvmlDeviceGetCount()):
            for one in processes_on(pynvml.nvmlDeviceGetHandleByIndex(place)):
                found[one.pid] = found.get(one.pid, 0) + (one.memory or 0)
    except pynvml.NVMLError as error:
        _log.warning("a card does not say who holds its memory: %s", error)
    finally:
        pynvml.nvmlShutdown()
    return found


def _others(cards: dict[int, int], known: set[int]) -> list[Holder]:
    """Programs of others with much memory; what our own processes started is theirs."""
    ours = known | {child.pid for pid in known for child in _children(pid)}
    found = []
    for process in psutil.process_iter(["memory_info"]):
        memory = process.info["memory_info"]
        held, on_card = int(memory.rss) if memory else 0, cards.get(process.pid, 0)
        if process.pid not in ours and (held >= LEAST or on_card > 0):
            found.append(Holder(process.pid, name_of(process.pid), held, False, card_bytes=on_card))
    return sorted(found, key=lambda one: one.bytes + one.card_bytes, reverse=True)[:_MOST_OTHERS]


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


async def unload(holder: Holder) -> None:
    """Has a holder let go of its memory; raises HeldElsewhere where this process has no say over it."""
    if holder.unload is None:
        raise HeldElsewhere(what=holder.what, pid=holder.pid)
    await holder.unload()


ledger = Ledger(Places.here().cache / "ledger")
"""The one of this user."""


def holders() -> tuple[Holder, ...]:
    """Who holds memory of this machine now, the largest first."""
    return ledger.holders()
