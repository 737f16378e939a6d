"""Owns a game's tools in the notations that other programs read: a grammar in GBNF, JSON Schemas, calls as objects.

Made from the same table that the checks and the rules read. In the grammar a square bracket is always a whole call.
"""

import re
from collections.abc import Iterable, Sequence

from studio.jobs.protocol import Fields
from studio.scenario.calls import find_calls
from studio.scenario.model import ToolCall
from studio.scenario.tools import Tool, ToolTable
from studio.scenario.vocabulary import Vocabulary

TARGET = "target"
"""The rule that a game puts the names of its characters in place of."""

_OPTIONS = {
    "dc": '( " dc " number )?',
    "advantage": '( " adv" | " dis" )?',
    "actor": f'( " for " {TARGET} )?',
    "off": '( " off" )?',
}
_HEAD = """# What a reply may hold: text, and calls of the game's tools in brackets. A bracket is always a whole call.
# Put the names of your characters in place of the rule `{target}`, as in: {target} ::= "Wren" | "Old Teck"
root ::= ( text | call )*
text ::= [^\\[\\]]
"""
_TAIL = """number ::= [0-9] [0-9]? [0-9]?
count ::= [1-9] [0-9]? [0-9]?
item ::= words ( " x" count )?
words ::= word ( " " word ){0,5}
word ::= [^\\[\\] \\t\\r\\n:]{1,24}
"""


def grammar(table: ToolTable, words: Vocabulary, names: Sequence[str] = ()) -> str:
    """The GBNF of a reply; without names anything can be a character's."""
    rules = _rule_names(table)
    lines = [f"call ::= {' | '.join(rules.values())}"]
    lines += [f"{rules[name]} ::= {_written(tool)}" for name, tool in table.tools.items()]
    lines += [f"skill ::= {_choice(_both(words.skills))}", f"condition ::= {_choice(_both(words.conditions))}"]
    lines.append(target_rule(names))
    return _HEAD.format(target=TARGET) + "\n".join(lines) + "\n" + _TAIL


def target_rule(names: Sequence[str]) -> str:
    """The rule for characters: these names, or any words where none are known."""
    return f"{TARGET} ::= {_choice(names) if names else 'words'}"


def _rule_names(table: ToolTable) -> dict[str, str]:
    """A rule's name for each tool; they hold letters, digits and dashes only, and none is another's."""
    found: dict[str, str] = {}
    for number, name in enumerate(table.tools):
        plain = "tool-" + (re.sub(r"[^a-z0-9]+", "-", name).strip("-") or str(number))
        found[name] = plain if plain not in found.values() else f"{plain}-{number}"
    return found


def _written(tool: Tool) -> str:
    if not tool.arguments and not tool.options:
        return _literal(f"[{tool.name}]")
    kinds = {"target": TARGET}
    parts = ' " " '.join(kinds.get(kind, kind) for kind in tool.arguments)
    options = " ".join(_OPTIONS[option] for option in tool.options)
    return " ".join(part for part in (_literal(f"[{tool.name}: "), parts, options, '"]"') if part)


def _both(names: Iterable[str]) -> list[str]:
    """Names with several words both ways, `animal_handling` and `animal handling`."""
    return list(dict.fromkeys(form for name in names for form in (name, name.replace("_", " "))))


def _choice(words: Sequence[str]) -> str:
    return " | ".join(_literal(word) for word in words)


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'


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
            properties[name] = {"enum": _both(words.skills if kind == "skill" else words.conditions)}
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
