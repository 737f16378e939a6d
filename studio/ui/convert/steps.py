"""Owns what is said of a conversion as it goes: its steps, each waiting, under way or done. Knows no Qt."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from studio.gguf.phases import PARTS, part_word
from studio.jobs.protocol import Fields

_OPTIONAL = ("importance",)
"""Parts that many conversions do without; they are told from when they begin."""


@dataclass(frozen=True, slots=True)
class Step:
    """One part of the work; `share` is None where it is under way and cannot be told."""

    title: str
    status: str
    share: float | None = None


@dataclass(slots=True)
class Steps:
    """Follows the worker's events."""

    _at: str = ""
    _share: float | None = None
    _over: bool = False
    _seen: list[str] = field(default_factory=list)

    def take(self, event: Fields) -> None:
        """Takes in one event."""
        if event.get("event") == "begin":
            self._at, self._share, self._over = "", None, False
            self._seen.clear()
        elif event.get("event") == "phase":
            self._enter(str(event.get("name")))
        elif event.get("event") == "progress":
            self._enter(str(event.get("part")))
            share = event.get("fraction")
            self._share = float(share) if isinstance(share, int | float) else None
        elif event.get("event") == "done":
            self._over = True

    def _enter(self, name: str) -> None:
        if name != self._at:
            self._at, self._share = name, None
            self._seen.append(name)

    @property
    def share(self) -> float | None:
        """The whole work's share, every step counting the same."""
        names = self._names()
        if self._over:
            return 1.0
        if self._at not in names:
            return None
        return (names.index(self._at) + (self._share or 0.0)) / len(names)

    def steps(self) -> list[Step]:
        """Every part with its status."""
        names = self._names()
        now = names.index(self._at) if self._at in names else -1
        return [self._step(name, number, now) for number, name in enumerate(names)]

    def _names(self) -> list[str]:
        extra: Iterable[str] = (name for name in dict.fromkeys(self._seen) if name not in PARTS)
        return [*(name for name in PARTS if name not in _OPTIONAL or name in self._seen), *extra]

    def _step(self, name: str, number: int, now: int) -> Step:
        title = part_word(name)
        if self._over or number < now:
            return Step(title, "done", 1.0)
        return Step(title, "running", self._share) if number == now else Step(title, "waiting", 0.0)
