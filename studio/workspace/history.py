"""Owns the snapshots of files: when one is due, where it lies, which are let go with age. Knows no window."""

import contextlib
import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from studio.errors import LorewrightError
from studio.files import read_text, save_atomic
from studio.workspace.differences import count

EVERY_SECONDS = 300.0
_HOUR, _DAY = 3600.0, 86400.0
_MONTH = 31 * _DAY
_STAMP = "%Y%m%dT%H%M%S.%fZ"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A text of a file as it was; `when` is seconds since the epoch, `place` the file that holds it."""

    place: Path
    when: float


@dataclass(frozen=True, slots=True)
class History:
    """The snapshots of a workspace, a folder a file, each a plain text."""

    folder: Path

    def take(self, path: Path, text: str, now: float) -> Snapshot | None:
        """Keeps a text of `path`; None where the newest snapshot says the same. Raises NotSaved."""
        taken = self.of(path)
        if taken and self._same(taken[0], text):
            return None
        when = max(now, taken[0].when + 0.001) if taken else now
        place = self._folder(path) / f"{datetime.fromtimestamp(when, UTC).strftime(_STAMP)}.md"
        save_atomic(place, text)
        for old in thinned(self.of(path), now):
            with contextlib.suppress(OSError):
                old.place.unlink()
        return Snapshot(place, when)

    def of(self, path: Path) -> tuple[Snapshot, ...]:
        """The snapshots of a file, the newest first."""
        with contextlib.suppress(OSError):
            found = (snapshot for place in self._folder(path).iterdir() if (snapshot := _snapshot(place)) is not None)
            return tuple(sorted(found, key=lambda one: -one.when))
        return ()

    @staticmethod
    def read(snapshot: Snapshot) -> str:
        """The text of a snapshot; raises the errors of reading a file."""
        return read_text(snapshot.place)

    def sizes(self, snapshots: Sequence[Snapshot]) -> dict[int, tuple[int, int]]:
        """How many lines each of the snapshots, the newest first, has gained and lost against the one before it.

        One that was thinned away meanwhile has none, and neither has the one after it.
        """
        sizes: dict[int, tuple[int, int]] = {}
        newer: str | None = None
        for place, snapshot in enumerate(snapshots):
            try:
                text = self.read(snapshot)
            except LorewrightError:
                newer = None
                continue
            if newer is not None:
                sizes[place - 1] = count(text, newer)
            newer = text
        return sizes

    def moved(self, old: Path, new: Path) -> None:
        """Lets the snapshots of a file follow it to its new path; those that are there already stay."""
        source, target = self._folder(old), self._folder(new)
        for snapshot in self.of(old):
            with contextlib.suppress(OSError):
                target.mkdir(parents=True, exist_ok=True)
                snapshot.place.replace(target / snapshot.place.name)
        with contextlib.suppress(OSError):
            source.rmdir()

    def _folder(self, path: Path) -> Path:
        return self.folder / hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:24]

    @staticmethod
    def _same(snapshot: Snapshot, text: str) -> bool:
        try:
            return read_text(snapshot.place) == text
        except LorewrightError:
            return False


def thinned(snapshots: Iterable[Snapshot], now: float) -> tuple[Snapshot, ...]:
    """Those that go: what is left is all of the last hour, one an hour for a day, one a day for a month.

    Of those that share an hour or a day the newest stays, and the newest of all stays however old it is.
    """
    gone: list[Snapshot] = []
    seen: set[tuple[str, int]] = set()
    for place, snapshot in enumerate(sorted(snapshots, key=lambda one: -one.when)):
        age = now - snapshot.when
        if age <= _HOUR:
            continue
        slot = ("hour", int(snapshot.when // _HOUR)) if age <= _DAY else ("day", int(snapshot.when // _DAY))
        if place and (age > _MONTH or slot in seen):
            gone.append(snapshot)
        seen.add(slot)
    return tuple(gone)


def _snapshot(place: Path) -> Snapshot | None:
    try:
        when = datetime.strptime(place.name.removesuffix(".md"), _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    return Snapshot(place, when.timestamp())
