"""Owns how the messages of an example are shown: bubbles, and rolls as dice cards. Knows no Qt and no verdict."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from studio.chat.messages import ASSISTANT, SYSTEM
from studio.language import _
from studio.rules import Outcome
from studio.scenario import ToolTable, find_calls
from studio.scenario.results import read_result
from studio.ui.cards.content import Said, Throw, Voice

if TYPE_CHECKING:
    from studio.chat.messages import Message
    from studio.dataset.rows import Row

MOST_SIGNS = 8000
_MOST_MESSAGES = 200
_RESULT = re.compile(r"\s*<TOOLCALL>([^<]{0,2000})</TOOLCALL>")

Entry = Said | Throw


def talk_of(row: "Row", tools: ToolTable, outcomes: tuple[str, ...]) -> list[Entry]:
    """The talk from its first turn; what the model is told before is left to others. `outcomes` open a turn."""
    entries: list[Entry] = []
    for message in row.messages[:_MOST_MESSAGES]:
        if message.role == ASSISTANT:
            said = _answer(message, tools, outcomes)
            if said.outcome is not None and entries and isinstance(entries[-1], Throw):
                entries[-1] = replace(entries[-1], outcome=said.outcome)
            entries.append(said)
        elif message.role != SYSTEM:
            entries += _spoken(message.content)
    if row.rejected is not None:
        entries.append(Said(Voice.NARRATOR, short(row.rejected), name=_("The worse answer"), broken=True))
    return entries


def _answer(message: "Message", tools: ToolTable, outcomes: tuple[str, ...]) -> Said:
    text, outcome = message.content, None
    for word, one in zip(outcomes, (Outcome.SUCCESS, Outcome.FAILURE), strict=False):
        if text.startswith(word):
            text, outcome = text[len(word) :].lstrip(), one
    text = short(text)
    name = _("Narrator") if message.trained else _("Narrator, not learnt")
    return Said(Voice.NARRATOR, text, outcome, name=name, calls=tuple(one.text for one in find_calls(text, tools, ())))


def _spoken(content: str) -> Iterator[Entry]:
    """What the player says; results of rolls at its head are cards."""
    while (found := _RESULT.match(content)) is not None:
        content = content[found.end() :]
        result = read_result(found[1])
        if result is None:
            yield Said(Voice.PLAYER, found[1], name=_("Result"))
        else:
            skill = result.skill.replace("_", " ").capitalize()
            yield Throw(skill, "", ((result.natural, True),), result.parts, result.total)
    if content.strip():
        yield Said(Voice.PLAYER, short(content.strip()), name=_("Player"))


def short(text: str, most: int = MOST_SIGNS) -> str:
    """A text as far as it can be laid out at once."""
    return text if len(text) <= most else f"{text[:most]} …"
