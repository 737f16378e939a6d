"""Owns the worker protocol as a state machine; knows no process and does no input or output.

Requests and events are one JSON object a line (UTF-8, at most LINE_LIMIT bytes). A request is
`{"id": int, "do": str, …}`. The first event is `{"event": "hello", "protocol": int, "pid": int}`; every other
carries the `id` of its request, and each id ends with exactly one of `done`, `failed` (with `code` and
`fields`) or `cancelled`; while one is open, `alive` comes every few seconds. `{"do": "cancel", "target": id}` is a
request like any other; with `"pause": true` the job keeps what it needs to go on, and ends as `cancelled` with `paused`
where it has it.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from studio.jobs.errors import ProtocolBroken

VERSION = 1
LINE_LIMIT = 64 * 1024 * 1024
ENDINGS = frozenset({"done", "failed", "cancelled"})
ALIVE = "alive"
"""A sign of life of a request that has nothing to tell; whoever asked does not get to see it."""

Fields = dict[str, object]


@dataclass(frozen=True, slots=True)
class Event:
    """One line from a worker; `request` is the id it answers, or None for `hello`."""

    name: str
    request: int | None
    fields: Fields = field(default_factory=dict)

    @property
    def ends(self) -> bool:
        """Whether nothing more comes for its request."""
        return self.name in ENDINGS


def encode(message: Fields) -> bytes:
    """One line of JSON; numbers that JSON lacks (NaN, infinity) become null.

    Half a surrogate pair, as in a path that is not UTF-8, is written as an escape and comes back as it was.
    """
    plain = _finite(message)
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(plain, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def decode(line: bytes) -> Fields:
    """The message of one line; raises ValueError for anything but a JSON object."""
    try:
        message = json.loads(line.decode("utf-8"), parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(message, dict):
        raise ValueError("not an object")
    return message


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


def _finite(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


class Conversation:
    """One reader's view of one worker: gives out request ids and orders what comes back.

    `feed` takes bytes as they come, in pieces of any size, and yields whole events; it raises
    ProtocolBroken for anything that the protocol does not allow. `close` ends what is still open.
    """

    def __init__(self, worker: str) -> None:
        self.worker = worker
        self.pid: int | None = None
        self._next = 1
        self._open: set[int] = set()
        self._rest = bytearray()
        self._searched = 0

    @property
    def open_requests(self) -> frozenset[int]:
        """Ids that have not ended."""
        return frozenset(self._open)

    def request(self, do: str, **fields: object) -> tuple[int, bytes]:
        """A new request's id and its line."""
        number = self._next
        line = encode({"id": number, "do": do, **fields})
        self._next += 1
        self._open.add(number)
        return number, line

    def feed(self, data: bytes) -> Iterator[Event]:
        """The events that `data` completes, in order."""
        self._rest += data
        while (end := self._rest.find(b"\n", self._searched)) >= 0:
            self._measure(end)
            line = bytes(self._rest[:end])
            del self._rest[: end + 1]
            self._searched = 0
            yield self._event(line)
        self._searched = len(self._rest)
        self._measure(self._searched)

    def _measure(self, length: int) -> None:
        if length > LINE_LIMIT:
            raise self._broken(f"a line of more than {LINE_LIMIT} bytes")

    def close(self, failure: Fields) -> list[Event]:
        """Events that end every open request because the worker is gone."""
        ended = [Event("failed", number, dict(failure)) for number in sorted(self._open)]
        self._open.clear()
        return ended

    def _event(self, line: bytes) -> Event:
        try:
            message = decode(line)
        except ValueError as error:
            raise self._broken(f"{error}: {line[:80]!r}") from error
        name = message.pop("event", None)
        number = message.pop("id", None)
        if not isinstance(name, str):
            raise self._broken("an event without a name")
        if name == "hello":
            return self._hello(message)
        if self.pid is None:
            raise self._broken(f"{name} before hello")
        if not isinstance(number, int) or isinstance(number, bool) or number not in self._open:
            raise self._broken(f"{name} for request {number}, which is not open")
        event = Event(name, number, message)
        if event.ends:
            self._open.discard(number)
        return event

    def _hello(self, message: Fields) -> Event:
        pid = message.get("pid")
        if self.pid is not None or message.get("protocol") != VERSION or not isinstance(pid, int):
            raise self._broken(f"hello {message}, expected protocol {VERSION} once")
        self.pid = pid
        return Event("hello", None, message)

    def _broken(self, detail: str) -> ProtocolBroken:
        return ProtocolBroken(worker=self.worker, detail=detail)
