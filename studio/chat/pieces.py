"""Owns cutting a rendered chat into the template's text and the people's: the first may name control tokens, the
second never does, whatever is typed into it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from studio.chat.messages import Message
from studio.chat.template import ChatTemplate, TemplateRefused
from studio.language import _

_OPEN, _CLOSE = "\ue000", "\ue001"
_SENTINEL = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a rendered chat. `special`: names of control tokens in it are those tokens.

    `ids`, where given, stand for the text as it is.
    """

    text: str
    special: bool
    trained: bool = False
    turn_index: int | None = None
    ids: tuple[int, ...] | None = None


def pieces(template: ChatTemplate, messages: Sequence[Message], add_generation_prompt: bool) -> tuple[Piece, ...]:
    """The rendered chat in order; raises TemplateRefused where the template loses, repeats or moves a content.

    The end-of-turn token after a trained content is a trained piece of its own.
    """
    arranged = template.arrange(messages)
    roles = [(message.role, f"{_OPEN}{i}{_CLOSE}") for i, message in enumerate(arranged)]
    parts = _SENTINEL.split(template.run(roles, add_generation_prompt))
    if [int(number) for number in parts[1::2]] != list(range(len(arranged))):
        raise TemplateRefused(name=template.name, reason=_("it loses, repeats or moves what was said"))
    return tuple(piece for piece in _walk(template, arranged, parts) if piece.text or piece.ids)


def _walk(template: ChatTemplate, messages: Sequence[Message], parts: list[str]) -> Iterator[Piece]:
    yield Piece(parts[0], special=True)
    for message, after in zip(messages, parts[2::2], strict=True):
        yield Piece(message.content, False, message.trained, message.turn_index, message.ids)
        end = _end_of_turn(template, after) if message.trained else ""
        yield Piece(end, special=True, trained=True, turn_index=message.turn_index)
        yield Piece(after[len(end) :], special=True)


def _end_of_turn(template: ChatTemplate, after: str) -> str:
    """The beginning of `after` up to and with the token that ends the turn."""
    blank = len(after) - len(after.lstrip())
    for end in template.ends:
        if after.startswith(end, blank):
            return after[: blank + len(end)]
    raise TemplateRefused(name=template.name, reason=_("no known token ends the narrator's turn"))
