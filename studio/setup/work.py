"""Owns what one part of the set-up has at hand: places, machine, ledger, pip, and how its progress is told."""

import contextlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from studio.setup.machine import Machine
from studio.setup.packages import Pip
from studio.setup.places import Places
from studio.setup.state import Ledger
from studio.setup.tables import table


@dataclass(frozen=True, slots=True)
class Work:
    """One part at work."""

    name: str
    places: Places
    machine: Machine
    ledger: Ledger
    installing: threading.Lock = field(default_factory=threading.Lock)
    say: Callable[[str], None] = lambda sentence: None
    begun: float = field(default_factory=time.monotonic)

    @property
    def temporary(self) -> Path:
        """This part's own folder for what is half done."""
        return self.places.temporary / self.name

    @property
    def pip(self) -> Pip:
        """pip of the environment; its downloads move this part's progress."""
        places = self.places
        return Pip(places.root, places.python, self.temporary / "pip", places.log, self.installing, self.tick)

    def told(self, sentence: str) -> None:
        """Says a sentence and keeps it as the part's message."""
        self.ledger.change(self.name, message=sentence)
        self.say(f"{self.ledger[self.name].title}: {sentence}")

    def tick(self) -> None:
        """Looks how much has been downloaded."""
        size = self.ledger[self.name].size
        found = min(size, max(self.ledger[self.name].bytes, folder_size(self.temporary)))
        self.progress(bytes=found)

    def progress(self, fraction: float | None = None, **fields: int) -> None:
        """Notes how far the part is; without a `fraction`, by bytes and the time it usually takes."""
        elapsed = time.monotonic() - self.begun
        part = self.ledger[self.name]
        usual = usual_seconds(self.name)
        if fraction is None:
            fraction = max(part.fraction, min(0.95, elapsed / usual if usual else 0.0))
            left = max(1.0, usual - elapsed)
        else:
            trust = min(1.0, fraction * 5)  # the first few per cent say little about the rest
            left = trust * elapsed * (1 - fraction) / max(fraction, 0.01) + (1 - trust) * max(1.0, usual - elapsed)
        seconds, fraction = round(elapsed, 1), round(fraction, 3)
        self.ledger.change(self.name, fraction=fraction, left=round(left, 1), seconds=seconds, **fields)


def usual_seconds(name: str) -> float:
    """How long a part took where it was measured."""
    return float(next((row["seconds"] for row in table("parts")["part"] if row["name"] == name), 0))


def folder_size(folder: Path) -> int:
    """Bytes under a folder; what vanishes meanwhile counts as nothing."""
    total = 0
    for parent, _folders, names in os.walk(folder):  # which, unlike rglob, bears that folders vanish under it
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(parent) / name).lstat().st_size
    return total
