"""Owns what is known of a page's text while it is typed: the parsed scenario and its problems; knows no widget."""

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.lint import Diagnostic, check
from studio.scenario import Parsed, parse
from studio.scenario.game import Game
from studio.ui.background import Background
from studio.ui.write.mirror import Change

_CHECK_AFTER_MS = 180

Checked = tuple[Parsed, tuple[Diagnostic, ...]]


class Checking(QObject):
    """The check of one text. `checked` is emitted with each new result."""

    checked = Signal()

    def __init__(self, background: Background, path: Path, game: Game, text: Callable[[], str]) -> None:
        super().__init__()
        self._background = background
        self._game = game
        self._text = text
        self._edits = 0
        self.path = path
        self.parsed: Parsed | None = None
        self.diagnostics: tuple[Diagnostic, ...] = ()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_CHECK_AFTER_MS)
        self._timer.timeout.connect(self.check_now)

    @Slot(object)
    def follow(self, changes: list[Change]) -> None:
        """Follows edits."""
        self._edits += len(changes)
        self._timer.start()

    @Slot()
    def check_now(self) -> None:
        """Has the whole text parsed and checked on the working thread."""
        text, path, game, edits = self._text(), self.path, self._game, self._edits

        def work() -> object:
            began = time.monotonic()
            parsed = parse(text, path=path, tools=game.tools)
            return parsed, tuple(check(parsed, game.words)), time.monotonic() - began

        self._background.ask(self, work, lambda result: self._take(edits, result))

    def stop(self) -> None:
        """Checks no more; an answer that is on its way is not taken."""
        self._timer.stop()
        self._edits += 1

    def _take(self, edits: int, result: object) -> None:
        if edits != self._edits:
            return
        assert isinstance(result, tuple)
        self.parsed, self.diagnostics, seconds = result
        self._timer.setInterval(max(_CHECK_AFTER_MS, round(seconds * 2000)))  # a long text is checked less often
        self.checked.emit()
