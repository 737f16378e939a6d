"""Owns the engine of a model behind an OpenAI-compatible address: it is sent messages, and knows no token."""

import asyncio
import hashlib
import math
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path

from studio.chat import Message, joined
from studio.chat.messages import USER
from studio.errors import Cancelled
from studio.inference.errors import NotOffered
from studio.inference.hearing import Coming
from studio.inference.protocol import Ask, Generation, Halted, ModelCard, OnRead, OnText, Pace, Rows
from studio.inference.sampling import Sampling
from studio.inference.service import Service, key_from
from studio.inference.service_errors import AskedTooOften, BadAddress, BadModelAddress
from studio.inference.streaming import Completion
from studio.language import _

_TRIES, _LONGEST_WAIT = 4, 60
"""How often a chat is asked that the other side has no time for, and the seconds that are waited at most."""

_AT_ONCE = 4
"""Requests that are open at once; services count them."""

_CHARACTERS, _BESIDE = 3.0, 4
"""Characters a token, and tokens beside a message's words, until a service has told: rather too many tokens."""

_EXAMPLE = "http://localhost:8080/v1#tavern"

_BEGIN = "Begin your reply with {opening}"
"""What a model reads is in no person's language."""


def is_address(named: str | Path) -> bool:
    """Whether a model is named by an address."""
    return str(named).startswith(("http://", "https://"))


class RemoteEngine:
    """A model behind an address. Only that address is called."""

    def __init__(self, service: Service, *, context: int, together: int = _AT_ONCE) -> None:
        self.service = service
        called = hashlib.sha256(f"{service.address}\n{service.name}".encode()).hexdigest()
        self.card = ModelCard(
            name=service.name,
            path=Path(service.name),
            template=None,
            bos="",
            eos="",
            context=context,
            size=0,
            parameters=0,
            kind="remote",
            identity=called,
            scores=False,
            grammars=False,
        )
        self._open = asyncio.Semaphore(min(together, _AT_ONCE))
        self._running: set[asyncio.Task[Generation]] = set()
        self._characters = _CHARACTERS

    @classmethod
    def at(cls, named: str, *, key: str | None, context: int, together: int = _AT_ONCE) -> "RemoteEngine":
        """The engine of ADDRESS#MODEL, with the key kept under a name; raises BadModelAddress, NoKey or UnfitKey."""
        address, _mark, model = named.partition("#")
        try:
            service = Service(model.strip(), address, key_from(key) if key else "")
        except BadAddress as error:  # first, since it shows no password that stands in an address
            raise BadModelAddress(**error.fields, example=_EXAMPLE) from error
        if not service.name:
            reason = _("it names no model; one follows after #.")
            raise BadModelAddress(address=address, reason=reason, example=_EXAMPLE)
        return cls(service, context=context, together=together)

    async def answer_many(self, asks: Sequence[Ask]) -> list[Generation]:
        """The answers in order, a few asked for at once; raises the errors of `studio.inference.service`, Cancelled.

        What an answer must begin with is said at the end of the player's words, and taken off the answer.
        """
        return await self._stoppable([self._answer(ask) for ask in asks])

    async def answer(
        self, ask: Ask, sampling: Sampling, on_text: OnText | None = None, on_read: OnRead | None = None
    ) -> Generation:
        """The answer to a chat as it is streamed; how far it is read is not told, since nobody knows.

        Raises the errors of `studio.inference.service_errors`, Cancelled, Halted where words had come.
        """
        came = Coming(ask.opening, on_text)
        try:
            return (await self._stoppable([self._streamed(ask, sampling, came)]))[0]
        except Cancelled:
            if came.text:
                raise Halted(written=came.generation("stopped")) from None
            raise

    async def _stoppable(self, answers: Sequence[Coroutine[None, None, Generation]]) -> list[Generation]:
        """Answers that `stop` ends."""
        tasks = [asyncio.create_task(answer) for answer in answers]
        self._running.update(tasks)
        try:
            return list(await asyncio.gather(*tasks))
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
            raise Cancelled from None
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._running.difference_update(tasks)

    async def _answer(self, ask: Ask) -> Generation:
        messages = self._messages(ask)
        async with self._open:
            started = time.perf_counter()
            found = await _patiently(lambda: self.service.complete(messages, max_tokens=ask.max_tokens))
            seconds = time.perf_counter() - started
        self._learn(messages, found)
        text = found.text.lstrip()
        text = text.removeprefix(ask.opening) if ask.opening else found.text
        return Generation((), text, "length" if found.cut else "end", found.prompt_tokens, 0, seconds, seconds)

    async def _streamed(self, ask: Ask, sampling: Sampling, came: Coming) -> Generation:
        messages = self._messages(ask)
        more = {"temperature": sampling.temperature, "top_p": sampling.top_p, "seed": sampling.seed}
        async with self._open:
            came.begin()
            found = await _patiently(
                lambda: self.service.stream(messages, came.take, max_tokens=ask.max_tokens, **more)
            )
        self._learn(messages, found)
        return came.generation("length" if found.cut else "end", found.prompt_tokens)

    def _messages(self, ask: Ask) -> tuple[Message, ...]:
        if ask.grammar is not None:
            raise self._without(_("a service is not held to a grammar here."))
        return _begun(joined(ask.messages), ask.opening)

    def _learn(self, messages: Sequence[Message], found: Completion) -> None:
        """Takes note of how many characters the other side makes a token of."""
        if found.prompt_tokens:
            size = sum(len(message.content) for message in messages)
            self._characters = min(8.0, max(1.0, size / found.prompt_tokens))

    async def length(self, ask: Ask) -> int:
        """A guess at the tokens of a chat, better once the service has told how many one had."""
        size = len(ask.opening) + sum(len(message.content) for message in joined(ask.messages))
        return math.ceil(size / self._characters) + _BESIDE * len(ask.messages)

    async def tokenise(self, parts: Sequence[tuple[str, bool]]) -> list[list[int]]:
        """Raises NotOffered."""
        raise self._tokenless()

    async def generate(
        self, prompt: Sequence[int], sampling: Sampling, on_text: OnText | None = None, on_read: OnRead | None = None
    ) -> Generation:
        """Raises NotOffered."""
        raise self._tokenless()

    async def generate_many(self, prompts: Sequence[Sequence[int]], max_tokens: int) -> list[Generation]:
        """Raises NotOffered."""
        raise self._tokenless()

    async def score(self, ids: Sequence[int], start: int) -> Rows:
        """Raises NotOffered."""
        raise self._tokenless()

    async def pace(self, prompt_tokens: int, new_tokens: int) -> Pace:
        """Raises NotOffered."""
        raise self._tokenless()

    async def stop(self) -> None:
        """Gives up what is asked for."""
        for task in list(self._running):
            task.cancel()

    async def close(self) -> None:
        """Gives up what is asked for; nothing else is held."""
        await self.stop()

    def _tokenless(self) -> NotOffered:
        return self._without(_("it lies behind an address, which answers chats and takes no token ids."))

    def _without(self, reason: str) -> NotOffered:
        return NotOffered(name=self.card.name, reason=reason)


async def _patiently(ask: Callable[[], Awaitable[Completion]]) -> Completion:
    """The answer; where the other side has no time it is asked again after the wait that it names."""
    for number in range(1, _TRIES):
        try:
            return await ask()
        except AskedTooOften as error:
            told = error.fields.get("seconds")
            wait = told if isinstance(told, int) else 2**number
            if wait > _LONGEST_WAIT:
                raise
            await asyncio.sleep(wait)
    return await ask()


def _begun(messages: Sequence[Message], opening: str) -> tuple[Message, ...]:
    """The messages, with what the answer must begin with told at the end of the last."""
    told = tuple(messages)
    if not opening or not told or told[-1].role != USER:
        return told
    return *told[:-1], replace(told[-1], content=f"{told[-1].content}\n\n{_BEGIN.format(opening=opening)}")
