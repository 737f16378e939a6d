"""Owns a game's tools in the notations that other programs read: JSON Schemas, and calls as objects.

Made from the same table that the checks and the rules read; the grammar of calls is `inference.tool_grammar`.
"""

from studio.inference.tool_grammar import both_ways
from studio.jobs.protocol import Fields
from studio.scenario.calls import find_calls
from studio.scenario.model import ToolCall
from studio.scenario.tools import Tool, ToolTable
from studio.scenario.vocabulary import Vocabulary

_PROPERTIES: dict[str, Fields] = {
    "skill": {"type": "string", "description": "what is checked"},
    "target": {"type": "string", "description": "the name of a character"},
    "number": {"type": "integer", "minimum": 0},
    "item": {"type": "string", "description": "what it is called"},
    "condition": {"type": "string"},
}
_OPTIONAL: dict[str, tuple[str, Fields]] = {
    "dc": ("dc", {"type": "integer", "minimum": 0, "description": "how hard it is"}),
    "advantage": ("advantage", {"enum": ["adv", "dis"]}),
    "actor": ("actor", {"type": "string", "description": "who does it, if not the player"}),
    "off": ("off", {"const": True, "description": "the condition ends"}),
}


def schemas(table: ToolTable, words: Vocabulary) -> list[Fields]:
    """Every tool as a function with a JSON Schema of its arguments, the form it is written in, and an example."""
    return [_schema(tool, table, words) for tool in table.tools.values()]


def _schema(tool: Tool, table: ToolTable, words: Vocabulary) -> Fields:
    properties: Fields = {}
    for name, kind in _argument_names(tool):
        properties[name] = dict(_PROPERTIES[kind])
        if kind in ("skill", "condition"):
            properties[name] = {"enum": both_ways(words.skills if kind == "skill" else words.conditions)}
        if kind == "item":
            properties[_count(name)] = {"type": "integer", "minimum": 1, "default": 1}
    required = [name for name, _kind in _argument_names(tool)]
    properties.update({_OPTIONAL[option][0]: dict(_OPTIONAL[option][1]) for option in tool.options})
    found = find_calls(tool.example, table, ())
    return {
        "name": tool.name,
        "description": tool.help,
        "written": _form(tool),
        "parameters": {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        },
        "answered": tool.result,
        "changes": tool.changes,
        "example": {"written": tool.example, "call": as_object(found[0], table) if found else None},
    }


def _argument_names(tool: Tool) -> list[tuple[str, str]]:
    """The arguments by a name of their own: their kind, numbered where a kind comes twice."""
    found: list[tuple[str, str]] = []
    for kind in tool.arguments:
        again = sum(one == kind for _name, one in found)
        found.append((kind if not again else f"{kind}_{again + 1}", kind))
    return found


def _count(item: str) -> str:
    return item.replace("item", "count", 1)


def _form(tool: Tool) -> str:
    """How a call is written, for people: `[roll: SKILL [dc N] [adv|dis] [for NAME]]`, what may be left in brackets."""
    shown = {"target": "NAME", "number": "N", "item": "ITEM [xN]"}
    options = {"dc": "[dc N]", "advantage": "[adv|dis]", "actor": "[for NAME]", "off": "[off]"}
    words = [shown.get(kind, kind.upper()) for kind in tool.arguments] + [options[option] for option in tool.options]
    return f"[{tool.name}: {' '.join(words)}]" if words else f"[{tool.name}]"


def as_object(call: ToolCall, table: ToolTable) -> Fields:
    """A well-formed call as a function's name and its arguments, which the tool's schema allows."""
    tool = table.get(call.name)
    assert tool is not None
    given, arguments = list(call.arguments), Fields()
    ended = "off" in tool.options and given[-1:] == ["off"]
    if ended:
        given.pop()
    for name, kind in _argument_names(tool):
        value = given.pop(0)
        arguments[name] = int(value) if kind == "number" else value
        if kind == "item":
            arguments[_count(name)] = int(given.pop(0)) if given and given[0].isdigit() else 1
    for key, option in (("dc", call.dc), ("advantage", call.advantage), ("actor", call.actor)):
        if option is not None:
            arguments[key] = option
    return {"name": tool.name, "arguments": {**arguments, **({"off": True} if ended else {})}}
