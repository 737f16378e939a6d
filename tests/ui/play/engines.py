"""An engine (a true boundary: the protocol) whose replies are fixed."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from studio.inference.engine import Ask, Generation, ModelCard, Sampling

TEMPLATE = "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"


class FixedEngine:
    """Says the given replies in order, then `rest`; keeps what it was asked."""

    running = 0

    def __init__(self, path: Path, replies: Sequence[str] = (), *, rest: str = "Silence.", context: int = 4096) -> None:
        self.card = ModelCard(path.stem, path, TEMPLATE, "", "<|im_end|>", context, 1000, 500)
        self.replies = list(replies)
        self.rest = rest
        self.asks: list[Ask] = []
        self.samplings: list[Sampling] = []

    @property
    def prompts(self) -> list[str]:
        """What was asked, as one text each."""
        return ["\n".join([*(one.content for one in ask.messages), ask.opening]) for ask in self.asks]

    def reply(self) -> str:
        """What is said next."""
        return self.replies.pop(0) if self.replies else self.rest

    def ids(self, text: str) -> tuple[int, ...]:
        """A letter an id."""
        return tuple(map(ord, text))

    async def tokenise(self, parts: Sequence[tuple[str, bool]]) -> list[list[int]]:
        return [[ord(letter) for letter in text] for text, _special in parts]

    async def length(self, ask: Ask) -> int:
        return sum(len(one.content) for one in ask.messages) + len(ask.opening)

    async def answer(
        self,
        ask: Ask,
        sampling: Sampling,
        on_text: Callable[[str], None] | None = None,
        on_read: Callable[[int, int], None] | None = None,
    ) -> Generation:
        FixedEngine.running += 1
        assert FixedEngine.running == 1, "two models compute at once"
        self.asks.append(ask)
        self.samplings.append(sampling)
        try:
            text = self.reply()
            if on_read is not None:
                on_read(1, 2)
            if on_text is not None:
                on_text(text)
            await asyncio.sleep(0)
            size, opened = await self.length(ask), self.ids(ask.opening) if ask.opening else ()
            return Generation(self.ids(text), text, "end", size, 0, 0.25, 0.5, opened=opened)
        finally:
            FixedEngine.running -= 1

    async def stop(self) -> None:
        return None

    async def close(self) -> None:
        return None
