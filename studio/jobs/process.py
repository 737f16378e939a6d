"""Owns a worker process seen from asyncio: a thin pump between pipes and the protocol's state machine."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from studio.errors import Cancelled, from_event
from studio.jobs.errors import ProtocolBroken, WorkerDied, WorkerSilent
from studio.jobs.protocol import Conversation, Event, Fields

HELLO_SECONDS = 60.0
_CHUNK = 1 << 16
_TAIL_LINES = 40
_log = logging.getLogger(__name__)


class Reply:
    """The events of one request. Iterate over them, or await `result()` for the fields of `done`."""

    def __init__(self, process: "WorkerProcess", number: int) -> None:
        self.number = number
        self._process = process
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._end: asyncio.Future[Event] = asyncio.get_running_loop().create_future()

    def _take(self, event: Event) -> None:
        if event.ends and not self._end.done():
            self._end.set_result(event)
        self._events.put_nowait(event)

    async def __aiter__(self) -> AsyncIterator[Event]:
        while True:
            event = await self._events.get()
            if event.ends:
                return
            yield event

    async def result(self) -> Fields:
        """The fields of `done`; raises the worker's error, or Cancelled."""
        event = await asyncio.shield(self._end)
        if event.name == "failed":
            fields = event.fields.get("fields")
            raise from_event(str(event.fields.get("code")), fields if isinstance(fields, dict) else {})
        if event.name == "cancelled":
            raise Cancelled
        return event.fields

    async def cancel(self) -> None:
        """Asks the worker to stop this request; the request still ends by itself."""
        if not self._end.done():
            await self._process.call("cancel", target=self.number)


class WorkerProcess:
    """One worker program, `python -m studio.workers.NAME`, and the requests open with it."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        self.name = name
        self.pid = process.pid
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._process = process
        self._conversation = Conversation(name)
        self._replies: dict[int, Reply] = {}
        self._hello: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._errors = asyncio.create_task(self._read_errors())
        self._pump = asyncio.create_task(self._read_events())

    @classmethod
    async def start(cls, name: str, environment: Mapping[str, str] | None = None) -> "WorkerProcess":
        """Starts the worker and waits for its hello; raises WorkerSilent, WorkerDied or ProtocolBroken."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", f"studio.workers.{name}",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=_environment(environment or {}), start_new_session=True,
        )  # fmt: skip
        worker = cls(name, process)
        try:
            await asyncio.wait_for(asyncio.shield(worker._hello), HELLO_SECONDS)
        except TimeoutError as error:
            await worker.kill()
            raise WorkerSilent(worker=name, seconds=int(HELLO_SECONDS), tail=worker.last_words()) from error
        return worker

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return not self.ended.done()

    def last_words(self) -> str:
        """The end of what the worker wrote to stderr."""
        return "\n".join(self._tail).strip()[-2000:]

    async def request(self, do: str, **fields: object) -> Reply:
        """Sends a request; raises WorkerDied when the process has ended."""
        if not self.alive or self._process.stdin is None:
            raise WorkerDied(**self._death())
        number, line = self._conversation.request(do, **fields)
        reply = self._replies[number] = Reply(self, number)
        with contextlib.suppress(ConnectionError):  # a dead worker ends the reply through the pump
            self._process.stdin.write(line)
            await self._process.stdin.drain()
        return reply

    async def call(self, do: str, **fields: object) -> Fields:
        """Sends a request and waits for its result."""
        return await (await self.request(do, **fields)).result()

    async def close(self, grace: float = 5.0) -> None:
        """Ends stdin, which ends the worker; kills it when it is not gone after `grace` seconds."""
        if self.alive and self._process.stdin is not None:
            self._process.stdin.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self.ended), grace)
        await self.kill()

    async def kill(self) -> None:
        """Ends the worker and what it started, at once."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                _kill_group(self.pid)
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await asyncio.shield(self.ended)
        await asyncio.gather(self._pump, self._errors, return_exceptions=True)

    async def _read_events(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        failure: Fields | None = None
        try:
            while data := await stream.read(_CHUNK):
                for event in self._conversation.feed(data):
                    self._deliver(event)
        except ProtocolBroken as error:
            failure = error.as_event()
            with contextlib.suppress(ProcessLookupError, PermissionError):
                _kill_group(self.pid)
        code = await self._process.wait()
        await self._errors
        self.ended.set_result(code)
        self._finish(failure)

    def _deliver(self, event: Event) -> None:
        if event.request is None:
            self._hello.set_result(None)
            return
        reply = self._replies[event.request]
        if event.ends:
            del self._replies[event.request]
        reply._take(event)

    def _finish(self, failure: Fields | None) -> None:
        failure = failure or WorkerDied(**self._death()).as_event()
        for event in self._conversation.close(failure):
            self._deliver(event)
        if not self._hello.done():
            fields = failure["fields"]
            self._hello.set_exception(from_event(str(failure["code"]), fields if isinstance(fields, dict) else {}))

    def _death(self) -> dict[str, object]:
        code = self._process.returncode
        return {"worker": self.name, "reason": describe_exit(code), "tail": self.last_words() or "-"}

    async def _read_errors(self) -> None:
        stream = self._process.stderr
        assert stream is not None
        rest = b""
        while data := await stream.read(_CHUNK):
            *lines, rest = (rest + data).split(b"\n")
            rest = rest[-_CHUNK:]
            for line in lines:
                self._tail.append(line.decode("utf-8", "replace"))
                _log.debug("%s: %s", self.name, self._tail[-1])
        if rest:
            self._tail.append(rest.decode("utf-8", "replace"))


def describe_exit(code: int | None) -> str:
    """How a process ended, in the system's own words: a signal's name or an exit code."""
    if code is None:
        return "no exit code"
    if code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"


def _kill_group(pid: int) -> None:
    if hasattr(os, "killpg"):
        os.killpg(pid, signal.SIGKILL)


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of a worker: it finds this very `studio` and writes UTF-8."""
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)), "PYTHONUTF8": "1", **extra}
