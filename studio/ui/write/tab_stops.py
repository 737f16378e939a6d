"""Owns the places of a snippet that Tab goes to, one after the other; knows not what the snippet says."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QTextCursor

from studio.scenario import Edit, Span
from studio.scenario.snippets import Stop
from studio.ui.write.mirror import Change

if TYPE_CHECKING:
    from studio.ui.write.editor import Editor


class TabStops:
    """The stops of the snippet at hand; Tab goes on, Shift+Tab back, Escape ends it, and so does typing elsewhere."""

    def __init__(self, editor: "Editor") -> None:
        self._editor = editor
        self._stops: list[tuple[int, int]] = []
        self._again: list[list[tuple[int, int]]] = []  # where the words of each stop stand once more
        self._here = 0
        self._repeating = False

    @property
    def active(self) -> bool:
        """Whether there is a stop to go to."""
        return bool(self._stops)

    def begin(self, stops: Sequence[Stop], start: int) -> None:
        """Goes to the first stop of what was written at `start`; one alone only gets the caret."""
        at = self._editor.mirror.to_qt
        self._stops = [(at(start + stop.span.start), at(start + stop.span.end)) for stop in stops]
        self._again = [[(at(start + span.start), at(start + span.end)) for span in stop.again] for stop in stops]
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
            if not self._repeating and (change.at < low or change.at + change.cut > high):
                self._stops = []
                break
            order = [1 if self._repeating else number - self._here for number in range(len(self._stops))]
            self._stops = [_moved(stop, change, one) for stop, one in zip(self._stops, order, strict=True)]
            self._again = [[_moved(one, change, int(not self._repeating)) for one in group] for group in self._again]
        self._mark()

    def _repeat(self) -> None:
        """Writes the words of the present stop where they stand once more."""
        editor, mirror = self._editor, self._editor.mirror
        low, high = (mirror.from_qt(place) for place in self._stops[self._here])
        words = mirror.text[low:high]
        spans = [Span(mirror.from_qt(start), mirror.from_qt(end)) for start, end in self._again[self._here]]
        self._repeating = True
        editor.apply([Edit(span, words) for span in spans])
        self._repeating = False

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
        self._repeat()
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


def _moved(stop: tuple[int, int], change: Change, order: int) -> tuple[int, int]:
    """A stop after an edit; `order` is 0 for one that takes in what is typed at its edges, more for those behind it."""
    start, end = stop
    stop_at, delta = change.at + change.cut, change.put - change.cut
    if order == 0 and start <= change.at and stop_at <= end:
        return start, end + delta
    if start >= stop_at and (order > 0 or start > change.at):
        return start + delta, end + delta
    if start <= change.at and stop_at <= end and change.at < end:
        return start, end + delta
    return start, end
