"""Owns doing work off the GUI thread and bringing the answer back to it; knows nothing of the work.

Answers arrive as queued signals, so that a slot never runs on the working thread.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal, Slot
from shiboken6 import isValid

BLINK_SECONDS = 0.03
"""How long the window may wait for an answer that is wanted at once; nobody sees it."""


@dataclass(frozen=True, slots=True)
class _Failure:
    """What the work raised; it is raised again on the GUI thread, where our bugs are told."""

    error: Exception


_Mark = tuple[object, object]
"""Who asked, and which of their questions it was."""


class Background(QObject):
    """One working thread with at most one question waiting a key: a newer one replaces it.

    A key is the one who asks, or a pair of that and a word. An answer never comes to one who is gone: who was dropped,
    or whom Qt deleted.
    """

    _answered = Signal(object, object, object)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._waiting: dict[object, object] = {}
        self._over = False
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def ask(self, key: object, work: Callable[[], object], answer: Callable[[object], object]) -> None:
        """Does `work` on the thread and gives what it returns to `answer` here, unless asked anew meanwhile."""
        self._submit(key, work, answer)

    def ask_at_once(self, key: object, work: Callable[[], object], answer: Callable[[object], object]) -> bool:
        """As `ask`; an answer that is there within a blink is given before this returns, and only then it is True.

        For what a person waits for and a sound disk has in no time: nothing flickers there, and a slow one never
        holds up the window.
        """
        asked = self._submit(key, work, answer)
        if asked is None:
            return False
        mark, done = asked
        wait_for((done,), BLINK_SECONDS)
        if not done.done():
            return False
        self._deliver(mark, answer, done.result())
        return True

    def _submit(
        self, key: object, work: Callable[[], object], answer: Callable[[object], object]
    ) -> tuple[_Mark, Future[object]] | None:
        if self._over:
            return None
        ticket = object()
        self._waiting[key] = ticket
        return (key, ticket), self._pool.submit(self._work, key, ticket, work, answer)

    def drop(self, owner: object) -> None:
        """Forgets all that somebody asked: those answers do not come any more."""
        for key in [key for key in self._waiting if _owner(key) is owner]:
            del self._waiting[key]

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._waiting)

    def finish(self) -> None:
        """Waits until all that was asked is done and answered; for the moment before the window closes."""
        if not self._over:
            self._pool.submit(lambda: None).result()
            QCoreApplication.sendPostedEvents(self)

    def close(self) -> None:
        """Ends the thread; answers that were on their way are dropped."""
        self._over = True
        self._waiting.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(
        self, key: object, ticket: object, work: Callable[[], object], answer: Callable[[object], object]
    ) -> object:
        result: object = None
        if self._waiting.get(key) is ticket:
            try:
                result = work()
            except Exception as error:
                result = _Failure(error)
            if not self._over:
                self._answered.emit((key, ticket), answer, result)
        return result

    @Slot(object, object, object)
    def _deliver(self, mark: _Mark, answer: Callable[[object], object], result: object) -> None:
        key, ticket = mark
        if self._waiting.get(key) is ticket:
            del self._waiting[key]
            if _is_gone(_owner(key)):
                return
            if isinstance(result, _Failure):
                raise result.error
            answer(result)


def _owner(key: object) -> object:
    return key[0] if isinstance(key, tuple) else key


def _is_gone(owner: object) -> bool:
    return isinstance(owner, QObject) and not isValid(owner)
