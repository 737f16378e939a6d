"""Owns the marks of problems on an editor's text: they move with it, and only what is in view is drawn.

Knows nothing of how problems are found.
"""

from studio.lint import Diagnostic
from studio.ui.write.mirror import Mirror
from studio.ui.write.tracked import Tracked

_MOST = 1000
_ORDER = {"hint": 0, "warning": 1, "error": 2}


class Squiggles:
    """The problems of one text, in positions of its document."""

    def __init__(self) -> None:
        self._tracked: Tracked[Diagnostic] = Tracked()

    def __len__(self) -> int:
        return len(self._tracked)

    def show(self, diagnostics: tuple[Diagnostic, ...], mirror: Mirror) -> None:
        """Takes the problems of the text as it is now."""
        last, at = mirror.qt_length, mirror.to_qt
        stretches = []
        for item in diagnostics[:_MOST]:
            start, end = min(last, at(item.span.start)), min(last, at(item.span.end))
            if start == end:  # something that is missing: the character before it, or after it at the very start
                start, end = (start - 1, end) if start else (start, min(last, end + 1))
            stretches.append((start, end, item))
        self._tracked = Tracked(stretches)

    def shift(self, at: int, removed: int, added: int) -> None:
        """Moves them with an edit."""
        self._tracked.shift(at, removed, added)

    def between(self, first: int, last: int) -> list[tuple[int, int, Diagnostic]]:
        """Those in a stretch, the gravest last, so that it is drawn over the others."""
        return sorted(self._tracked.between(first, last), key=lambda one: _ORDER[one[2].severity])

    def at(self, position: int) -> tuple[Diagnostic, ...]:
        """Those that cover a position, the gravest first."""
        return tuple(item for _start, _end, item in reversed(self.between(position, position)))

    def gravest(self, first: int, last: int) -> str | None:
        """The gravest severity that begins in a stretch."""
        found = [str(item.severity) for start, _end, item in self.between(first, last) if start >= first]
        return found[-1] if found else None

    def next(self, here: int, steps: int) -> tuple[int, Diagnostic] | None:
        """Where the next problem begins, or the last one before, round the end; None where there is none."""
        ordered = [(start, item) for start, _end, item in self._tracked]
        if not ordered:
            return None
        if steps > 0:
            return next((pair for pair in ordered if pair[0] > here), ordered[0])
        return next((pair for pair in reversed(ordered) if pair[0] < here), ordered[-1])
