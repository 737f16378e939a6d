"""Owns how well a model serves at the table: lines that it should not pass, and the advice to take another.

Counted over the last turns of the narrator: calls that are malformed, calls that contradict the sheets, tokens a
second, and the memory that is left. Knows no session and no window.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

import psutil

from studio.language import _
from studio.play.events import Deed, Malformed, Refused

WINDOW = 20
"""Turns of the narrator that are looked at."""

_FEW, _CALLS = 5, 4
"""Fewer turns, or fewer calls, tell nothing."""


@dataclass(frozen=True, slots=True)
class Lines:
    """What a model should not pass: the share of faulty calls, tokens a second at least, how much of its first speed
    it may lose, bytes of memory that should stay free."""

    faults: float = 0.25
    tokens_per_second: float = 3.0
    lost: float = 0.5
    free: int = 512 << 20


@dataclass(frozen=True, slots=True)
class Faults:
    """Calls of the last turns: all, those that were malformed, those that the rules refused."""

    calls: int = 0
    malformed: int = 0
    contradicted: int = 0

    @classmethod
    def of(cls, turns: Iterable[Sequence[Deed]]) -> "Faults":
        """Counted over what came of the calls of some turns."""
        deeds = [deed for turn in turns for deed in turn]
        malformed = sum(isinstance(deed, Malformed) for deed in deeds)
        return cls(len(deeds), malformed, sum(isinstance(deed, Refused) and not deed.past for deed in deeds))

    @property
    def share(self) -> float:
        """The share of all calls that were no good."""
        return (self.malformed + self.contradicted) / self.calls if self.calls else 0.0


@dataclass(frozen=True, slots=True)
class Advice:
    """Another model would serve better, and why."""

    kind: Literal["faults", "speed", "memory"]
    sentence: str


@dataclass(slots=True)
class Health:
    """What was heard of one model; each advice is given once until things are better."""

    lines: Lines = field(default_factory=Lines)
    speeds: deque[float] = field(default_factory=lambda: deque(maxlen=WINDOW))
    _first: list[float] = field(default_factory=list)
    _given: frozenset[str] = frozenset()

    def wrote(self, tokens_per_second: float) -> None:
        """A turn was written at this speed; 0 where nobody could tell."""
        if tokens_per_second > 0:
            self.speeds.append(tokens_per_second)
            if len(self._first) < _FEW:
                self._first.append(tokens_per_second)

    def advice(self, faults: Faults, free: int) -> list[Advice]:
        """What is to be said now and was not said before; `free` is the memory left, in bytes."""
        found = [one for one in (self._faults(faults), self._speed(), self._memory(free)) if one is not None]
        new = [one for one in found if one.kind not in self._given]
        self._given = frozenset(one.kind for one in found)
        return new

    def _faults(self, faults: Faults) -> Advice | None:
        if faults.calls < _CALLS or faults.share <= self.lines.faults:
            return None
        text = _(
            "Of the last {calls} calls {malformed} were malformed and {contradicted} contradicted the sheets. Hold the "
            "narrator to whole calls in the settings, where that can be had, or switch to another model."
        )
        return Advice("faults", text.format(**{name: getattr(faults, name) for name in Faults.__slots__}))

    def _speed(self) -> Advice | None:
        if len(self.speeds) < _FEW:
            return None
        now, first = median(list(self.speeds)[-_FEW:]), median(self._first)
        if now >= self.lines.tokens_per_second and now >= first * (1 - self.lines.lost):
            return None
        slower = _("The model writes {now} tokens a second; it began with {first}.")
        slow = _("The model writes {now} tokens a second.")
        what = _("Switch to a smaller one or a smaller quantisation, or give it less context.")
        text = f"{slower if now < first * (1 - self.lines.lost) else slow} {what}"
        return Advice("speed", text.format(now=f"{now:.1f}", first=f"{first:.1f}"))

    def _memory(self, free: int) -> Advice | None:
        if free >= self.lines.free:
            return None
        text = _(
            "Only {free} MB of memory are left, and the system may end the model. Close other programs, or switch to a "
            "smaller model or less context."
        )
        return Advice("memory", text.format(free=free >> 20))


def free_memory() -> int:
    """The memory that is left on this machine, in bytes."""
    return int(psutil.virtual_memory().available)
