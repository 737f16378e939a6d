"""Owns the fetchings of models that are under way, each in a worker of its own. Knows no Qt and no card."""

import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

from studio import hub, secrets
from studio.errors import Cancelled, LorewrightError
from studio.gguf import base, errors, known_bases
from studio.jobs.process import Reply, WorkerProcess
from studio.training import catalogue, fetching, hub_errors, local_models, streaming
from studio.training.hub_errors import LicenceNotAccepted, LicenceToAccept, TokenRefused
from studio.ui.phrases import time_left

SPEAKERS = (base, catalogue, errors, fetching, hub, hub_errors, known_bases, local_models, secrets, streaming)
"""What the worker's errors are known by: a class must be imported here."""

ASKS = (LicenceToAccept, LicenceNotAccepted, TokenRefused)
"""What a person can mend by accepting a licence or giving a token."""

_STOP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Fetch:
    """How a fetching stands: bytes, seconds that the Hub asked to wait, and what went wrong at its end."""

    name: str
    done: int = 0
    of: int = 0
    waits: int = 0
    left: str = ""
    going: bool = True
    trouble: str = ""


async def start_worker() -> WorkerProcess:
    """A worker that fetches."""
    return await WorkerProcess.start("fetch")


class Fetcher:
    """Fetches models; `changed` hears the name of the one of which something is new."""

    def __init__(
        self,
        changed: Callable[[str], object],
        start: Callable[[], Awaitable[WorkerProcess]] = start_worker,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._changed, self._start, self._clock = changed, start, clock
        self._fetches: dict[str, Fetch] = {}
        self._replies: dict[str, tuple[WorkerProcess, Reply]] = {}
        self._stopping = set[str]()

    def of(self, name: str) -> Fetch | None:
        """The fetching of a model; None where there was none."""
        return self._fetches.get(name)

    async def fetch(self, name: str) -> Path:
        """Fetches a model and returns where it lies; raises what went wrong, or Cancelled."""
        found = self._fetches.get(name)
        if found is not None and found.going:
            raise Cancelled
        self._put(Fetch(name))
        try:
            path = await self._fetched(name)
        except LorewrightError as error:
            stopped = name in self._stopping or isinstance(error, Cancelled)
            told = "" if stopped or isinstance(error, ASKS) else str(error)
            self._put(replace(self._fetches[name], going=False, trouble=told))
            if stopped:  # one that hears nothing any more was ended, and that reads as its death
                raise Cancelled from error
            raise
        except BaseException:  # the window closes
            self._put(replace(self._fetches[name], going=False))
            raise
        finally:
            self._stopping.discard(name)
        del self._fetches[name]
        self._changed(name)
        return path

    async def _fetched(self, name: str) -> Path:
        worker = await self._start()
        try:
            if name in self._stopping:
                raise Cancelled
            reply = await worker.request("fetch", model=name)
            self._replies[name] = (worker, reply)
            began: tuple[float, int] | None = None
            async for event in reply:
                if event.name == "progress":
                    done, of, waits = (int(str(event.fields[key])) for key in ("done", "of", "waits"))
                    began = began or (self._clock(), done)
                    self._put(Fetch(name, done, of, waits, self._left(began, done, of)))
            return Path(str((await reply.result())["path"]))
        finally:
            self._replies.pop(name, None)
            await worker.close(_STOP_SECONDS)

    def _left(self, began: tuple[float, int], done: int, of: int) -> str:
        """The time that is left, by the speed since this fetching began."""
        seconds, came = self._clock() - began[0], done - began[1]
        return time_left((of - done) * seconds / came) if came > 0 and seconds > 1 else ""

    def _put(self, fetch: Fetch) -> None:
        self._fetches[fetch.name] = fetch
        self._changed(fetch.name)

    async def cancel(self, name: str) -> None:
        """Stops a fetching; what came is kept. One that hears nothing any more is ended."""
        found, fetch = self._replies.get(name), self._fetches.get(name)
        if fetch is not None and fetch.going:
            self._stopping.add(name)
        if found is not None:
            worker, reply = found
            with contextlib.suppress(LorewrightError):
                await reply.cancel()
            await worker.close(_STOP_SECONDS)
