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
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from studio.chat import Message
from studio.errors import InputError, MachineError, UsageError
from studio.language import N_, _
from studio.secrets import check_key, secret

LONGEST_ANSWER = 1 << 20
"""Bytes of the longest answer that is read."""

_PATH = "/chat/completions"


class BadAddress(UsageError):
    """An address that cannot be called."""

    sentence = N_("{address} cannot be called: {reason} Write it like https://host/v1.")


class NoKey(UsageError):
    """Neither the environment nor the keyring has the key."""

    sentence = N_(
        "There is no key {variable}: the environment variable is not set, and no keyring has it. Set it, or keep it "
        "with `lorewright data key {variable} --keep`."
    )


class KeyRefused(InputError):
    """The other side does not take the key."""

    sentence = N_("{host} does not take the key (status {status}). Check it, and that it may use this model.")


class NotThere(InputError):
    """The address or the model does not exist there."""

    sentence = N_("{host} knows no {path} or no model {model} (status 404). Check the address and the model's name.")


class AskedTooOften(InputError):
    """The other side wants fewer requests, or its quota is used up."""

    sentence = N_("{host} takes no more requests just now (status 429{wait}). Wait, or look at the quota there.")


class ServerFailed(InputError):
    """The other side failed."""

    sentence = N_("{host} failed (status {status}). Try again later; nothing was lost here.")


class RequestRefused(InputError):
    """The other side refused what was asked."""

    sentence = N_("{host} refused the request (status {status}): {reason}")


class Redirected(InputError):
    """The other side sends us elsewhere."""

    sentence = N_("{host} sends on to another address (status {status}), which is not followed. Give that one itself.")


class NotUnderstood(InputError):
    """An answer that is not in the shape of the API."""

    sentence = N_("{host} answered with something that is no chat completion ({reason}). Check the address.")


class NotReached(MachineError):
    """The other side could not be reached, or the connection was cut."""

    sentence = N_("{host} could not be reached: {reason}. Check the address and the network.")


@dataclass(frozen=True, slots=True)
class Completion:
    """An answer: its text, whether it was cut for its length, and the prompt's tokens, 0 where they are not told."""

    text: str
    cut: bool
    prompt_tokens: int


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
        """The answer to a chat, within the time; raises one of the errors above."""
        place = _place(self.address)
        path = place.path.rstrip("/")
        path = path if path.endswith(_PATH) else path + _PATH
        held: list[socket.socket] = []
        told = [{"role": message.role, "content": message.content} for message in messages]
        body = json.dumps(
            {"model": self.name, "messages": told, "max_tokens": max_tokens, "temperature": temperature, "seed": seed}
        ).encode()
        asking = asyncio.to_thread(self._exchange, self._connection(place), held, path, body)
        try:
            status, wait, answer = await asyncio.wait_for(asking, self.timeout)
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
        return self._completion(answer)

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
        self, connection: http.client.HTTPConnection, held: list[socket.socket], path: str, body: bytes
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
            answer = response.read(LONGEST_ANSWER + 1)
            if response.length and len(answer) <= LONGEST_ANSWER:  # less came than was announced
                raise http.client.IncompleteRead(answer, response.length)
            return response.status, response.getheader("Retry-After", ""), answer

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
            read = json.loads(answer)
            told = read["error"]["message"] if isinstance(read["error"], dict) else read["error"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return _("it gave no reason.")
        plain = " ".join(str(told).split())[:300]
        return plain.replace(self.key, "…") if self.key else plain

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
        usage = read.get("usage")
        tokens = usage.get("prompt_tokens") if isinstance(usage, dict) else None
        text = content if isinstance(content, str) else ""
        return Completion(text, choice.get("finish_reason") == "length", tokens if isinstance(tokens, int) else 0)


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
