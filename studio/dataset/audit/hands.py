"""Owns sharing a stream of work among processes of our own, in order; knows nothing of the work.

A process that dies takes nothing with it: what it had in hand is done here instead. When the one who asks stops, or
dies, the processes see their pipe close and end.
"""

import gc
import multiprocessing
import queue
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 2
_GARBAGE = 50_000
_GRACE_SECONDS = 5.0


@dataclass(eq=False, slots=True)
class _Hand(Generic[T]):
    """One process: our end of its pipe, and what it has and has not given back, oldest first."""

    process: BaseProcess
    pipe: "Connection[Any, Any]"
    holds: deque[tuple[int, T]] = field(default_factory=deque)


class Hands(Generic[T, R]):
    """Processes that do `work`, which must be importable, on what `run` is given. Use it in a `with`."""

    def __init__(self, work: Callable[[T], R], processes: int) -> None:
        self._work = work
        self._processes = processes if not multiprocessing.current_process().daemon else 0
        self._hands: list[_Hand[T]] = []
        self._done: dict[int, R] = {}

    def __enter__(self) -> "Hands[T, R]":
        return self

    def __exit__(self, *_error: object) -> None:
        for hand in self._hands:
            hand.pipe.close()
        for hand in self._hands:
            hand.process.join(_GRACE_SECONDS)
            if hand.process.is_alive():
                hand.process.kill()
                hand.process.join()
        self._hands.clear()

    def run(self, items: Iterable[T]) -> Iterator[R]:
        """The results in the order of the items, which are taken a few at a time; the work's exceptions come up here.

        The first item is done here: a small job starts no process.
        """
        coming = enumerate(items)
        wanted = 0
        open_items = 0
        for number, item in coming:
            if number == 0 or self._processes < 2:
                self._done[number] = self._work(item)
            else:
                self._hand_out(number, item)
            open_items += 1
            while wanted in self._done or open_items > _AHEAD * max(1, len(self._hands)):
                yield self._take(wanted)
                wanted, open_items = wanted + 1, open_items - 1
        for number in range(wanted, wanted + open_items):
            yield self._take(number)

    def _hand_out(self, number: int, item: T) -> None:
        if not self._hands:
            self._start()
        hand = min(self._hands, key=lambda one: len(one.holds), default=None)
        if hand is None:
            self._done[number] = self._work(item)
            return
        hand.holds.append((number, item))
        try:
            hand.pipe.send((number, item))
        except OSError:
            self._lose(hand)

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        for _number in range(self._processes):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, self._work), daemon=True)
            process.start()
            theirs.close()
            self._hands.append(_Hand(process, ours))

    def _take(self, wanted: int) -> R:
        while wanted not in self._done:
            ready = wait([hand.pipe for hand in self._hands])
            for hand in [hand for hand in self._hands if hand.pipe in ready]:
                self._receive(hand)
        return self._done.pop(wanted)

    def _receive(self, hand: _Hand[T]) -> None:
        try:
            number, result = hand.pipe.recv()
        except (EOFError, OSError):
            self._lose(hand)
        else:
            hand.holds.popleft()
            self._done[number] = result

    def _lose(self, hand: _Hand[T]) -> None:
        """A process is gone; what it held is done here."""
        self._hands.remove(hand)
        self._processes = len(self._hands)
        hand.pipe.close()
        hand.process.join(_GRACE_SECONDS)
        for number, item in hand.holds:
            self._done[number] = self._work(item)


def _serve(pipe: "Connection[Any, Any]", work: Callable[[T], R]) -> None:
    """A process' life: work comes, results go, until the other side hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who started us is told, and hangs up
    asked: queue.SimpleQueue[Any] = queue.SimpleQueue()
    gc.freeze()  # what is loaded by now stays
    gc.set_threshold(_GARBAGE)
    # Taken off the pipe at once: both sides writing and none reading would be the end.
    threading.Thread(target=_listen, args=(pipe, asked), daemon=True).start()
    try:
        while (item := asked.get()) is not None:
            number, given = item
            pipe.send((number, work(given)))
    except OSError:
        return
    except Exception:  # our mistake: it is made once more, and told, where the user can see it
        return


def _listen(pipe: "Connection[Any, Any]", asked: "queue.SimpleQueue[Any]") -> None:
    try:
        while True:
            asked.put(pipe.recv())
    except (EOFError, OSError):
        asked.put(None)
