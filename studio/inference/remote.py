"""Owns the engine of a model behind an OpenAI-compatible address: it is sent messages, and knows no token."""

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from studio.chat import Message, joined
from studio.chat.messages import USER
from studio.errors import Cancelled
from studio.inference.errors import NotOffered
from studio.inference.protocol import Ask, Generation, ModelCard, Pace, Rows
from studio.inference.sampling import Sampling
from studio.inference.service import AskedTooOften, BadAddress, Completion, Service, key_from
from studio.language import _

_TRIES, _LONGEST_WAIT = 4, 60
"""How often a chat is asked that the other side has no time for, and the seconds that are waited at most."""

_AT_ONCE = 4
"""Requests that are open at once; services count them."""

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

    @classmethod
    def at(cls, named: str, *, key: str | None, context: int, together: int = _AT_ONCE) -> "RemoteEngine":
        """The engine of ADDRESS#MODEL, with the key that is kept under a name; raises BadAddress, NoKey, UnfitKey."""
        address, _mark, model = named.partition("#")
        if not model.strip():
            raise BadAddress(address=address, reason=_("it names no model; one follows after #."))
        return cls(Service(model.strip(), address, key_from(key) if key else ""), context=context, together=together)

    async def answer_many(self, asks: Sequence[Ask]) -> list[Generation]:
        """The answers in order, a few asked for at once; raises the errors of `studio.inference.service`, Cancelled.

        What an answer must begin with is said at the end of the player's words, and taken off the answer.
        """
        tasks = [asyncio.create_task(self._answer(ask)) for ask in asks]
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
        if ask.grammar is not None:
            raise self._without(_("a service is not held to a grammar here."))
        messages = _begun(joined(ask.messages), ask.opening)
        async with self._open:
            started = time.perf_counter()
            found = await self._asked(messages, ask.max_tokens)
            seconds = time.perf_counter() - started
        text = found.text.lstrip()
        text = text.removeprefix(ask.opening) if ask.opening else found.text
        return Generation((), text, "length" if found.cut else "end", found.prompt_tokens, 0, seconds, seconds)

    async def _asked(self, messages: Sequence[Message], max_tokens: int) -> Completion:
        """The answer; where the other side has no time it is asked again after the wait that it names."""
        for number in range(1, _TRIES):
            try:
                return await self.service.complete(messages, max_tokens=max_tokens)
            except AskedTooOften as error:
                told = error.fields.get("seconds")
                wait = told if isinstance(told, int) else 2**number
                if wait > _LONGEST_WAIT:
                    raise
                await asyncio.sleep(wait)
        return await self.service.complete(messages, max_tokens=max_tokens)

    async def tokenise(self, parts: Sequence[tuple[str, bool]]) -> list[list[int]]:
        """Raises NotOffered."""
        raise self._tokenless()

    async def generate(
        self, prompt: Sequence[int], sampling: Sampling, on_text: Callable[[str], None] | None = None
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


def _begun(messages: Sequence[Message], opening: str) -> tuple[Message, ...]:
    """The messages, with what the answer must begin with told at the end of the last."""
    told = tuple(messages)
    if not opening or not told or told[-1].role != USER:
        return told
    return *told[:-1], replace(told[-1], content=f"{told[-1].content}\n\n{_BEGIN.format(opening=opening)}")
