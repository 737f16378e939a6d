"""Owns asking a model behind an OpenAI-compatible address to answer a chat; knows no scenario and no token.

Only the address that the user typed is called: no redirect is followed, no proxy is asked. The key goes by a name that
the user gave, of an environment variable or in the system's keyring; it goes into one header and nowhere else, and no
answer that may hold it is shown.
"""

import asyncio
import contextlib
import http.client
import ipaddress
import json
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from studio.chat import Message
from studio.errors import InputError
from studio.inference.service_errors import (
    AskedTooOften,
    BadAddress,
    KeyRefused,
    NoKey,
    NotReached,
    NotThere,
    NotUnderstood,
    Redirected,
    RequestRefused,
    ServerFailed,
)
from studio.inference.streaming import EVENTS, Completion, Told, lines_of, prompt_tokens, reason_of
from studio.language import _
from studio.secrets import check_key, secret

LONGEST_ANSWER = 1 << 20
"""Bytes of the longest answer that is read."""

_PATH = "/chat/completions"


@dataclass(frozen=True, slots=True)
class Service:
    """A model behind an address; `name` is how it is called there."""

    name: str
    address: str
    key: str = field(default="", repr=False)
    timeout: float = 60.0

    def __post_init__(self) -> None:
        """Raises BadAddress or UnfitKey."""
        place = _place(self.address)
        check_key(self.key)
        if self.key and place.scheme == "http" and not _at_home(place.hostname or ""):
            raise BadAddress(address=self.address, reason=_("a key is not sent without encryption."))

    async def complete(
        self, messages: Sequence[Message], *, max_tokens: int, temperature: float = 0.0, seed: int = 0
    ) -> Completion:
        """The answer to a chat, within the time; raises one of `service_errors`."""
        more = {"max_tokens": max_tokens, "temperature": temperature, "seed": seed}
        return self._completion(await self._asked(messages, more, self._whole, self.timeout))

    async def stream(
        self, messages: Sequence[Message], on_text: Callable[[str], None], *, max_tokens: int, **more: float
    ) -> Completion:
        """The answer to a chat, told as it comes; `more` goes into the request. Raises one of `service_errors`.

        The time is that without a further word. A service that does not stream is heard all the same.
        """
        told = Told(self.host, on_text, self.key)
        loop = asyncio.get_running_loop()

        def read(response: http.client.HTTPResponse) -> bytes:
            if response.getheader("Content-Type", "").partition(";")[0].strip().lower() != EVENTS:
                return self._whole(response)
            for line in lines_of(response, LONGEST_ANSWER):
                loop.call_soon_threadsafe(told.take, line)
            return b""

        told_of = {"stream": True, "max_tokens": max_tokens, **more}
        answer = await self._asked(messages, told_of, read, None)
        if not answer:
            return told.completion()
        completion = self._completion(answer)
        on_text(completion.text)
        return completion

    async def _asked(
        self,
        messages: Sequence[Message],
        more: Mapping[str, object],
        read: Callable[[http.client.HTTPResponse], bytes],
        seconds: float | None,
    ) -> bytes:
        """What a thread of its own read of the answer; raises one of `service_errors`."""
        place = _place(self.address)
        path = place.path.rstrip("/")
        path = path if path.endswith(_PATH) else path + _PATH
        held: list[socket.socket] = []
        told = [{"role": message.role, "content": message.content} for message in messages]
        body = json.dumps({"model": self.name, "messages": told, **more}).encode()
        asking = asyncio.to_thread(self._exchange, self._connection(place), held, path, body, read)
        try:
            status, wait, answer = await asyncio.wait_for(asking, seconds)
        except TimeoutError as error:
            reason = _("no answer within {seconds} seconds").format(seconds=f"{self.timeout:g}")
            raise NotReached(host=self.host, reason=reason) from error
        except ssl.SSLError as error:
            raise NotReached(host=self.host, reason=error.reason or _("its certificate is not trusted")) from error
        except http.client.HTTPException as error:
            raise NotReached(host=self.host, reason=_("the connection was cut")) from error
        except OSError as error:
            raise NotReached(host=self.host, reason=error.strerror or _("the connection was cut")) from error
        finally:
            _cut(held)  # whoever still waits for it in its thread wakes up
        if status != http.HTTPStatus.OK:
            raise self._refused(status, wait, path, answer)
        return answer

    @property
    def host(self) -> str:
        """Who is asked, for people."""
        return _place(self.address).netloc

    def _connection(self, place: SplitResult) -> http.client.HTTPConnection:
        host = place.hostname or ""
        if place.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, place.port, timeout=self.timeout, context=context)
        return http.client.HTTPConnection(host, place.port, timeout=self.timeout)

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        held: list[socket.socket],
        path: str,
        body: bytes,
        read: Callable[[http.client.HTTPResponse], bytes],
    ) -> tuple[int, str, bytes]:
        """Status, how long to wait, and the answer; the socket is put into `held`, so that others can end it."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        with contextlib.closing(connection):
            connection.connect()
            held.append(connection.sock)
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            answer = (read if response.status == http.HTTPStatus.OK else self._whole)(response)
            return response.status, response.getheader("Retry-After", ""), answer

    @staticmethod
    def _whole(response: http.client.HTTPResponse) -> bytes:
        """All of an answer, one byte more than is taken where it is too long."""
        answer = response.read(LONGEST_ANSWER + 1)
        if response.length and len(answer) <= LONGEST_ANSWER:  # less came than was announced
            raise http.client.IncompleteRead(answer, response.length)
        return answer

    def _refused(self, status: int, wait: str, path: str, answer: bytes) -> InputError:
        """What a status other than 200 says; what may repeat the key is not shown."""
        if status in (401, 403):
            return KeyRefused(host=self.host, status=status)
        if status == 404:
            return NotThere(host=self.host, path=path, model=self.name)
        if status == 429:
            seconds = wait if wait.isascii() and wait.isdigit() and len(wait) < 6 else ""
            told = _(", again in {seconds} seconds").format(seconds=seconds) if seconds else ""
            return AskedTooOften(host=self.host, wait=told, seconds=int(seconds) if seconds else None)
        if 300 <= status < 400:
            return Redirected(host=self.host, status=status)
        if status >= 500:
            return ServerFailed(host=self.host, status=status)
        return RequestRefused(host=self.host, status=status, reason=self._reason(answer))

    def _reason(self, answer: bytes) -> str:
        """What the other side says of it, without the key."""
        try:
            return reason_of(json.loads(answer), self.key)
        except (ValueError, RecursionError):
            return reason_of(None, self.key)

    def _completion(self, answer: bytes) -> Completion:
        """What an answer holds."""
        if len(answer) > LONGEST_ANSWER:
            raise NotUnderstood(host=self.host, reason=_("it is longer than {n} bytes").format(n=LONGEST_ANSWER))
        try:
            read = json.loads(answer)
            choice = read["choices"][0]
            content = choice["message"]["content"]
        except (ValueError, RecursionError) as error:
            raise NotUnderstood(host=self.host, reason=_("it is not JSON")) from error
        except (KeyError, IndexError, TypeError) as error:
            raise NotUnderstood(host=self.host, reason=_("it has no choices")) from error
        text = content if isinstance(content, str) else ""
        return Completion(text, choice.get("finish_reason") == "length", prompt_tokens(read))


def key_from(variable: str) -> str:
    """The key of that name; raises NoKey, and what `studio.secrets.secret` raises. Its value is never shown."""
    key = secret(variable)
    if key is None:
        raise NoKey(variable=variable)
    return key


def _cut(held: list[socket.socket]) -> None:
    """Ends a connection for whoever reads from it."""
    for one in held:
        with contextlib.suppress(OSError):  # it is closed already
            one.shutdown(socket.SHUT_RDWR)


def _place(address: str) -> SplitResult:
    """The parts of an address; raises BadAddress."""
    try:
        place = urlsplit(address.strip())
        place.port  # noqa: B018  # raises where it is no number
    except ValueError as error:
        raise BadAddress(address=address, reason=_("it is no address.")) from error
    if place.scheme not in ("http", "https") or not place.hostname:
        raise BadAddress(address=address, reason=_("it does not begin with https:// or http:// and a host."))
    if place.username or place.password or place.query or place.fragment:
        raise BadAddress(address=place.hostname, reason=_("it has more in it than host, port and path."))
    if not address.strip().isascii() or not address.strip().isprintable() or " " in address.strip():
        raise BadAddress(address=address, reason=_("it is no address."))
    return place


def _at_home(host: str) -> bool:
    """Whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
