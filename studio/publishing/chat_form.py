"""Owns a chat template as a table: what stands before a first message, between two, and before the reply.

Most templates are no more than that for a game, in which SYSTEM comes first and two speakers take turns. The table
needs no Jinja, so that an engine without it can build the very same prompt. It is found by running the template, and
held against it on other chats; a template that does more than a table can say has none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeVar

from studio.chat import ChatTemplate, Message, TemplateRefused
from studio.chat.messages import ASSISTANT, SYSTEM, USER
from studio.errors import InputError
from studio.jobs.protocol import Fields
from studio.language import N_

_OPEN, _CLOSE = "\ue000", "\ue001"
_SENTINEL = re.compile(f"{_OPEN}[0-9]+{_CLOSE}")
_ROUNDS = 5
K = TypeVar("K")


class NoChatForm(InputError):
    """A chat template does more than a table can say."""

    sentence = N_(
        "The chat template of {name} can't be written as a table of what stands between messages ({reason}), so an "
        "engine without Jinja could not use it. Choose another base model."
    )


@dataclass(frozen=True, slots=True)
class ChatForm:
    """The texts around messages, all of them the template's own. `system`: SYSTEM is a `role`, or at the `head` of the
    first user message. `between` is by the role before and the role after; `reply` is what opens the model's turn."""

    system: str
    begin: dict[str, str] = field(default_factory=dict)
    between: dict[tuple[str, str], str] = field(default_factory=dict)
    reply: str = ""

    def parts(self, messages: Sequence[Message]) -> list[tuple[str, bool]]:
        """(text, whether names of control tokens in it are those tokens) of a chat that ends with the player."""
        found: list[tuple[str, bool]] = []
        before = ""
        for message in messages:
            around = self.between[before, message.role] if before else self.begin[message.role]
            found += [(around, True), (message.content, False)]
            before = message.role
        return [part for part in (*found, (self.reply, True)) if part[0]]

    def as_json(self) -> Fields:
        """Plain values; `between` as a table of tables."""
        between: dict[str, dict[str, str]] = {}
        for (before, after), text in sorted(self.between.items()):
            between.setdefault(before, {})[after] = text
        return {"system": self.system, "begin": self.begin, "between": between, "reply": self.reply}


def chat_form(template: ChatTemplate) -> ChatForm:
    """The table of a template; raises NoChatForm, or TemplateRefused where the template can't be run at all."""
    form = ChatForm(template.family.system)
    replies = set[str]()
    for roles in _chats(form.system):
        texts = _around(template, roles)
        if texts is None:
            continue
        _note(form.begin, roles[0], texts[0], template)
        for place, pair in enumerate(pairwise(roles), start=1):
            _note(form.between, pair, texts[place], template)
        replies.add(texts[-1])
    if len(replies) != 1 or USER not in form.begin or (USER, ASSISTANT) not in form.between:
        raise NoChatForm(name=template.name, reason="it opens the reply in more than one way")
    return ChatForm(form.system, form.begin, form.between, replies.pop())


def _chats(system: str) -> Iterator[list[str]]:
    """Orders of roles as they come in play: with SYSTEM and without, whoever speaks first, short and long."""
    for rounds in range(_ROUNDS):
        for opening in ([], [ASSISTANT]):
            turns = [*opening, *[USER, ASSISTANT] * rounds, USER]
            yield turns
            if system == "role":
                yield [SYSTEM, *turns]


def _around(template: ChatTemplate, roles: Sequence[str]) -> list[str] | None:
    """The texts around the contents; None where the template refuses such a chat."""
    marked = [(role, f"{_OPEN}{number}{_CLOSE}") for number, role in enumerate(roles)]
    try:
        text = template.run(marked, add_generation_prompt=True)
    except TemplateRefused:
        if roles[-2:] == [USER] or (roles[0] == SYSTEM and len(roles) == 2):
            raise
        return None
    parts = _SENTINEL.split(text)
    if _SENTINEL.findall(text) != [content for _role, content in marked]:
        raise NoChatForm(name=template.name, reason="it loses, repeats or moves what was said")
    return parts


def _note(table: dict[K, str], key: K, text: str, template: ChatTemplate) -> None:
    if table.setdefault(key, text) != text:
        raise NoChatForm(name=template.name, reason="what stands around a message depends on others")
