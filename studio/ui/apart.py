"""Owns running a coroutine on a thread with an event loop of its own, for work that would hold the window up.

Knows nothing of the work. It ends with whoever waits for it: when that is cancelled, so is the work, to its end.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from studio.errors import Cancelled

T = TypeVar("T")


async def apart(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What `work()` comes to, or what it raises; it runs on another thread from its first line on."""
    ours: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[T]]] = []
    over = threading.Event()

    async def noted() -> T:
        task = asyncio.current_task()
        assert task is not None
        ours.append((asyncio.get_running_loop(), task))
        if over.is_set():  # nobody waits any more: it was cancelled before this thread began
            raise asyncio.CancelledError
        return await work()

    def run() -> T:
        try:
            return asyncio.run(noted())
        except asyncio.CancelledError as error:  # which the window's threads would lose, and all would wait for ever
            raise Cancelled() from error

    coming = asyncio.ensure_future(asyncio.to_thread(run))
    try:
        return await asyncio.shield(coming)
    except asyncio.CancelledError:
        over.set()
        for loop, task in ours:
            with contextlib.suppress(RuntimeError):  # it has just come to its end
                loop.call_soon_threadsafe(task.cancel)
        with contextlib.suppress(BaseException):
            await coming
        raise


def called_here(listener: Callable[..., object]) -> Callable[..., None]:
    """`listener` as work on another thread may call it: it runs on the loop that runs now."""
    here = asyncio.get_running_loop()

    def tell(*words: object) -> None:
        here.call_soon_threadsafe(listener, *words)

    return tell


def done_here(work: Callable[..., Coroutine[Any, Any, T]]) -> Callable[..., Coroutine[Any, Any, T]]:
    """`work` as a coroutine on another thread may wait for it: it runs on the loop that runs now."""
    here = asyncio.get_running_loop()

    async def wait(*words: Any) -> T:
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work(*words), here))

    return wait
