"""Owns what the status bar says, place by place; knows no widget."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, Signal


class Place(StrEnum):
    """The places of the status bar, from left to right."""

    WORKSPACE = "workspace"
    PROBLEMS = "problems"
    TRAINING = "training"
    MEMORY = "memory"
    MODEL = "model"
    PROCESSOR = "processor"


@dataclass(frozen=True, slots=True)
class Note:
    """What one place says; `why` is its tool tip, `run` what a click does."""

    text: str
    why: str = ""
    icon_name: str = ""
    colour: str = "muted"
    run: Callable[[], object] | None = None


class Status(QObject):
    """The notes by place; `changed` carries the place."""

    changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._notes: dict[Place, Note] = {}

    def note(self, place: Place) -> Note | None:
        """What a place says now; None where it is empty."""
        return self._notes.get(place)

    def say(self, place: Place, note: Note | None) -> None:
        """Changes what a place says."""
        if self._notes.get(place) == note:
            return
        if note is None:
            self._notes.pop(place, None)
        else:
            self._notes[place] = note
        self.changed.emit(place.value)
