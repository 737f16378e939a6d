"""Owns writing the tool calls of other programs' formats into the text of an answer, where none can be lost.

A tool of the game is written as its table writes it, any other with its arguments as JSON. Knows no message.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from studio.dataset.sources.texts import bad, sound
from studio.language import _
from studio.scenario.calls import find_calls, write_call
from studio.scenario.model import Span, ToolCall
from studio.scenario.tools import ToolTable


@dataclass(frozen=True, slots=True)
class Written:
    """A call as text. `other` is the tool's name where the text is no call that the game would find."""

    text: str
    other: str | None

    @classmethod
    def of(cls, name: str, text: str, table: ToolTable) -> "Written":
        """A call, looked at as the game does."""
        return cls(text, None if find_calls(text, table, ()) else name)


def call_of(call: object, number: int, table: ToolTable) -> Written:
    """A call beside message `number`; raises BadRecord where it has no name."""
    if isinstance(call, Mapping):
        asked = call.get("function", call)
        if isinstance(asked, Mapping) and isinstance(asked.get("name"), str) and asked["name"]:
            arguments = asked.get("arguments", asked.get("parameters", asked.get("input")))
            return Written.of(asked["name"], call_text(asked["name"], arguments, table), table)
    sentence = _("Message {number} calls a tool without a name, so the call cannot be written down.")
    raise bad("tool-call", sentence, number=number + 1)


def calls_in(content: str, table: ToolTable) -> list[Written]:
    """The calls of a message that is nothing else, as JSON; what is no JSON stays as it is written."""
    value = _json(content)
    calls = value if isinstance(value, list) else [value]
    if calls and all(isinstance(one, Mapping) and isinstance(one.get("name"), str) for one in calls):
        return [call_of(one, 0, table) for one in calls]
    return [Written.of(content.partition("(")[0].strip()[:60], f"[{content}]", table)]


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
    sound(text, _("A tool call"))
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
