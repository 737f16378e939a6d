"""Owns what is known of a page's text while it is typed: its problems at once, the scenario when typing rests.

Each edit goes to a `Live`, which says what it changed, and only that is drawn anew. A `Live` is made on the working
thread, when a text is there and after edits so large that following them would hold up the window. Knows no widget
but where the marks are shown.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.lint import Diagnostic
from studio.lint.live import Live
from studio.lint.marks import Mark, moved
from studio.lint.selection import Selection
from studio.scenario import Parsed, parse
from studio.scenario.game import Game
from studio.ui.background import Background
from studio.ui.write.mirror import Change

REST_MS = 150
_MOST_EDITS = 12
_MOST_TEXT = 20_000
_MOST_WAITING = 200


class Shown(Protocol):
    """Where the marks are shown; what it shows moves with the text by itself."""

    def text(self) -> str:
        """The text as it is now."""
        ...

    def show_marks(self, marks: Iterable[Mark]) -> None:
        """Shows these and no others."""
        ...

    def change_marks(self, gone: Sequence[int], new: Sequence[Mark]) -> None:
        """Takes some away by their keys and shows others."""
        ...


class Checking(QObject):
    """The check of one text. `checked` is emitted when typing rests: `parsed` and `diagnostics` are as they are now."""

    checked = Signal()

    def __init__(
        self, background: Background, path: Path, game: Game, shown: Shown, selection: Selection | None = None
    ) -> None:
        super().__init__()
        self._background = background
        self._game = game
        self._selection = selection
        self._shown = shown
        self._live: Live | None = None
        self._waiting: list[Change] | None = None  # edits since the text that a new `Live` is being made of
        self._edits = 0
        self._over = False
        self.path = path
        self.parsed: Parsed | None = None
        self.diagnostics: tuple[Diagnostic, ...] = ()
        self._rest = self._timer(REST_MS, self._rested)
        self._settle = self._timer(0, self._go_on)

    def _timer(self, delay: int, run: Callable[[], object]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(delay)
        timer.timeout.connect(run)
        return timer

    @property
    def ready(self) -> bool:
        """Whether all that was typed so far is checked and shown."""
        return self._live is not None and not self._live.pending

    @Slot(object)
    def follow(self, changes: Sequence[Change]) -> None:
        """Follows edits, in the order in which they were made."""
        self._edits += 1
        self._rest.start()
        if self._live is None:
            if self._waiting is not None:
                self._waiting += changes
            return
        large = sum(change.removed + len(change.inserted) for change in changes) > _MOST_TEXT
        if large or len(changes) > _MOST_EDITS:
            self.check_now()
            return
        gone: list[int] = []
        new: dict[int, Mark] = {}
        for change in changes:
            told = self._live.edit(change.start, change.removed, change.inserted, defer=True)
            gone += [key for key in told.gone if new.pop(key, None) is None]
            new = {key: _after(mark, change) for key, mark in new.items()}
            new |= {mark.key: mark for mark in told.new}
        self._shown.change_marks(gone, tuple(new.values()))
        if self._live.pending:
            self._settle.start()

    @Slot()
    def _go_on(self) -> None:
        if self._live is None:
            return
        told = self._live.settle()
        self._shown.change_marks(told.gone, told.new)
        if self._live.pending:
            self._settle.start()

    @Slot()
    def check_now(self) -> None:
        """Has the whole text checked on the working thread; what is shown stays until the answer is here."""
        if self._over:
            return
        self._live, self._waiting = None, []
        text, path, game, selection = self._shown.text(), self.path, self._game, self._selection

        def work() -> object:
            return Live(text, path=path, tools=game.tools, vocabulary=game.words, selection=selection)

        self._background.ask(self, work, self._take)

    def _take(self, live: object) -> None:
        assert isinstance(live, Live)
        waiting, self._waiting = self._waiting or [], None
        if len(waiting) > _MOST_WAITING or sum(len(change.inserted) for change in waiting) > _MOST_TEXT:
            self.check_now()
            return
        for change in waiting:
            live.edit(change.start, change.removed, change.inserted, defer=True)
        self._live = live
        self._shown.show_marks(live.marks)
        self._rested()

    @Slot()
    def _rested(self) -> None:
        """Has the scenario put together on the working thread, once all is checked."""
        live, edits = self._live, self._edits
        if live is None:
            return
        if live.pending:
            self._rest.start()
            return
        snapshot, diagnostics = live.snapshot(), live.diagnostics
        self._background.ask((self, "parsed"), snapshot.parsed, lambda parsed: self._know(edits, parsed, diagnostics))

    def _know(self, edits: int, parsed: object, diagnostics: tuple[Diagnostic, ...]) -> None:
        assert isinstance(parsed, Parsed)
        if edits != self._edits:
            return
        self.parsed, self.diagnostics = parsed, diagnostics
        self.checked.emit()

    def catch_up(self) -> Parsed:
        """The scenario as the text says it now, with `diagnostics` of the same; for what is about to be edited."""
        text = self._shown.text()
        if self._live is not None and self._live.text == text:
            self.parsed, self.diagnostics = self._live.parsed, self._live.diagnostics
            self._shown.show_marks(self._live.marks)
        elif self.parsed is None or self.parsed.scenario.text != text:
            return parse(text, path=self.path, tools=self._game.tools)
        return self.parsed

    def use(self, game: Game, selection: Selection | None, *, now: bool) -> None:
        """Checks by another game, and by other rules, from now on."""
        self._game, self._selection = game, selection
        self._edits += 1
        if now:
            self.check_now()

    def stop(self) -> None:
        """Checks no more; an answer that is on its way is not taken."""
        self._over = True
        self._rest.stop()
        self._settle.stop()
        self._background.drop(self)


def _after(mark: Mark, change: Change) -> Mark:
    """A mark where it stands after one more edit before it."""
    behind = mark.diagnostic.span.start >= change.start + change.removed
    by = len(change.inserted) - change.removed
    return Mark(mark.key, moved(mark.diagnostic, by)) if behind and by else mark
