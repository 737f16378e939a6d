"""Work beside the window: its answers and errors come back, its listeners run here, and it ends with who waits."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from studio.errors import PathMissing
from studio.ui.apart import apart, called_here, done_here


async def test_it_runs_elsewhere_and_comes_back() -> None:
    here = threading.get_ident()
    heard: list[int] = []
    tell = called_here(lambda: heard.append(threading.get_ident()))

    async def asked() -> int:
        return threading.get_ident()

    ask = done_here(asked)

    async def work() -> tuple[int, int]:
        tell()
        return threading.get_ident(), await ask()

    there, answered = await apart(work)
    await asyncio.sleep(0)
    assert there != here and answered == here and heard == [here]


async def test_what_it_raises_is_raised_here() -> None:
    async def work() -> None:
        raise PathMissing(path="x")

    with pytest.raises(PathMissing):
        await apart(work)


async def test_it_is_cancelled_with_who_waits_and_cleans_up_first() -> None:
    begun, cleaned = threading.Event(), threading.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            cleaned.set()

    waiting = asyncio.create_task(apart(work))
    await asyncio.to_thread(begun.wait, 30)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert cleaned.is_set()


async def test_what_is_cancelled_before_its_thread_begins_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, held = [], threading.Event()
    to_thread = asyncio.to_thread

    async def late(work: Callable[[], object]) -> object:
        return await to_thread(lambda: (held.wait(30), work())[1])

    async def work() -> None:
        begun.append(True)
        await asyncio.sleep(30)

    monkeypatch.setattr(asyncio, "to_thread", late)
    task = asyncio.ensure_future(apart(work))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.sleep(0.05)
    held.set()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 20)
    assert begun == []
