"""Owns how a chat becomes the ids that a model continues; the same for play, evaluation and whatever else asks."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import chain

from studio.chat import ChatTemplate, Message, joined, pieces

Tokenise = Callable[[Sequence[tuple[str, bool]]], Awaitable[list[list[int]]]]
"""The ids of (text, special) parts, as an engine gives them."""

Chat = tuple[Sequence[Message], str]
"""Messages, and what the answer begins with."""


async def encoded(
    tokenise: Tokenise, template: ChatTemplate, chats: Sequence[Chat]
) -> list[tuple[list[int], list[int]]]:
    """The ids to continue for each chat, and those at their end that are its opening's; raises TemplateRefused.

    Every stretch of text is encoded once, however many chats it stands in.
    """
    rendered = [pieces(template, joined(messages), add_generation_prompt=True) for messages, _opening in chats]
    asked = dict.fromkeys((piece.text, piece.special) for parts in rendered for piece in parts if piece.ids is None)
    asked.update(dict.fromkeys((opening, False) for _messages, opening in chats if opening))
    texts = list(asked)
    known = dict(zip(texts, await tokenise(texts), strict=True)) if texts else {}
    found = []
    for parts, (_messages, opening) in zip(rendered, chats, strict=True):
        opened = known[opening, False] if opening else []
        own = (known[piece.text, piece.special] if piece.ids is None else piece.ids for piece in parts)
        found.append(([*chain.from_iterable(own), *opened], opened))
    return found
