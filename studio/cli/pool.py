"""Owns sharing work among processes of our own; knows nothing of the work.

A process that dies takes nothing with it: what it had in hand is done here instead.
"""

import gc
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_CHUNK = 32
_AHEAD = 2
_GARBAGE = 50_000
_GRACE_SECONDS = 5.0


def start_method() -> str:
    """`fork`, which loads nothing again, where it is safe: on Linux, with no thread but this one. Else `spawn`."""
    try:
        alone = sys.platform == "linux" and len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        alone = False
    return "fork" if alone else "spawn"


@dataclass(eq=False, slots=True)
class _Hand:
    """One process: our end of its pipe, and the chunks that it has and has not given back, oldest first."""

    process: BaseProcess
    pipe: "Connection[tuple[int, int], object]"
    holds: deque[int] = field(default_factory=deque)


class Crew(Generic[T, R]):
    """Processes that do `work` on `items`, chunk by chunk; `run` gives the results in the order of the items."""

    def __init__(self, work: Callable[[T], R], items: Sequence[T], processes: int, method: str = "") -> None:
        self._work, self._items = work, items
        self._chunks = deque(range(0, len(items), _CHUNK))
        self._done: dict[int, list[R]] = {}
        self._hands = self._start(processes, method or start_method())

    def _start(self, processes: int, method: str) -> list[_Hand]:
        context = get_context(method)
        pipes = [context.Pipe() for _number in range(processes)]
        gc.freeze()  # what is loaded by now is shared, and no process looks through it for garbage
        hands = []
        for pipe, theirs in pipes:
            # A forked process holds copies of all ends; while one is open nobody sees that its owner died.
            copies = [end for both in pipes for end in both if end is not theirs and not end.closed]
            arguments = (theirs, copies if method == "fork" else (), self._work, self._items)
            process = context.Process(  # type: ignore[attr-defined]  # every context but the base has it
                target=_serve, args=arguments, daemon=True
            )
            process.start()
            theirs.close()
            hands.append(_Hand(process, pipe))
        return hands

    def run(self) -> Iterator[R]:
        """The results; an exception of the work is raised here."""
        try:
            for hand in self._hands[:]:
                for _time in range(_AHEAD):
                    self._give(hand)
            for start in range(0, len(self._items), _CHUNK):
                while start not in self._done:
                    self._take(start)
                yield from self._done.pop(start)
        finally:
            self._dismiss()

    def _give(self, hand: _Hand) -> None:
        if not self._chunks or hand not in self._hands:
            return
        start = self._chunks.popleft()
        hand.holds.append(start)
        try:
            hand.pipe.send((start, start + _CHUNK))
        except OSError:
            self._lose(hand)

    def _take(self, wanted: int) -> None:
        """Waits for a chunk, whichever comes first; does the wanted one here where nobody has it."""
        if not any(wanted in hand.holds for hand in self._hands):
            if wanted in self._chunks:
                self._chunks.remove(wanted)
            self._done[wanted] = [self._work(item) for item in self._items[wanted : wanted + _CHUNK]]
            return
        ready = wait([hand.pipe for hand in self._hands])
        for hand in [hand for hand in self._hands if hand.pipe in ready]:
            try:
                self._done[hand.holds[0]] = hand.pipe.recv()  # type: ignore[assignment]  # what `_serve` sends
            except (EOFError, OSError):
                self._lose(hand)
            else:
                hand.holds.popleft()
                self._give(hand)

    def _lose(self, hand: _Hand) -> None:
        """A process is gone; what it held goes back."""
        self._hands.remove(hand)
        self._chunks.extendleft(reversed(hand.holds))
        hand.pipe.close()

    def _dismiss(self) -> None:
        gc.unfreeze()
        for hand in self._hands:
            hand.pipe.close()
        for hand in self._hands:
            hand.process.join(_GRACE_SECONDS)
            if hand.process.is_alive():
                hand.process.kill()
                hand.process.join()


def _serve(
    pipe: "Connection[object, tuple[int, int]]",
    others: Sequence["Connection[object, object]"],
    work: Callable[[T], R],
    items: Sequence[T],
) -> None:
    """A process' life: chunks come, results go, until the other side hangs up."""
    for other in others:
        other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who started us is told, and hangs up
    gc.set_threshold(_GARBAGE)
    try:
        while True:
            start, stop = pipe.recv()
            pipe.send([work(item) for item in items[start:stop]])
    except (EOFError, OSError):
        return
    except Exception:  # our mistake: it is made once more, and told, where the user can see it
        return
