"""Owns turning the messages of other programs' formats into ours: roles, parts, tool calls and their results.

A tool call always ends up in the text, in the form of a scenario's where the tool is the game's; what can't be carried
over refuses the row. Knows no file and no shape of a record.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from studio.chat.messages import ASSISTANT, SYSTEM, USER, Message, joined
from studio.errors import InputError, did_you_mean
from studio.language import N_, _
from studio.scenario.calls import find_calls, write_call
from studio.scenario.model import Span, ToolCall
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


class BadRecord(InputError):
    """A record can't become a row: `code` groups equal reasons, `reason` is the sentence."""

    sentence = N_("{reason}")


def bad(code: str, reason: str, **fields: object) -> BadRecord:
    """The error with a sentence built from its fields."""
    return BadRecord(code=code, reason=reason.format(**fields))


@dataclass(frozen=True, slots=True)
class Talk:
    """Messages in our form, the tool calls in those that are trained, and the names of the tools."""

    messages: tuple[Message, ...]
    calls: int
    tools: tuple[str, ...] = ()


def talk(items: object, table: ToolTable, *, learnt: bool = True) -> Talk:
    """The messages of a list of `role`/`content` or `from`/`value`; raises BadRecord."""
    if not isinstance(items, Sequence) or isinstance(items, str) or not items:
        raise bad("messages", _("Its messages are no list with something in it."))
    spoken: list[Message] = []
    tools: list[str] = []
    for number, item in enumerate(items):
        message, called = _message(item, number, table, learnt)
        spoken.append(message)
        tools.extend(called if message.trained else ())
    _one_will(spoken)
    return Talk(joined(spoken), len(tools), tuple(dict.fromkeys(tools)))


def _message(item: object, number: int, table: ToolTable, learnt: bool) -> tuple[Message, list[str]]:
    """One message, and the names of the tools that it calls."""
    if not isinstance(item, Mapping):
        raise bad("messages", _("Message {number} is no record with a role and a content."), number=number + 1)
    role = _role(item, number)
    content = _content(item, number, role)
    if role == _RESULT:
        return Message(USER, f"<TOOLCALL>{content}</TOOLCALL>", number), []
    if role == _CALL:
        content, names = _call_in(content, table)
        return Message(ASSISTANT, content, number, learnt), names
    if role != ASSISTANT:
        return Message(role, content, None if role == SYSTEM else number), []
    names = [call.name for call in find_calls(content, table, ())]
    made = [_call(call, number, table) for call in _calls(item)]
    whole = "\n".join(filter(None, (_thought(item), content, *(text for _name, text in made))))
    _sound(whole, _("message {number}").format(number=number + 1))
    return Message(ASSISTANT, whole, number, learnt and _weighs(item)), names + [name for name, _text in made]


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
            return text_of(item[name], _("message {number}").format(number=number + 1)).strip()
    if role == ASSISTANT and _calls(item):
        return ""
    raise bad("content", _("Message {number} has no content."), number=number + 1)


def text_of(value: object, what: str) -> str:
    """A value as text; raises BadRecord where it is none: parts that are no text, half characters, a NUL."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, bool | int | float):
        text = json.dumps(value)
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        text = "\n".join(_part(part, what) for part in value)
    else:
        raise bad("no-text", _("{what} is no text."), what=what)
    _sound(text, what)
    return text


def _part(part: object, what: str) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Mapping) and part.get("type") in ("text", "input_text", "output_text", None):
        said = part.get("text")
        if isinstance(said, str):
            return said
    kind = part.get("type") if isinstance(part, Mapping) else type(part).__name__
    raise bad("no-text", _("{what} has a part of the kind “{kind}”; only text is learnt."), what=what, kind=kind)


def _sound(text: str, what: str) -> None:
    if "\0" in text:
        raise bad("nul", _("{what} has a NUL character in it."), what=what)
    if text.isascii():
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        sentence = _("{what} has half of a character at place {place} (a lone surrogate).")
        raise bad("surrogate", sentence, what=what, place=error.start + 1) from error


def _calls(item: Mapping[str, object]) -> list[object]:
    """The tool calls beside the content."""
    calls = item.get("tool_calls")
    if isinstance(calls, str):
        calls = _json(calls)
    if calls is not None and not isinstance(calls, Sequence):
        raise bad("tool-call", _("Its `tool_calls` are no list."))
    one = item.get("function_call")
    return [*(calls or ()), *([one] if one else [])]


def _call(call: object, number: int, table: ToolTable) -> tuple[str, str]:
    """The name and the text of a call."""
    if isinstance(call, Mapping):
        asked = call.get("function", call)
        if isinstance(asked, Mapping) and isinstance(asked.get("name"), str) and asked["name"]:
            arguments = asked.get("arguments", asked.get("parameters", asked.get("input")))
            return asked["name"], call_text(asked["name"], arguments, table)
    sentence = _("Message {number} calls a tool without a name, so the call cannot be written down.")
    raise bad("tool-call", sentence, number=number + 1)


def _call_in(content: str, table: ToolTable) -> tuple[str, list[str]]:
    """A message that is a call as JSON, or several; what is no JSON stays as it is written."""
    value = _json(content)
    calls = value if isinstance(value, list) else [value]
    if calls and all(isinstance(one, Mapping) and isinstance(one.get("name"), str) for one in calls):
        made = [_call(one, 0, table) for one in calls]
        return "\n".join(text for _name, text in made), [name for name, _text in made]
    return f"[{content}]", [content.partition("(")[0].strip()[:60]]


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def call_text(name: str, arguments: object, table: ToolTable) -> str:
    """A call as a DM turn writes it; with its arguments as JSON where the tool is not one of the game's."""
    given = _json(arguments) if isinstance(arguments, str) and arguments.strip() else arguments
    if given in (None, "", {}):
        return f"[{name}]" if given is not None or not arguments else f"[{name}: {arguments}]"
    ours = _ours(name, given, table) if isinstance(given, Mapping) else None
    if ours is not None:
        return ours
    text = json.dumps(given, ensure_ascii=False)
    _sound(text, _("A tool call"))
    return f"[{name}: {text}]"


def _ours(name: str, given: Mapping[str, object], table: ToolTable) -> str | None:
    """The call of a tool of the game, where the arguments are named as the game's are; else None."""
    tool = table.get(name)
    if tool is None or not set(given) <= {*tool.arguments, *tool.options, "count"}:
        return None
    if not all(isinstance(value, str | int) and str(value).strip() for value in given.values()):
        return None
    if not set(tool.arguments) <= set(given) or "off" in given:
        return None
    words = [str(given[kind]) for kind in tool.arguments]
    words += [str(given["count"])] if "count" in given else []
    dc = str(given["dc"]) if "dc" in given else None
    if dc is not None and not dc.isdecimal():
        return None
    advantage = {"adv": "adv", "advantage": "adv", "dis": "dis", "disadvantage": "dis"}.get(str(given.get("advantage")))
    if "advantage" in given and advantage is None:
        return None
    actor = str(given["actor"]) if "actor" in given else None
    number = int(dc) if dc is not None else None
    written = write_call(ToolCall(tool.name, tuple(words), actor, number, advantage, "", Span(0, 0), None, None))
    return written if len(find_calls(written, table, ())) == 1 else None


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
