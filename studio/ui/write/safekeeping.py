"""Owns when what was typed is kept for a crash and when a snapshot is due; knows no widget and no question.

The rule is an age and not a pause: the oldest keystroke that is not kept yet is never older than `MOST_SECONDS`
before its text goes to the writing thread, however fast and long somebody types.
"""

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from shiboken6 import isValid

from studio.errors import LorewrightError
from studio.language import _
from studio.ui.context import Context
from studio.workspace import Document, Recovery, Workspace
from studio.workspace.history import EVERY_SECONDS, History
from studio.workspace.keeper import Keeper
from studio.workspace.recovery import Kept

MOST_SECONDS = 0.3
_FLUSH_SECONDS = 3.0


class Safe(QObject):
    """The writing thread that all pages share, and the one notice where nothing can be kept."""

    _told = Signal(object, object)
    _found = Signal(object, object)

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._failing: set[Path] = set()
        self.keeper = Keeper(self._told.emit)
        self._told.connect(self._hear, Qt.ConnectionType.QueuedConnection)
        self._found.connect(self._hand_over, Qt.ConnectionType.QueuedConnection)

    @property
    def workspace(self) -> Workspace:
        """The workspace that is open now."""
        return self._context.workspace

    def failing(self, path: Path) -> bool:
        """Whether what was typed into a file could not be kept the last time."""
        return path in self._failing

    def look(self, recovery: Recovery, document: Document, asker: "Safekeeping") -> None:
        """Has the writing thread look for what is kept of a file, behind all that it was asked for before."""
        self.keeper.look(recovery, document, lambda found: self._found.emit(asker, found))

    @Slot(object, object)
    def _hand_over(self, asker: "Safekeeping", found: tuple[Kept, ...]) -> None:
        if isValid(asker):  # its page may have been closed meanwhile
            asker.found.emit(found)

    def flush(self) -> bool:
        """Waits a moment until all is written; False where something was not, or not in time."""
        done = self.keeper.flush(_FLUSH_SECONDS)
        return done and not self._failing

    def moved(self, old: Path, new: Path) -> None:
        """Lets what is kept and the snapshots follow a file to its new path."""
        recovery, history = Recovery(self.workspace.recovery), History(self.workspace.snapshots)

        def follow() -> None:
            recovery.moved(old, new)
            history.moved(old, new)

        self.keeper.ask(("moved", old), new, follow)

    def close(self) -> None:
        """Writes what waits and ends the thread."""
        self.keeper.close()

    @Slot(object, object)
    def _hear(self, path: Path, error: LorewrightError | None) -> None:
        if error is None:
            if path in self._failing:
                self._failing.discard(path)
                self._context.toast(_("Unsaved text is kept for a crash again."), "success")
        elif path not in self._failing:
            self._failing.add(path)
            self._context.toast(
                _("Unsaved text can't be kept for a crash: {error} Go on typing, and save often.").format(error=error),
                "warning",
            )


class Safekeeping(QObject):
    """What is kept of one open file. `text` gives its text, `document` the file, `dirty` whether they differ.

    `found` is emitted with the kept texts that `look` was asked for.
    """

    found = Signal(object)

    def __init__(
        self,
        safe: Safe,
        text: Callable[[], str],
        document: Callable[[], Document],
        dirty: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._safe = safe
        self._text = text
        self._document = document
        self._dirty = dirty
        self.recovery = Recovery(safe.workspace.recovery)
        self.history = History(safe.workspace.snapshots)
        self._since: float | None = None
        self._snapped: float | None = None
        self._changed = False
        self._soon = self._timer(round(MOST_SECONDS * 1000), self.keep)
        self._later = self._timer(round(EVERY_SECONDS * 1000), self.snap)

    def _timer(self, delay: int, run: Callable[[], object]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(delay)
        timer.timeout.connect(run)
        return timer

    @Slot()
    def edited(self) -> None:
        """Takes in that something was typed; cheap, for it is called at every keystroke."""
        now = time.monotonic()
        if self._since is None:
            self._since = now
            self._soon.start()
            self._note_change(now)
        elif now - self._since >= MOST_SECONDS:  # a flood of keys can keep the timer from its turn
            self.keep()

    def _note_change(self, now: float) -> None:
        if self._snapped is None:  # the first change: what the file said before it is kept too
            self._snapped = now
            self._take(self._document().text)
        self._changed = True
        if now - self._snapped >= EVERY_SECONDS:
            self.snap()
        elif not self._later.isActive():
            self._later.start(round((EVERY_SECONDS - now + self._snapped) * 1000))

    @Slot()
    def keep(self) -> None:
        """Hands the text over to be kept; one that is as the file is needs no keeping."""
        self._since = None
        self._soon.stop()
        path = self._document().path
        if self._dirty():
            self._safe.keeper.keep(self.recovery, path, self._text())
        else:
            self._safe.keeper.forget(self.recovery, path)

    def keep_now(self) -> None:
        """Hands over what was typed since the last time, before the window closes."""
        if self._since is not None or self._dirty():
            self.keep()
        self.snap()

    @Slot()
    def snap(self) -> None:
        """Takes a snapshot where something changed since the last one."""
        self._later.stop()
        if self._changed:
            self._changed = False
            self._snapped = time.monotonic()
            self._take(self._text())

    def remember(self, text: str) -> None:
        """Puts a text among the snapshots of the file, so that letting it go can be taken back."""
        self._take(text)

    def _take(self, text: str) -> None:
        history, path, when = self.history, self._document().path, time.time()
        self._safe.keeper.ask(("snapshot", path, when), path, lambda: history.take(path, text, when))

    def settled(self) -> None:
        """Takes in that the text was saved or let go: nothing is kept of it any more."""
        self._since = None
        self._soon.stop()
        self._safe.keeper.forget(self.recovery, self._document().path)

    def look(self) -> None:
        """Looks for texts kept of the file; they are set apart, so that new typing is kept beside them."""
        self._safe.look(self.recovery, self._document(), self)

    def drop(self, kept: Kept) -> None:
        """Lets a text go that was answered for, after all that was asked for before."""
        recovery, path = self.recovery, self._document().path
        self._safe.keeper.ask(("drop", kept.place), kept.path, lambda: recovery.drop(kept, path))

    def moved(self, old: Path, new: Path) -> None:
        """Lets what is kept and the snapshots follow a file to its new path."""
        self._safe.keeper.forget(self.recovery, old)
        self._safe.moved(old, new)
        if self._dirty():
            self.keep()
