"""Owns running a coroutine on a thread with an event loop of its own: what it computes never holds up who asked.

Knows nothing of the work. What a coroutine starts, such as a worker, it also ends before the thread does.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from studio.errors import Cancelled

T = TypeVar("T")


class Apart:
    """One coroutine at a time, on a thread; `stop` cancels it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inner: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None
        self._stopped = False

    async def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What the work gives; raises what it raises, and Cancelled after `stop`."""
        self._stopped = False
        thread = asyncio.create_task(asyncio.to_thread(self._run, work))
        try:
            return await asyncio.shield(thread)
        except asyncio.CancelledError:
            self.stop()
            await asyncio.wait([thread])
            raise

    def stop(self) -> None:
        """Cancels what runs, from any thread; nothing where nothing does."""
        with self._lock:
            self._stopped = True
            if self._inner is not None:
                loop, task = self._inner
                loop.call_soon_threadsafe(task.cancel)

    def _run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        with asyncio.Runner() as runner:
            try:
                return runner.run(self._watched(work))
            except asyncio.CancelledError as error:
                raise Cancelled() from error
            finally:
                with self._lock:
                    self._inner = None

    async def _watched(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        task = asyncio.current_task()
        assert task is not None
        with self._lock:
            self._inner = asyncio.get_running_loop(), task
            if self._stopped:
                raise Cancelled()
        return await work()
