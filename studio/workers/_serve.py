"""Owns the worker's side of the protocol: reads requests on a thread of its own, runs handlers one by one.

The thread goes on reading while native code runs, so a cancel is seen at once; the end of stdin means that
the parent is gone, and ends the process even then.
"""

import contextlib
import errno
import os
import queue
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from studio.errors import Cancelled, LorewrightError, NotSaved, PartMissing, UnexpectedFailure
from studio.jobs.errors import BadRequest, OutOfMemory
from studio.jobs.protocol import ALIVE, ENDINGS, VERSION, Fields, decode, encode
from studio.jobs.runs import Journal
from studio.workers._lifeline import die_with_parent
from studio.workers._stop_flag import StopFlag

T = TypeVar("T")
_DISK_FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
PULSE_SECONDS = 5.0
"""How often a running request gives a sign of life; native code that lets Python's threads run does not hide it."""

_JOURNALED_SECONDS = 60.0
"""How long a journal may stay without a line while the worker lives."""

_NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "Cannot allocate memory")


class Request:
    """One request while it runs: its fields, whether it was cancelled, and the way to send events.

    `pausing` says that whoever cancelled it means to go on with it later.
    """

    def __init__(self, port: "Port", number: int, do: str, fields: Fields) -> None:
        self.number = number
        self.do = do
        self.fields = fields
        self.cancelled = StopFlag()
        self.pausing = False
        self._port = port
        self._journal: Journal | None = None
        self._turn = threading.Lock()
        self._ended = False
        self._written = time.monotonic()

    def emit(self, event: str, **fields: object) -> None:
        """Sends an event for this request; into the journal first where there is one. Any thread may call it.

        After the request's ending it does nothing: a thread that native code holds may still tell of its progress.
        Raises NotSaved, once, when the journal can't be written: what follows goes to the reader alone.
        """
        with self._turn:
            if self._ended:
                return
            self._write({"event": event, **fields})
            self._port.send({**fields, "event": event, "id": self.number})
            self._ended = event in ENDINGS

    def _write(self, event: Fields) -> None:
        if self._journal is None:
            return
        try:
            self._journal.add(event)
        except NotSaved:
            self._journal = None
            raise
        self._written = time.monotonic()

    def live(self) -> None:
        """Gives a sign of life; into the journal only where nothing was written for long."""
        with self._turn:
            if self._ended:
                return
            if self._journal is not None and time.monotonic() - self._written >= _JOURNALED_SECONDS:
                with contextlib.suppress(NotSaved):  # the next event finds it out, and tells it
                    self._journal.add({"event": ALIVE})
                    self._written = time.monotonic()
            self._port.send({"event": ALIVE, "id": self.number})

    def check(self) -> None:
        """Raises Cancelled once the reader has asked to stop."""
        if self.cancelled.is_set():
            raise Cancelled

    def journal_to(self, folder: Path) -> None:
        """From now on every event is also written to the run's journal."""
        if self._journal is not None:
            self._journal.close()
        self._journal = Journal(folder)

    def get(self, key: str, kind: type[T]) -> T:
        """A field that must be there and of that kind."""
        value = self.fields.get(key)
        if not isinstance(value, kind):
            raise BadRequest(detail=f"{self.do} with {key}={value!r}, not {kind.__name__}")
        return value


Handler = Callable[[Request], Fields | None]
Handlers = Callable[[], Mapping[str, Handler]] | Mapping[str, Handler]


class Port:
    """Both ends of the pipes; `send` may be called from any thread.

    The protocol has descriptors of its own. What a library prints to stdout goes to stderr from here on, and
    what it would read from stdin is at its end.
    """

    def __init__(self) -> None:
        self._input = os.dup(0)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        self._output = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def send(self, message: Fields) -> None:
        """Writes one event."""
        line = encode(message)
        with self._lock:
            try:
                self._output.write(line)
                self._output.flush()
            except OSError:
                os._exit(1)  # nobody reads any more: the parent is gone

    def lines(self) -> Iterator[bytes]:
        """The lines of stdin until it ends; read past Python's buffers, whose lock would block the exit."""
        torn: list[bytes] = []
        while data := os.read(self._input, 1 << 16):
            first, *others = data.split(b"\n")
            torn.append(first)
            if others:
                yield b"".join(torn)
                yield from others[:-1]
                torn = [others[-1]]


def serve(handlers: Handlers, *, part: str = "", one_job: bool = False) -> None:
    """Runs requests until stdin ends, or until the first ends when `one_job`.

    `handlers` is a table, or a function that imports what the worker needs and gives the table. It is called
    after hello; where a library is missing or broken, every request fails with PartMissing, which names the
    library or `part`.
    """
    die_with_parent()
    port = Port()
    port.send({"event": "hello", "protocol": VERSION, "pid": os.getpid()})
    waiting: queue.SimpleQueue[Request] = queue.SimpleQueue()
    known: dict[int, Request] = {}
    threading.Thread(target=_listen, args=(port, known, waiting), daemon=True, name="requests").start()
    threading.Thread(target=_pulse, args=(known,), daemon=True, name="pulse").start()
    find = _finder(handlers, part)
    while True:
        request = waiting.get()
        _run(find, request)
        known.pop(request.number, None)
        if one_job:
            return


def _pulse(known: dict[int, Request]) -> None:
    """Shows that the process is not frozen, however long one native call takes."""
    while True:
        time.sleep(PULSE_SECONDS)
        for request in list(known.values()):
            request.live()


def _listen(port: Port, known: dict[int, Request], waiting: "queue.SimpleQueue[Request]") -> None:
    """Reads until stdin ends; a worker that can't hear must not live on."""
    try:
        for line in port.lines():
            _take(port, decode(line), known, waiting)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _take(port: Port, message: Fields, known: dict[int, Request], waiting: "queue.SimpleQueue[Request]") -> None:
    number, do = message.pop("id"), message.pop("do")
    if not isinstance(number, int) or not isinstance(do, str):
        raise ValueError(f"a request {do!r} with the id {number!r}")
    if do == "cancel":
        target = message.get("target")
        request = known.get(target) if isinstance(target, int) else None
        if request is not None:
            request.pausing = message.get("pause") is True
            request.cancelled.set()
        port.send({"event": "done", "id": number})
        return
    request = known[number] = Request(port, number, do, message)
    waiting.put(request)


def _finder(handlers: Handlers, part: str) -> Callable[[str], Handler | None]:
    """Looks up handlers; where they could not be imported, finds one that says so."""
    if not callable(handlers):
        return handlers.get
    try:
        return handlers().get
    except Exception as error:
        failure = _not_imported(error, part)

    def refuse(_request: Request) -> Fields:
        raise failure

    return lambda _do: refuse


def _not_imported(error: Exception, part: str) -> LorewrightError:
    name = getattr(error, "name", None) or ""
    if not isinstance(error, ImportError | OSError | RuntimeError) or name.startswith("studio"):
        return _translated(error)
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    return PartMissing(part=part or name or "A library", reason=reason)


def _run(find: Callable[[str], Handler | None], request: Request) -> None:
    """Runs one request and sends its one ending."""
    name, fields = _ending(find, request)
    try:
        request.emit(name, **fields)
    except NotSaved as error:
        request.emit("failed", **error.as_event())
    except (TypeError, ValueError, RecursionError) as error:  # a result that JSON can't say
        request.emit("failed", **_translated(error).as_event())


def _ending(find: Callable[[str], Handler | None], request: Request) -> tuple[str, Fields]:
    try:
        request.check()
        handler = find(request.do)
        if handler is None:
            raise BadRequest(detail=f"to {request.do}")
        return "done", handler(request) or {}
    except Cancelled as cancelled:
        return "cancelled", cancelled.fields
    except (Exception, SystemExit) as error:  # a library's main() may leave by SystemExit
        return "failed", _translated(error).as_event()


def _translated(error: BaseException) -> LorewrightError:
    """Any error as one of ours."""
    if isinstance(error, LorewrightError):
        return error
    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, MemoryError) or any(words in str(error) for words in _NO_MEMORY):
        return OutOfMemory(detail=detail.splitlines()[0])
    if isinstance(error, OSError) and error.errno in _DISK_FULL:
        return NotSaved(path=error.filename or "-", reason=error.strerror or str(error))
    traceback.print_exception(error)
    return UnexpectedFailure(detail=detail)
