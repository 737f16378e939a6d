"""Owns the waiting for a model that is loaded, which may take long, and its end where nothing happens any more."""

import asyncio
import contextlib
from collections.abc import Callable

from studio.inference.errors import EngineHungLoading
from studio.jobs.process import Reply, WorkerProcess
from studio.jobs.processes import work_of
from studio.jobs.protocol import Fields

_LOOK_SECONDS, _LOOKS = 10.0, 30
"""How often it is looked whether a loading gets on, and after how many looks in vain it is ended."""

_LEAST_SECONDS, _LEAST_BYTES = 0.05, 1 << 16
"""Processor time, or bytes read, from one look to the next of a process that does more than wait."""

_KILL_SECONDS = 5.0
"""A process that waits for a dead disk may not hear of its end; nobody waits longer for that."""


async def loaded(worker: WorkerProcess, reply: Reply, what: str, on_load: Callable[[float], None] | None) -> Fields:
    """The answer of a load, which may take long and say nothing; raises EngineHungLoading once it does nothing."""
    loading = asyncio.ensure_future(_read(reply, on_load))
    vain, before = 0, (0.0, 0)
    try:
        while not (await asyncio.wait({loading}, timeout=_LOOK_SECONDS))[0]:
            now = await asyncio.to_thread(work_of, worker.pid)
            busy = now[0] - before[0] >= _LEAST_SECONDS or now[1] - before[1] >= _LEAST_BYTES
            vain, before = 0 if busy else vain + 1, now
            if vain >= _LOOKS:  # looks are counted, not seconds: a machine may have slept
                raise EngineHungLoading(name=what, seconds=f"{_LOOK_SECONDS * _LOOKS:g}")
        return loading.result()
    finally:
        loading.cancel()


async def _read(reply: Reply, on_load: Callable[[float], None] | None) -> Fields:
    async for event in reply:
        fraction = event.fields.get("fraction")
        if on_load is not None and isinstance(fraction, int | float):
            on_load(float(fraction))
    return await reply.result()


async def ended(worker: WorkerProcess) -> None:
    """Kills a worker, as far as that can be done."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(worker.kill(), _KILL_SECONDS)
