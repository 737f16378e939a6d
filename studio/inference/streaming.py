"""Owns an answer that comes in pieces from an OpenAI-compatible address: server-sent events, read line by line.

Nothing that comes is believed: lines are bounded, what is no JSON is no text, and an answer without an end was cut.
"""

import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from studio.inference.service_errors import BrokenOff, NotReached, NotUnderstood
from studio.language import _

EVENTS = "text/event-stream"

_DATA, _DONE = b"data:", b"[DONE]"
_SHOWN = 300
_CUT = b'{"choices": [{"delta": {}, "finish_reason": "length"}]}'


@dataclass(frozen=True, slots=True)
class Completion:
    """An answer: its text, whether it was cut for its length, and the prompt's tokens, 0 where they are not told."""

    text: str
    cut: bool
    prompt_tokens: int


def lines_of(response: http.client.HTTPResponse, most: int) -> Iterator[bytes]:
    """The data lines of a stream, of at most so many bytes in all; the rest of a longer one is left, as one says."""
    while most > 0 and (line := response.readline(most)):
        most -= len(line)
        if line.startswith(_DATA):
            yield line[len(_DATA) :].strip()
    if most <= 0:
        yield _CUT


class Told:
    """An answer so far; `take` each data line of it, then ask for the whole."""

    def __init__(self, host: str, on_text: Callable[[str], None], key: str = "") -> None:
        self._host, self._on_text, self._key = host, on_text, key
        self._text: list[str] = []
        self._finish: str | None = None
        self._ended = False
        self._tokens = 0
        self._strange = 0
        self._broken: str | None = None

    def take(self, line: bytes) -> None:
        """Hears a line; what comes after the end is not heard."""
        if self._ended or self._broken is not None:
            return
        if line == _DONE:
            self._ended = True
            return
        try:
            read = json.loads(line.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            read = None
        if isinstance(read, dict):
            self._heard(read)
        else:
            self._strange += 1

    def _heard(self, read: Mapping[str, object]) -> None:
        if "error" in read:
            self._broken = reason_of(read, self._key)
            return
        self._tokens = prompt_tokens(read) or self._tokens
        choices = read.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):  # usage comes alone at the end
            return
        delta, finish = choice.get("delta"), choice.get("finish_reason")
        text = delta.get("content") if isinstance(delta, dict) else None
        self._finish = finish if isinstance(finish, str) else self._finish
        if isinstance(text, str) and text:
            text = text.encode("utf-8", "replace").decode()  # JSON can say half a character
            self._text.append(text)
            self._on_text(text)

    def completion(self) -> Completion:
        """The whole answer; raises BrokenOff, NotUnderstood, or NotReached where its end did not come."""
        if self._broken is not None:
            raise BrokenOff(host=self._host, reason=self._broken)
        if self._strange and not self._text:
            raise NotUnderstood(host=self._host, reason=_("it is not JSON"))
        if not self._ended and self._finish is None:
            raise NotReached(host=self._host, reason=_("the connection was cut"))
        return Completion("".join(self._text), self._finish == "length", self._tokens)


def prompt_tokens(read: Mapping[str, object]) -> int:
    """The tokens of the prompt that an answer tells, 0 where it does not."""
    usage = read.get("usage")
    tokens = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    return tokens if isinstance(tokens, int) and tokens > 0 else 0


def reason_of(read: object, key: str) -> str:
    """What the other side says of a failure, without the key."""
    told = read.get("error") if isinstance(read, dict) else None
    told = told.get("message") if isinstance(told, dict) else told
    if not told:
        return _("it gave no reason.")
    plain = " ".join(str(told).split())[:_SHOWN]
    plain = plain if plain.endswith((".", "!", "?")) else f"{plain}."
    return plain.replace(key, "…") if key else plain
