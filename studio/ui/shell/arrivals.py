"""Owns following the set-up's state file while parts are on their way; knows not how they are installed."""

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.language import _
from studio.setup import state
from studio.setup.state import DONE, FAILED, RUNNING, PartState, SetupState
from studio.ui.parts import Part, Parts
from studio.ui.status import Note, Place, Status

_EVERY_MS = 1000
_PROCESSORS = {"cuda": "NVIDIA", "rocm": "AMD", "metal": "Apple", "mps": "Apple", "vulkan": "Vulkan"}


class Arrivals(QObject):
    """Looks at the file once a second until every part is there. `arrived` carries a part's title."""

    arrived = Signal(str)

    def __init__(self, path: Path, parts: Parts, status: Status) -> None:
        super().__init__()
        self._path = path
        self._parts = parts
        self._status = status
        self._stamp = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Looks now, and goes on looking while something is missing."""
        self._timer.start()
        self.look()

    def stop(self) -> None:
        """Looks no more."""
        self._timer.stop()

    @Slot()
    def look(self) -> None:
        """Takes in the state where the file changed; a checkout without one was set up by hand and lacks nothing."""
        stamp = self._path.stat().st_mtime_ns if self._path.exists() else 0
        if stamp != self._stamp:
            self._stamp = stamp
            self._take(state.read(self._path))
        if not self._parts.missing and stamp:
            self._timer.stop()

    def _take(self, known: SetupState) -> None:
        for part in known.parts:
            if part.status == DONE:
                if self._parts.waiting((part.name,)):
                    self.arrived.emit(part.title)
                self._parts.arrived(part.name)
            else:
                self._parts.put(_part(part, working=known.pid is not None))
        note = processors(known)
        if note is not None:
            self._status.say(Place.PROCESSOR, note)


def _part(part: PartState, *, working: bool) -> Part:
    failed = part.message if part.status == FAILED else None
    if failed is None and not working:
        failed = _("Set-up is not running. Start `python3 launch.py` again; it goes on where it stopped.")
    fraction = part.fraction if part.status == RUNNING else 0.0
    return Part(part.name, _(part.title), fraction, part.left, part.message, failed)


def processors(known: SetupState) -> Note | None:
    """Which processor trains and which plays, and why, from what set-up proved; None before it did."""
    words: dict[str, str] = {}
    why: list[str] = []
    for name, deed in (("torch", _("trains")), ("play", _("plays"))):
        part = known.part(name)
        if part is None or part.status != DONE:
            continue
        said = str(part.facts.get("device") or part.facts.get("backend") or part.facts.get("choice") or "")
        words[deed] = next((word for key, word in _PROCESSORS.items() if key in said.lower()), "CPU")
        refused = part.facts.get("refused") or ()
        why += [f"{words[deed]} {deed}.", *(str(reason) for reason in refused)]
    if not words:
        return None
    if len(set(words.values())) == 1:
        return Note(f"{next(iter(words.values()))} {' + '.join(words)}", "\n".join(why), "chip")
    return Note(" · ".join(f"{kind} {deed}" for deed, kind in words.items()), "\n".join(why), "chip")
