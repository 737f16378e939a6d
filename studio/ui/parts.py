"""Owns which parts of the set-up the window still waits for; knows not how they are installed."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the set-up on its way. `failed` says in a sentence why it will not come by itself."""

    name: str
    title: str
    fraction: float | None = None
    seconds_left: float | None = None
    detail: str = ""
    failed: str | None = None


class Parts(QObject):
    """The parts that are missing; a part that is not listed is there."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._missing: dict[str, Part] = {}

    @property
    def missing(self) -> tuple[Part, ...]:
        """Every part that is not there yet."""
        return tuple(self._missing.values())

    def waiting(self, names: tuple[str, ...]) -> tuple[Part, ...]:
        """Those of the named parts that are not there yet."""
        return tuple(self._missing[name] for name in names if name in self._missing)

    def put(self, part: Part) -> None:
        """Takes in how a missing part stands."""
        if self._missing.get(part.name) != part:
            self._missing[part.name] = part
            self.changed.emit()

    def arrived(self, name: str) -> None:
        """Takes in that a part is there."""
        if self._missing.pop(name, None) is not None:
            self.changed.emit()
