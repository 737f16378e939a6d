"""Owns the marks of problems on an editor's text: they move with it, and only what is in view is drawn.

Knows nothing of how problems are found.
"""

from collections.abc import Iterable, Sequence

from studio.lint import Diagnostic
from studio.lint.marks import Mark
from studio.ui.write.mirror import Mirror
from studio.ui.write.tracked import Tracked

_ORDER = {"hint": 0, "warning": 1, "error": 2}


class Squiggles:
    """The problems of one text, in positions of its document."""

    def __init__(self) -> None:
        self._tracked: Tracked[Mark] = Tracked()

    def __len__(self) -> int:
        return len(self._tracked)

    @property
    def tracked(self) -> Iterable[tuple[int, int, Mark]]:
        """Each with where it stands, in the order of the text."""
        return iter(self._tracked)

    def show(self, marks: Iterable[Mark], mirror: Mirror) -> None:
        """Takes the problems of the text as it is now."""
        self._tracked = Tracked(_placed(marks, mirror))

    def change(self, gone: Sequence[int], new: Sequence[Mark], mirror: Mirror) -> bool:
        """Lets some go by their keys, and takes new ones; False where that is nothing."""
        if not gone and not new:
            return False
        if gone:
            without = set(gone)
            self._tracked.discard(lambda mark: mark.key in without)
        self._tracked.add(_placed(new, mirror))
        return True

    def shift(self, at: int, removed: int, added: int) -> None:
        """Moves them with an edit."""
        self._tracked.shift(at, removed, added)

    def between(self, first: int, last: int) -> list[tuple[int, int, Diagnostic]]:
        """Those in a stretch, the gravest last, so that it is drawn over the others."""
        found = [(start, end, mark.diagnostic) for start, end, mark in self._tracked.between(first, last)]
        return sorted(found, key=lambda one: _ORDER[one[2].severity])

    def at(self, position: int) -> tuple[Diagnostic, ...]:
        """Those that cover a position, the gravest first."""
        return tuple(item for _start, _end, item in reversed(self.between(position, position)))

    def gravest(self, first: int, last: int) -> str | None:
        """The gravest severity that begins in a stretch."""
        found = [str(item.severity) for start, _end, item in self.between(first, last) if start >= first]
        return found[-1] if found else None

    def next(self, here: int, steps: int) -> tuple[int, Diagnostic] | None:
        """Where the next problem begins, or the last one before, round the end; None where there is none."""
        ordered = [(start, mark.diagnostic) for start, _end, mark in self._tracked]
        if not ordered:
            return None
        if steps > 0:
            return next((pair for pair in ordered if pair[0] > here), ordered[0])
        return next((pair for pair in reversed(ordered) if pair[0] < here), ordered[-1])


def _placed(marks: Iterable[Mark], mirror: Mirror) -> list[tuple[int, int, Mark]]:
    last, at = mirror.qt_length, mirror.to_qt
    placed = []
    for mark in marks:
        span = mark.diagnostic.span
        start, end = min(last, at(span.start)), min(last, at(span.end))
        if start == end:  # something that is missing: the character before it, or after it at the very start
            start, end = (start - 1, end) if start else (start, min(last, end + 1))
        placed.append((start, end, mark))
    return placed
