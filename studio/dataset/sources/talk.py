"""Owns turning the messages of other programs' formats into ours: roles, parts, tool calls and their results.

A tool call always ends up in the text, in the form of a scenario's where the tool is the game's; what can't be carried
over refuses the row. Knows no file and no shape of a record.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from studio.chat.messages import ASSISTANT, SYSTEM, USER, Message, joined
from studio.dataset.sources.texts import bad, sound, text_of
from studio.dataset.sources.written_calls import Written, call_of, calls_in
from studio.errors import did_you_mean
from studio.language import _
from studio.scenario.tools import ToolTable

_RESULT = "tool"
_CALL = "call"
_ROLES = {
    SYSTEM: ("system", "developer"),
    USER: ("user", "human", "prompter", "player"),
    ASSISTANT: ("assistant", "gpt", "bot", "chatgpt", "bing", "model", "ai", "dm"),
    _RESULT: ("tool", "function", "observation", "ipython", "function_response", "tool_response", "tool_result"),
    _CALL: ("function_call", "tool_call"),
}
_ROLE_OF = {word: role for role, words in _ROLES.items() for word in words}


@dataclass(frozen=True, slots=True)
class Talk:
    """Messages in our form; `others` names the tools of those calls in what is learnt that the game does not know."""

    messages: tuple[Message, ...]
    others: tuple[str, ...] = ()


def talk(items: object, table: ToolTable, *, learnt: bool = True) -> Talk:
    """The messages of a list of `role`/`content` or `from`/`value`; raises BadRecord."""
    if not isinstance(items, Sequence) or isinstance(items, str) or not items:
        raise bad("messages", _("Its messages are no list with something in it."))
    spoken: list[Message] = []
    others: list[str] = []
    for number, item in enumerate(items):
        message, calls = _message(item, number, table, learnt)
        spoken.append(message)
        if message.trained:
            others += [call.other for call in calls if call.other is not None]
    _one_will(spoken)
    return Talk(joined(spoken), tuple(others))


def _message(item: object, number: int, table: ToolTable, learnt: bool) -> tuple[Message, Sequence[Written]]:
    """One message, and the calls that were beside its text."""
    if not isinstance(item, Mapping):
        raise bad("messages", _("Message {number} is no record with a role and a content."), number=number + 1)
    role = _role(item, number)
    content = _content(item, number, role)
    if role == _RESULT:
        return Message(USER, f"<TOOLCALL>{content}</TOOLCALL>", number), ()
    if role == _CALL:
        calls = calls_in(content, table)
        return Message(ASSISTANT, "\n".join(call.text for call in calls), number, learnt and _weighs(item)), calls
    if role != ASSISTANT:
        if _calls(item):
            raise bad("tool-call", _("Message {number} calls a tool and is not by the assistant."), number=number + 1)
        return Message(role, content, None if role == SYSTEM else number), ()
    if content and len(item) == 2:  # a role and a content, and nothing that could be lost
        return Message(ASSISTANT, content, number, learnt), ()
    calls = [call_of(call, number, table) for call in _calls(item)]
    whole = "\n".join(filter(None, (_thought(item), content, *(call.text for call in calls))))
    sound(whole, _("Message {number}").format(number=number + 1))
    return Message(ASSISTANT, whole, number, learnt and _weighs(item)), calls


def _role(item: Mapping[str, object], number: int) -> str:
    said = next((item[name] for name in ("role", "from", "speaker") if item.get(name) is not None), None)
    role = _ROLE_OF.get(str(said).strip().lower()) if said is not None else None
    if role is None:
        near = did_you_mean(str(said), _ROLE_OF)
        question = _(" Did you mean “{near}”?").format(near=near) if near else ""
        sentence = _("Message {number} has the role “{role}”, which is not known.{question}")
        raise bad("role", sentence, number=number + 1, role=said, question=question)
    return role


def _content(item: Mapping[str, object], number: int, role: str) -> str:
    for name in ("content", "value", "text"):
        if item.get(name) is not None:
            return text_of(item[name], _("Message {number}").format(number=number + 1)).strip()
    if role == ASSISTANT and _calls(item):
        return ""
    raise bad("content", _("Message {number} has no content."), number=number + 1)


def _calls(item: Mapping[str, object]) -> list[object]:
    """The tool calls beside the content."""
    calls = item.get("tool_calls")
    if isinstance(calls, str):
        try:
            calls = json.loads(calls) if calls.strip() else None
        except (ValueError, RecursionError) as error:
            raise bad("tool-call", _("Its `tool_calls` are a text that is no JSON.")) from error
    if calls is not None and not isinstance(calls, Sequence):
        raise bad("tool-call", _("Its `tool_calls` are no list."))
    one = item.get("function_call")
    return [*(calls or ()), *([one] if one else [])]


def _thought(item: Mapping[str, object]) -> str:
    """What a model thought before it answered, in the tags that most of them write it in."""
    thought = item.get("reasoning_content") or item.get("thinking")
    return f"<think>\n{text_of(thought, _('The reasoning')).strip()}\n</think>\n" if thought else ""


def _weighs(item: Mapping[str, object]) -> bool:
    """Whether an answer is to be learnt: formats say so as `weight`, `trained` or `train`."""
    said = next((item[name] for name in ("weight", "trained", "train") if item.get(name) is not None), 1)
    return said not in (0, False, "0", "false")


def _one_will(spoken: Sequence[Message]) -> None:
    """Refuses neighbours that would be joined and of which one is to be learnt and the other is not."""
    for one, other in pairwise(spoken):
        if one.role == other.role and one.trained != other.trained:
            raise bad("weights", _("Two answers follow each other of which only one is to be learnt."))
