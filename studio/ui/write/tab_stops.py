"""Owns the places of a snippet that Tab goes to, one after the other; knows not what the snippet says."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QTextCursor

from studio.scenario import Span
from studio.ui.write.mirror import Change

if TYPE_CHECKING:
    from studio.ui.write.editor import Editor


class TabStops:
    """The stops of the snippet at hand; Tab goes on, Shift+Tab back, Escape ends it, and so does typing elsewhere."""

    def __init__(self, editor: "Editor") -> None:
        self._editor = editor
        self._stops: list[tuple[int, int]] = []
        self._here = 0

    @property
    def active(self) -> bool:
        """Whether there is a stop to go to."""
        return bool(self._stops)

    def begin(self, stops: Sequence[Span]) -> None:
        """Goes to the first stop (code points of the text as it is now); one alone only gets the caret."""
        at = self._editor.mirror.to_qt
        self._stops = [(at(span.start), at(span.end)) for span in stops]
        self._here = 0
        self._go(0)
        if len(stops) < 2:
            self._stops = []
        self._mark()

    def end(self) -> None:
        """Forgets the stops."""
        self._stops = []
        self._mark()

    def follow(self, changes: Sequence[Change]) -> None:
        """Moves the stops with edits; what is typed in the present stop belongs to it."""
        if not self._stops:
            return
        for change in changes:
            low, high = self._stops[self._here]
            if change.at < low or change.at + change.cut > high:
                self._stops = []
                break
            self._stops = [self._moved(place, change) for place in range(len(self._stops))]
        self._mark()

    def _moved(self, place: int, change: Change) -> tuple[int, int]:
        start, end = self._stops[place]
        delta = change.put - change.cut
        if place == self._here:
            return start, end + delta
        later = start > change.at or (start == change.at and place > self._here)
        return (start + delta, end + delta) if later else (start, end)

    def takes(self, event: QKeyEvent) -> bool:
        """Whether a key was meant for the stops, which then have acted on it."""
        if not self._stops:
            return False
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self.end()
        elif key == Qt.Key.Key_Tab:
            self._step(1)
        elif key == Qt.Key.Key_Backtab:
            self._step(-1)
        else:
            return False
        return True

    def _step(self, steps: int) -> None:
        place = self._here + steps
        if not 0 <= place < len(self._stops):
            return
        self._here = place
        self._go(place)
        if place == len(self._stops) - 1:
            self._stops = []
        self._mark()

    def _go(self, place: int) -> None:
        if not self._stops:
            return
        start, end = self._stops[place]
        cursor = QTextCursor(self._editor.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self._editor.setTextCursor(cursor)

    def _mark(self) -> None:
        self._editor.overlay.show_stops([stop for stop in self._stops if stop[0] < stop[1]])
