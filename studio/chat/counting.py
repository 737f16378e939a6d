"""Owns how many tokens each turn of a scenario has for one model, and which of them are trained on.

The ids are those of training and play: each stretch is encoded by itself, neighbours of one role joined before. The
template's own text counts for the turn that it ends; what opens the chat counts for SYSTEM. What was encoded once is
remembered by its text, so that a change costs one turn. Knows no window and no file.
"""

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from studio.chat.messages import SYSTEM, Message, joined, message_of
from studio.chat.pieces import Piece, pieces
from studio.chat.rendering import Tokeniser
from studio.chat.template import ChatTemplate
from studio.scenario.model import Scenario

_BLANK = "\n\n"
_END = 1 << 60
_REMEMBERED = 4_000_000
"""Characters whose ids are remembered; the oldest are forgotten first."""


class SpanTokeniser(Tokeniser, Protocol):
    """A tokeniser that also says where in a text each id comes from."""

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Half-open spans in code points, one an id of `encode(text, special=False)`."""
        ...


@dataclass(frozen=True, slots=True)
class Token:
    """One id as it is shown: its text, empty where it is a later part of a character that has several ids."""

    id: int
    text: str
    special: bool
    trained: bool


@dataclass(frozen=True, slots=True)
class TurnTokens:
    """The tokens of one turn: `content` is what people wrote, `frame` the template's around it, `trained` of both."""

    index: int | None
    speaker: str
    content: int
    frame: int
    trained: int

    @property
    def total(self) -> int:
        """All ids of the turn."""
        return self.content + self.frame


@dataclass(frozen=True, slots=True)
class Count:
    """What a scenario comes to: a row a turn, SYSTEM first."""

    turns: tuple[TurnTokens, ...]

    @property
    def total(self) -> int:
        """All ids."""
        return sum(turn.total for turn in self.turns)

    @property
    def trained(self) -> int:
        """The ids that are trained on."""
        return sum(turn.trained for turn in self.turns)


@dataclass(frozen=True, slots=True)
class _Encoded:
    ids: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]

    def between(self, start: int, end: int) -> range:
        """The places of the ids that begin in a stretch of the text."""
        first = bisect_left(self.spans, start, key=lambda span: span[0])
        return range(first, bisect_left(self.spans, end, lo=first, key=lambda span: span[0]))


@dataclass(frozen=True, slots=True)
class _Part:
    """The share of one turn in a piece: its index, and where it begins, the blank line before its text included."""

    index: int | None
    start: int


class TokenCounter:
    """Counts scenarios for one model. Not for two threads at once."""

    def __init__(self, template: ChatTemplate, tokeniser: SpanTokeniser) -> None:
        self.template = template
        self._tokeniser = tokeniser
        self._known: OrderedDict[tuple[str, bool], _Encoded] = OrderedDict()
        self._size = 0
        self.encoded = 0
        """How many stretches were encoded so far, those that were remembered left out."""

    def count(self, scenario: Scenario) -> Count:
        """The tokens by turn; raises TemplateRefused."""
        rows = {index: TurnTokens(index, speaker, 0, 0, 0) for index, speaker in _speakers(scenario)}
        for index, piece, encoded, places in self._walk(scenario):
            row, many = rows[index], len(encoded.ids) if piece.special else len(places)
            rows[index] = replace(
                row,
                content=row.content + (0 if piece.special else many),
                frame=row.frame + (many if piece.special else 0),
                trained=row.trained + (many if piece.trained else 0),
            )
        return Count(tuple(rows.values()))

    def tokens(self, scenario: Scenario, index: int | None) -> tuple[Token, ...]:
        """The very ids of one turn (None: of SYSTEM) in order; raises TemplateRefused."""
        found: list[Token] = []
        for at, piece, encoded, places in self._walk(scenario):
            if at == index:
                found.extend(self._shown(piece, encoded, places))
        return tuple(found)

    def _shown(self, piece: Piece, encoded: _Encoded, places: range) -> Iterator[Token]:
        if piece.special:
            for number in encoded.ids:
                yield Token(number, self._tokeniser.decode([number]), True, piece.trained)
            return
        last = 0
        for place in places:
            start, end = encoded.spans[place]
            text = piece.text[max(start, last) : end] if end > last else ""
            last = max(last, end)
            yield Token(encoded.ids[place], text, False, piece.trained)

    def _walk(self, scenario: Scenario) -> Iterator[tuple[int | None, Piece, _Encoded, range]]:
        """Each piece with each turn that has a share in it, and the places of the ids of that share."""
        messages, shares = _messages(scenario)
        arranged = self.template.arrange(messages)
        if len(messages) > 1 and len(arranged) < len(messages):  # SYSTEM went to the head of the player's first
            shift = len(messages[0].content)
            moved = [
                _Part(part.index, shift + (len(_BLANK) if place else 0) + part.start)
                for place, part in enumerate(shares[1])
            ]
            shares = [[*shares[0], *moved], *shares[2:]]
        at, last = -1, None
        for piece in pieces(self.template, messages, add_generation_prompt=False):
            encoded = self._encode(piece)
            if piece.special:
                yield last, piece, encoded, range(0)
                continue
            at += 1
            while not arranged[at].content:  # an empty turn has no piece
                at += 1
            for part, after in zip(shares[at], (*shares[at][1:], None), strict=True):
                last = part.index
                yield last, piece, encoded, encoded.between(part.start, after.start if after is not None else _END)

    def _encode(self, piece: Piece) -> _Encoded:
        key = (piece.text, piece.special)
        known = self._known.get(key)
        if known is not None:
            self._known.move_to_end(key)
            return known
        ids = tuple(self._tokeniser.encode(piece.text, special=piece.special))
        spans = () if piece.special else tuple(self._tokeniser.spans(piece.text))
        encoded = _Encoded(ids, spans)
        self._known[key] = encoded
        self.encoded += 1
        self._size += len(piece.text)
        while self._size > _REMEMBERED and len(self._known) > 1:
            (text, _special), _gone = self._known.popitem(last=False)
            self._size -= len(text)
        return encoded


def _speakers(scenario: Scenario) -> Iterator[tuple[int | None, str]]:
    yield None, "SYSTEM"
    for turn in scenario.turns:
        yield turn.index, turn.speaker.value


def _messages(scenario: Scenario) -> tuple[tuple[Message, ...], list[list[_Part]]]:
    """The messages of the whole scenario, and which turns stand where in each."""
    parts: list[Message] = []
    if scenario.system is not None:
        parts.append(Message(SYSTEM, scenario.system.content.strip()))
    parts += [message_of(turn) for turn in scenario.turns]
    shares: list[list[_Part]] = []
    role, end = "", 0
    for part in parts:
        if part.role != role or not shares:
            shares.append([_Part(part.turn_index, 0)])
            role, end = part.role, len(part.content)
        else:
            shares[-1].append(_Part(part.turn_index, end))
            end += len(_BLANK) + len(part.content)
    return joined(parts), shares


def words_in(scenario: Scenario) -> int:
    """How many words stand in SYSTEM and in the turns."""
    system = len(scenario.system.content.split()) if scenario.system is not None else 0
    return system + sum(len(turn.content.split()) for turn in scenario.turns)
