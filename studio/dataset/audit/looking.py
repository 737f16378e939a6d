"""Owns looking at rows one by one: what the checks and the canon say of each, its language and its likeness.

It runs in any process and knows no other row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from studio.dataset.audit.canon import Canon
from studio.dataset.audit.language import Spoken, spoken
from studio.dataset.audit.limits import Limits
from studio.dataset.audit.sight import Sight, Talk
from studio.dataset.audit.sketches import Sketch, Sketches, sketches
from studio.dataset.verdicts import Reason


class Looked(NamedTuple):
    """What is known of a row by itself."""

    reasons: tuple[Reason, ...]
    spoken: Spoken
    sketch: Sketch


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of several rows by themselves; it yields them one by one."""

    reasons: tuple[tuple[Reason, ...], ...]
    spoken: tuple[Spoken, ...]
    sketches: Sketches

    def __iter__(self) -> Iterator[Looked]:
        return map(Looked, self.reasons, self.spoken, self.sketches)


class Looker:
    """What rows are held against; called with rows it looks at them. It can be sent to another process."""

    def __init__(self, limits: Limits, canon: Canon, rows_in_band: int) -> None:
        self._limits, self._canon, self._rows = limits, canon, rows_in_band

    def __call__(self, talks: Sequence[Talk]) -> Seen:
        """What is to be said of each."""
        sights = [Sight(talk) for talk in talks]
        tells = "language" in self._limits.by_code
        return Seen(
            tuple((*self._limits.reasons(sight), *self._canon.check(sight)) for sight in sights),
            tuple(spoken(sight) if tells else Spoken() for sight in sights),
            sketches(sights, self._rows),
        )
