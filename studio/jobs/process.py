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
from studio.jobs.errors import Paused, ProtocolBroken, WorkerDied, WorkerSilent
from studio.jobs.protocol import ALIVE, Conversation, Event, Fields

HELLO_SECONDS = 240.0
"""PyTorch is read before hello: with a cold disk, a virus scanner or much else at work a minute is not enough."""
_TAIL_LINES = 40
_LINE = 1 << 16
_LINGER_SECONDS = 5.0
"""How long the pipes of a dead worker are read, should something that it started still hold them."""

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
                self._events.put_nowait(event)  # whoever iterates again ends too
                return
            yield event

    @property
    def ended(self) -> bool:
        """Whether its last event has come."""
        return self._end.done()

    async def result(self) -> Fields:
        """The fields of `done`; raises the worker's error, Cancelled, or Paused."""
        event = await asyncio.shield(self._end)
        if event.name == "failed":
            fields = event.fields.get("fields")
            raise from_event(str(event.fields.get("code")), fields if isinstance(fields, dict) else {})
        if event.name == "cancelled":
            raise Paused(**event.fields) if event.fields.get("paused") else Cancelled
        return event.fields

    async def cancel(self, *, pause: bool = False) -> None:
        """Asks the worker to stop this request, or to `pause` it; the request still ends by itself."""
        if not self._end.done():
            await self._process.call("cancel", target=self.number, pause=pause)


class WorkerProcess:
    """One worker program, `python -m studio.workers.NAME`, and the requests open with it.

    `heard` counts what came from it, with its signs of life while a request runs. `slain` says that this side ended it.
    """

    def __init__(self, name: str) -> None:
        loop = asyncio.get_running_loop()
        self.name = name
        self.pid = 0
        self.heard = 0
        self.slain = False
        self.ended: asyncio.Future[int] = loop.create_future()
        self._transport: asyncio.SubprocessTransport | None = None
        self._conversation = Conversation(name)
        self._replies: dict[int, Reply] = {}
        self._hello: asyncio.Future[None] = loop.create_future()
        self._failure: ProtocolBroken | None = None
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._torn = b""

    @classmethod
    async def start(
        cls,
        name: str,
        environment: Mapping[str, str] | None = None,
        *,
        program: str | None = None,
        hello_seconds: float = HELLO_SECONDS,
    ) -> "WorkerProcess":
        """Starts the worker and waits for its hello; raises WorkerSilent, WorkerDied or ProtocolBroken.

        `program` is the module that is run, `studio.workers.NAME` unless it is given.
        """
        worker = cls(name)
        await worker._spawn(program or f"studio.workers.{name}", environment or {})
        try:
            await asyncio.wait_for(asyncio.shield(worker._hello), hello_seconds)
        except TimeoutError as error:
            await worker._give_up()
            raise WorkerSilent(worker=name, seconds=int(hello_seconds), tail=worker.last_words() or "-") from error
        except BaseException:  # also when whoever waits is cancelled: nobody else knows the process
            await worker._give_up()
            raise
        return worker

    async def _give_up(self) -> None:
        """Ends a worker whose hello nobody waits for any more."""
        self._hello.cancel()
        await self.kill()

    async def _spawn(self, program: str, environment: Mapping[str, str]) -> None:
        # -P: a folder's own yaml.py must not become part of us because somebody works in that folder.
        command = (sys.executable, "-P", "-m", program)
        try:
            await asyncio.get_running_loop().subprocess_exec(
                lambda: _Pipes(self), *command, env=child_environment(environment), start_new_session=True
            )
        except OSError as error:
            raise WorkerDied(worker=self.name, reason=error.strerror or str(error), tail="-") from error

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return not self.ended.done()

    def last_words(self, lines: int = _TAIL_LINES) -> str:
        """The end of what the worker wrote to stderr."""
        return "\n".join(list(self._tail)[-lines:]).strip()[-2000:]

    async def request(self, do: str, **fields: object) -> Reply:
        """Sends a request; raises WorkerDied when the process has ended."""
        if not self.alive:
            raise WorkerDied(**self._death())
        number, line = self._conversation.request(do, **fields)
        reply = self._replies[number] = Reply(self, number)
        stdin = self._stdin()
        if stdin is not None and not stdin.is_closing():  # else the reply ends with the process
            stdin.write(line)
        return reply

    async def call(self, do: str, **fields: object) -> Fields:
        """Sends a request and waits for its result."""
        return await (await self.request(do, **fields)).result()

    async def close(self, grace: float = 5.0) -> None:
        """Ends stdin, which ends the worker; kills it when it is not gone after `grace` seconds."""
        stdin = self._stdin()
        if self.alive and stdin is not None:
            stdin.close()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self.ended), grace)
        await self.kill()

    async def kill(self) -> None:
        """Ends the worker and what it started, at once."""
        if self.alive:
            self.slain = True
            self._slay()
        await asyncio.shield(self.ended)

    def _stdin(self) -> asyncio.WriteTransport | None:
        pipe = self._transport.get_pipe_transport(0) if self._transport is not None else None
        return pipe if isinstance(pipe, asyncio.WriteTransport) else None

    def _slay(self) -> None:
        """Kills the worker's whole process group, and the worker itself where there are no groups."""
        if self.pid == 0:  # that would be our own group
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self.pid, signal.SIGKILL)
            elif self._transport is not None:
                self._transport.kill()

    # -- what the pipes bring

    def _on_start(self, transport: asyncio.SubprocessTransport) -> None:
        self._transport, self.pid = transport, transport.get_pid()

    def _on_output(self, data: bytes) -> None:
        if self._failure is not None:
            return
        try:
            for event in self._conversation.feed(data):
                self.heard += 1
                if event.name != ALIVE:
                    self._deliver(event)
        except ProtocolBroken as error:
            self._failure = error
            self._slay()

    def _on_words(self, data: bytes) -> None:
        *lines, rest = (self._torn + data).split(b"\n")
        self._torn = rest[-_LINE:]
        for line in lines:
            self._tail.append(line[-_LINE:].decode("utf-8", "replace"))
            _log.debug("%s: %s", self.name, self._tail[-1])

    def _on_exit(self) -> None:
        """The process is gone. Its children would hold the pipes open, so they go too; the rest is still read."""
        self._slay()
        stdin = self._stdin()
        if stdin is not None and not stdin.is_closing():
            stdin.abort()
        asyncio.get_running_loop().call_later(_LINGER_SECONDS, self._finish)

    def _finish(self) -> None:
        """Nothing more comes: whoever still waits hears why."""
        if self.ended.done() or self._transport is None:
            return
        self._on_words(b"\n")
        code = self._transport.get_returncode()
        error = self._failure or WorkerDied(**self._death())
        self.ended.set_result(-signal.SIGKILL if code is None else code)
        self._transport.close()
        for event in self._conversation.close(error.as_event()):
            self._deliver(event)
        if not self._hello.done():
            self._hello.set_exception(error)

    def _deliver(self, event: Event) -> None:
        if event.request is None:
            if not self._hello.done():  # else it was given up before
                self._hello.set_result(None)
            return
        reply = self._replies[event.request]
        if event.ends:
            del self._replies[event.request]
        reply._take(event)

    def _death(self) -> dict[str, object]:
        code = self._transport.get_returncode() if self._transport is not None else None
        return {"worker": self.name, "reason": describe_exit(code), "tail": self.last_words(6) or "-"}


class _Pipes(asyncio.SubprocessProtocol):
    """Hands on what asyncio hears from the process."""

    def __init__(self, worker: WorkerProcess) -> None:
        self._worker = worker

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The process runs."""
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._worker._on_start(transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Events come on 1, words on 2."""
        if fd == 1:
            self._worker._on_output(data)
        else:
            self._worker._on_words(data)

    def process_exited(self) -> None:
        """The process is gone; what it wrote may still come."""
        self._worker._on_exit()

    def connection_lost(self, exc: Exception | None) -> None:
        """The process is gone and its pipes are read to the end."""
        self._worker._finish()


def describe_exit(code: int | None) -> str:
    """How a process ended, in the system's own words: a signal's name or an exit code."""
    if code is None:
        return "no exit code"
    if code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"


def child_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process of ours: it finds this very `studio`, and writes UTF-8, at once."""
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    # Waiting threads of libgomp otherwise spin, and a step beside another busy program takes up to ten times as long.
    # A short spin spares them a sleep between the parts of a token: two threads write three times as fast. One ten
    # times as long gains nothing, and takes four times as long where two programs share the cores.
    return {
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "2000",
        **os.environ,
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
        **extra,
    }
