"""Owns the worker's side of the protocol: reads requests on a thread of its own, runs handlers one by one.

The thread goes on reading while native code runs, so a cancel is seen at once; the end of stdin means that
the parent is gone, and ends the process even then.
"""

import json
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, TypeVar

from studio.errors import Cancelled, LorewrightError, MachineError, UnexpectedFailure
from studio.jobs.protocol import VERSION, Fields, encode
from studio.jobs.runs import Journal
from studio.language import N_
from studio.workers._lifeline import die_with_parent


T = TypeVar("T")


class OutOfMemory(MachineError):
    """The process could not get the memory it asked for."""

    sentence = N_("There was not enough memory ({detail}). Close other programs, or choose a smaller model or length.")


class BadRequest(LorewrightError):
    """A request lacks something or has the wrong kind of value: our bug."""

    sentence = N_("This is a mistake in Lorewright, not yours: a worker was asked {detail}.")


class Request:
    """One request while it runs: its fields, whether it was cancelled, and the way to send events."""

    def __init__(self, port: "Port", number: int, do: str, fields: Fields) -> None:
        self.number = number
        self.do = do
        self.fields = fields
        self.cancelled = threading.Event()
        self._port = port

    def emit(self, event: str, **fields: object) -> None:
        """Sends an event for this request; into the journal first where there is one."""
        self._port.send({"event": event, "id": self.number, **fields})

    def check(self) -> None:
        """Raises Cancelled once the reader has asked to stop."""
        if self.cancelled.is_set():
            raise Cancelled

    def journal_to(self, folder: Path) -> None:
        """From now on every event is also written to the run's journal."""
        self._port.journal = Journal(folder)

    def get(self, key: str, kind: type[T]) -> T:
        """A field that must be there and of that kind."""
        value = self.fields.get(key)
        if not isinstance(value, kind):
            raise BadRequest(detail=f"{self.do} with {key}={value!r}, not {kind.__name__}")
        return value


Handler = Callable[[Request], Fields | None]


class Port:
    """Both ends of the pipes; `send` may be called from any thread."""

    def __init__(self) -> None:
        self.journal: Journal | None = None
        self._stream = _claim_stdout()
        self._lock = threading.Lock()

    def send(self, message: Fields) -> None:
        """Writes one event, to the journal before the pipe."""
        with self._lock:
            if self.journal is not None:
                self.journal.add({k: v for k, v in message.items() if k != "id"})
            try:
                self._stream.write(encode(message))
                self._stream.flush()
            except (BrokenPipeError, ValueError):
                os._exit(1)  # nobody reads any more: the parent is gone


def _claim_stdout() -> IO[bytes]:
    """The protocol's own descriptor; whatever a library prints to stdout goes to stderr from here on."""
    own = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(own, "wb", buffering=0)


def serve(handlers: Mapping[str, Handler], *, one_job: bool = False) -> None:
    """Runs requests until stdin ends, or until the first ends when `one_job`."""
    die_with_parent()
    port = Port()
    port.send({"event": "hello", "protocol": VERSION, "pid": os.getpid()})
    waiting: queue.SimpleQueue[Request] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(port, waiting), daemon=True, name="requests").start()
    while True:
        request = waiting.get()
        _run(port, handlers, request)
        if one_job:
            return


def _read(port: Port, waiting: "queue.SimpleQueue[Request]") -> None:
    known: dict[int, Request] = {}
    for line in sys.stdin.buffer:
        message = json.loads(line)
        number, do = message.pop("id"), message.pop("do")
        if do == "cancel":
            target = known.get(message.get("target"))
            if target is not None:
                target.cancelled.set()
            port.send({"event": "done", "id": number})
            continue
        request = known[number] = Request(port, number, do, message)
        waiting.put(request)
    os._exit(0)


def _run(port: Port, handlers: Mapping[str, Handler], request: Request) -> None:
    try:
        request.check()
        handler = handlers.get(request.do)
        if handler is None:
            raise BadRequest(detail=f"to {request.do}")
        result = handler(request) or {}
    except Cancelled:
        request.emit("cancelled")
    except LorewrightError as error:
        request.emit("failed", **error.as_event())
    except MemoryError as error:
        request.emit("failed", **OutOfMemory(detail=str(error) or "MemoryError").as_event())
    except Exception as error:
        traceback.print_exc()
        request.emit("failed", **UnexpectedFailure(detail=f"{type(error).__name__}: {error}").as_event())
    else:
        request.emit("done", **result)
