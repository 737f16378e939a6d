"""Owns the thread that writes what is kept, so that a slow or full disk never holds up the typing; knows no window."""

import itertools
import threading
import time
from collections.abc import Callable
from pathlib import Path

from studio.errors import LorewrightError, UnexpectedFailure
from studio.workspace.documents import Document
from studio.workspace.recovery import Journal, Kept, Recovery

_SYNC_SECONDS = 5.0

Told = Callable[[Path, LorewrightError | None], object]
Work = Callable[[], object]


class Keeper:
    """Writes journals and whatever else can wait, in the order asked for.

    Of several texts that wait for one file only the newest is written. `tell` is called on the thread, after
    each text of a file: with the error, or with None where it was kept.
    """

    def __init__(self, tell: Told) -> None:
        self._tell = tell
        self._waiting: dict[object, tuple[Path, Work]] = {}
        self._numbers = itertools.count()
        self._journals: dict[Path, Journal] = {}
        self._synced: dict[Path, float] = {}
        self._turn = threading.Condition()
        self._at_work = self._over = False
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._syncing: threading.Thread | None = None
        self._thread.start()

    def keep(self, recovery: Recovery, path: Path, text: str) -> None:
        """Has the unsaved text of a file kept."""
        self.ask(("text", path), path, lambda: self._journal(recovery, path, text))

    def forget(self, recovery: Recovery, path: Path) -> None:
        """Has what is kept for a file dropped; a text that still waits is not written any more.

        It keeps its turn whatever is asked for later: who looks after this for what is kept does not find it.
        """
        with self._turn:
            self._waiting.pop(("text", path), None)
            self._waiting["forget", path, next(self._numbers)] = path, lambda: self._drop(recovery, path)
            self._turn.notify_all()

    def look(self, recovery: Recovery, document: Document, found: Callable[[tuple[Kept, ...]], object]) -> None:
        """Has what is kept of a file set apart and told, after all that was asked for before.

        `found` is called on the thread with every text that differs from the file, also where setting apart failed.
        """
        self.ask(("look", document.path), document.path, lambda: self._look(recovery, document, found))

    def ask(self, key: object, path: Path, work: Work) -> None:
        """Has something about a file done in its turn; newer work of the same key takes the place of older."""
        with self._turn:
            self._waiting.pop(key, None)
            self._waiting[key] = path, work
            self._turn.notify_all()

    def flush(self, seconds: float) -> bool:
        """Waits until all is written; False where that took longer."""
        with self._turn:
            return self._turn.wait_for(lambda: not self._waiting and not self._at_work, seconds)

    def close(self, seconds: float = 5.0) -> None:
        """Writes what waits and ends the thread."""
        with self._turn:
            self._over = True
            self._turn.notify_all()
        self._thread.join(seconds)
        if self._syncing is not None:
            self._syncing.join(seconds)

    def _run(self) -> None:
        while True:
            with self._turn:
                self._at_work = False
                self._turn.notify_all()
                self._turn.wait_for(lambda: self._waiting or self._over)
                if not self._waiting:
                    return
                key = next(iter(self._waiting))
                path, work = self._waiting.pop(key)
                self._at_work = True
            self._do(path, work)

    def _do(self, path: Path, work: Work) -> None:
        error: LorewrightError | None = None
        try:
            work()
        except LorewrightError as raised:
            error = raised
        except Exception as raised:  # the thread must outlive any one piece of work
            error = UnexpectedFailure(detail=f"{type(raised).__name__}: {raised}")
        self._tell(path, error)

    def _journal(self, recovery: Recovery, path: Path, text: str) -> None:
        journal = self._journals.setdefault(path, Journal(recovery, path))
        journal.keep(text)
        now = time.monotonic()
        idle = self._syncing is None or not self._syncing.is_alive()
        if idle and now - self._synced.get(path, 0.0) > _SYNC_SECONDS:
            self._synced[path] = now
            self._syncing = threading.Thread(target=journal.sync, name="keeper-sync", daemon=True)
            self._syncing.start()

    def _look(self, recovery: Recovery, document: Document, found: Callable[[tuple[Kept, ...]], object]) -> None:
        try:
            for kept in recovery.same_as(document):
                recovery.drop(kept)
            self._journals.pop(document.path, None)
            recovery.set_apart(document.path)
        finally:
            found(recovery.all_for(document))

    def _drop(self, recovery: Recovery, path: Path) -> None:
        self._journals.pop(path, None)
        recovery.forget(path)
