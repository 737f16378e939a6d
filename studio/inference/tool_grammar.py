"""Owns the grammar of a narrator's turn in GBNF, llama.cpp's notation: text, and calls of a game's tools in brackets.

Made from the table that the checks and the rules read. A square bracket is always a whole call. Knows no engine.
"""

import re
from collections.abc import Iterable, Sequence

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
_HEAD = """\
# What a reply may hold: text, and calls of the game's tools in brackets. A square bracket is always a whole call.
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
    """The GBNF of a turn; without names anything can be a character's."""
    rules = _rule_names(table)
    lines = [f"call ::= {' | '.join(rules.values())}"]
    lines += [f"{rules[name]} ::= {_written(tool)}" for name, tool in table.tools.items()]
    lines += [f"skill ::= {_choice(both_ways(words.skills))}", f"condition ::= {_choice(both_ways(words.conditions))}"]
    lines.append(target_rule(names))
    return _HEAD.format(target=TARGET) + "\n".join(lines) + "\n" + _TAIL


def target_rule(names: Sequence[str]) -> str:
    """The rule for characters: these names, or any words where none are known."""
    return f"{TARGET} ::= {_choice(names) if names else 'words'}"


def both_ways(names: Iterable[str]) -> list[str]:
    """Names of several words both ways, `animal_handling` and `animal handling`."""
    return list(dict.fromkeys(form for name in names for form in (name, name.replace("_", " "))))


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


def _choice(words: Sequence[str]) -> str:
    return " | ".join(_literal(word) for word in words)


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'
