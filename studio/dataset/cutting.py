"""Owns cutting a talk that is longer than a model learns from at once: between turns, never inside one.

Each part opens with SYSTEM as it stands there. Parts begin with a player's words where that can be; an exchange that is
too long by itself is cut before a roll's result, and then what was said before in it is given along, not learnt, as far
as there is room. A turn that fits in no part is left out and told. Knows neither files nor sheets.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from studio.chat import ChatTemplate, Message, pieces
from studio.chat.messages import ASSISTANT, SYSTEM, USER
from studio.chat.rendering import Tokeniser

_REMEMBERED = 20_000

Opening = Callable[[int], Message | None]
"""SYSTEM as it stands before the turn of an index."""


class Cutter:
    """How long a part may be, in the ids of one model; the model's chat side is opened when it is first needed.

    `mark` names the model by its content, so that what was counted once can be remembered.
    """

    def __init__(self, opened: Callable[[], tuple[ChatTemplate, Tokeniser]], limit: int, mark: str = "") -> None:
        self.limit, self.mark = limit, mark
        self._opened = opened
        self._lengths: dict[tuple[str, bool], int] = {}

    @classmethod
    def of(cls, template: ChatTemplate, tokeniser: Tokeniser, limit: int) -> "Cutter":
        """By a model that is open already."""
        return cls(lambda: (template, tokeniser), limit)

    @cached_property
    def _model(self) -> tuple[ChatTemplate, Tokeniser]:
        return self._opened()

    def length(self, messages: Sequence[Message]) -> int:
        """How many ids the messages have; raises TemplateRefused."""
        template, _tokeniser = self._model
        return sum(self._length(piece.text, piece.special) for piece in pieces(template, messages, False))

    def _length(self, text: str, special: bool) -> int:
        known = self._lengths.get((text, special))
        if known is None:
            if len(self._lengths) > _REMEMBERED:
                self._lengths.clear()
            _template, tokeniser = self._model
            known = self._lengths[text, special] = len(tokeniser.encode(text, special=special))
        return known


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a talk with its opening. The first `given` messages are not learnt: SYSTEM, and what went before."""

    messages: tuple[Message, ...]
    given: int
    tokens: int

    @property
    def own(self) -> tuple[Message, ...]:
        """The messages that stand in this part and in no other."""
        return self.messages[self.given :]

    @property
    def trained(self) -> bool:
        """Whether anything is learnt."""
        return any(message.trained for message in self.own)


@dataclass(frozen=True, slots=True)
class Cut:
    """A talk in parts that fit, and the stretches of it that fit in none; nothing is in two of them."""

    parts: tuple[Part, ...]
    left_out: tuple[Part, ...] = ()


def cut(whole: Sequence[Message], cutter: Cutter, opening: Opening | None = None) -> Cut:
    """The talk in as few parts as reading it once gives; raises TemplateRefused."""
    head = [message for message in whole[:1] if message.role == SYSTEM]
    tokens = cutter.length(whole)
    if tokens <= cutter.limit:
        return Cut((Part(tuple(whole), len(head), tokens),))
    return _Cutting(cutter, opening or (lambda _turn: head[0] if head else None)).run(whole[len(head) :])


class _Cutting:
    """One talk while it is cut."""

    def __init__(self, cutter: Cutter, opening: Opening) -> None:
        self._cutter, self._opening = cutter, opening
        self._parts: list[Part] = []
        self._left_out: list[Part] = []

    def run(self, rest: Sequence[Message]) -> Cut:
        """The parts."""
        part: Part | None = None
        for exchange in exchanges(rest):
            grown = self._grown(part, exchange)
            if grown is None:
                self._close(part)
                part = self._part((), exchange)
            else:
                part = grown
            if not self._fits(part):
                self._between_turns(exchange)
                part = None
        self._close(part)
        return Cut(tuple(self._parts), tuple(self._left_out))

    def _between_turns(self, exchange: Sequence[Message]) -> None:
        """An exchange that is too long: cut before the results in it."""
        part: Part | None = None
        at = 0
        for unit in _answers(exchange):
            grown = self._grown(part, unit)
            if grown is None:
                self._close(part)
                grown = self._part_after(exchange[:at], unit)
            at += len(unit)
            if self._fits(grown):
                part = grown
            else:
                self._left_out.append(grown)
                part = None
        self._close(part)

    def _part_after(self, before: Sequence[Message], unit: Sequence[Message]) -> Part:
        """A part that begins with this unit, with as much of what went before it in the exchange as there is room."""
        given = [replace(message, trained=False) for message in before]
        while given:
            part = self._part(given, unit)
            if self._fits(part):
                return part
            given = given[len(next(_answers(given))) :]
        return self._part((), unit)

    def _grown(self, part: Part | None, more: Sequence[Message]) -> Part | None:
        """The part with more in it where that fits."""
        if part is None:
            return None
        messages = (*part.messages, *more)
        grown = Part(messages, part.given, self._cutter.length(messages))
        return grown if self._fits(grown) else None

    def _part(self, given: Sequence[Message], own: Sequence[Message]) -> Part:
        first = [*given, *own][0].turn_index
        opening = self._opening(first if first is not None else 0)
        before = (*(() if opening is None else (opening,)), *given)
        messages = (*before, *own)
        return Part(messages, len(before), self._cutter.length(messages))

    def _fits(self, part: Part) -> bool:
        return part.tokens <= self._cutter.limit

    def _close(self, part: Part | None) -> None:
        if part is not None:
            self._parts.append(part)


def exchanges(rest: Sequence[Message]) -> list[list[Message]]:
    """The messages in stretches that each begin with a player's words; a result stays with its call."""
    stretches: list[list[Message]] = []
    for message in rest:
        opens = message.role == USER and not message.content.startswith("<TOOLCALL>")
        if opens or not stretches:
            stretches.append([])
        stretches[-1].append(message)
    return stretches


def _answers(exchange: Sequence[Message]) -> Iterator[list[Message]]:
    """The messages in stretches that each end with an answer."""
    unit: list[Message] = []
    for message in exchange:
        unit.append(message)
        if message.role == ASSISTANT:
            yield unit
            unit = []
    if unit:
        yield unit
