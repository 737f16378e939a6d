"""A narrator that says what a test wrote, and sessions that it narrates."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from studio.chat import Message
from studio.inference.engine import Ask, Generation, ModelCard, Sampling
from studio.inference.protocol import OnRead, OnText
from studio.play.events import PlayEvent
from studio.play.session import Session
from tests.play.table import session_of

CARD = ModelCard("told", Path("told.gguf"), "{{ messages }}", "", "", 400, 0, 0)


class Told:
    """An engine whose tokens are words, and which says what the test wrote; it counts what it is asked to measure."""

    def __init__(self, lines: Sequence[str] = (), context: int = 400) -> None:
        self.card = replace(CARD, context=context)
        self.lines: Iterator[str] = iter(lines)
        self.asked: list[Ask] = []
        self.drawn: list[Sampling] = []
        self.measured = 0

    async def answer(
        self, ask: Ask, sampling: Sampling, on_text: OnText | None = None, on_read: OnRead | None = None
    ) -> Generation:
        """The next line."""
        self.asked.append(ask)
        self.drawn.append(sampling)
        line = next(self.lines, "Fog.")
        tokens = _tokens(ask)
        assert tokens + ask.max_tokens <= self.card.context, "nothing is asked that does not fit"
        if on_read is not None:
            on_read(tokens, tokens)
        if on_text is not None and line:
            on_text(line)
        words = tuple(range(len(line.split())))
        return Generation(words, line, "end", tokens, 0, 0.1, 0.1 + len(words) / 50)

    async def length(self, ask: Ask) -> int:
        """Words."""
        self.measured += 1
        return _tokens(ask)


def _tokens(ask: Ask) -> int:
    return sum(len(one.content.split()) + 4 for one in ask.messages) + len(ask.opening.split())


def narrated(engine: Told, **options: object) -> Session:
    """A session that this engine narrates."""
    session = session_of()
    session.sampling = Sampling(max_tokens=40)
    session.go_on_with(engine, "aa")  # type: ignore[arg-type]  # of an engine only what a session asks for
    for name, value in options.items():
        setattr(session, name, value)
    return session


def nobody(_event: PlayEvent) -> None:
    """Hears nothing."""


def last(engine: Told) -> tuple[Message, ...]:
    """What the engine was shown last."""
    return engine.asked[-1].messages


async def evening(engine: Told, turns: int, **options: object) -> Session:
    """A session of so many lines."""
    session = narrated(engine, **options)
    for number in range(turns):
        await session.say(f"I walk on along the road and look around, {number} times now.", nobody)
    return session
