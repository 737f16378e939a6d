"""Owns reading tool calls out of a DM turn's text, and their one written form; knows no sheet and no rule.

Names of characters come in as an argument, since a name may have several words.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from studio.language import N_, _
from studio.scenario.fields import read_item
from studio.scenario.model import Span, ToolCall, plain_name
from studio.scenario.tools import Tool, ToolTable

_BRACKET = re.compile(r"\[([^\[\]\r\n]{1,300})\]")
_ADVANTAGE = {"adv": "adv", "advantage": "adv", "dis": "dis", "disadvantage": "dis"}
_NAME_WORDS = 12
_NUMBER = re.compile(r"[0-9]{1,6}\Z")

_UNKNOWN = N_("there is no tool `{name}`")
_MISSING = {
    "skill": N_("the skill is missing"),
    "target": N_("the name of a character is missing"),
    "number": N_("a number is missing"),
    "item": N_("the item is missing"),
    "condition": N_("the condition is missing"),
}
_NOT_NUMBER = N_("“{text}” is not a whole number")
_BAD_COUNT = N_("“{text}” says that there is none of it")
_NO_DC = N_("`dc` needs a whole number after it")
_NO_ACTOR = N_("`for` needs the name of a character after it")
_LEFT_OVER = N_("“{text}” is one word too many")


@dataclass(slots=True)
class _Read:
    """The arguments of one call while they are read."""

    arguments: list[str]
    actor: str | None = None
    dc: int | None = None
    advantage: str | None = None
    problem: str | None = None

    def blame(self, sentence: str, **fields: str) -> None:
        """Keeps the first thing that is wrong."""
        self.problem = self.problem or _(sentence).format(**fields)


def find_calls(text: str, table: ToolTable, names: Iterable[str]) -> tuple[ToolCall, ...]:
    """The tool calls in a text, in order, with spans in it.

    A bracket counts where its head is a tool's name or a slip of the finger away from one; anything else in
    brackets is text. `names` are the characters, or an index of them by `name_index` where many texts are read;
    for a target the longest name that fits is taken, else what stands before a last word
    that must be a number or a condition, else the first word.
    """
    if "[" not in text:
        return ()
    known = names if isinstance(names, Mapping) else name_index(names)
    calls = (_call(match, table, known) for match in _BRACKET.finditer(text))
    return tuple(call for call in calls if call is not None)


def name_index(names: Iterable[str]) -> dict[str, str]:
    """The names by the form in which they are compared; the first of equals stays."""
    index: dict[str, str] = {}
    for name in names:
        index.setdefault(plain_name(name), name)
    return index


def _call(match: re.Match[str], table: ToolTable, names: Mapping[str, str]) -> ToolCall | None:
    head, colon, rest = match[1].partition(":")
    name = plain_name(head)
    tool = table.get(name)
    if tool is None and (colon or " " in name):
        near = table.nearest(name)
        slip = table.get(near) if near else None
        tool = slip if slip and (colon or not slip.arguments) else None
    if tool is None or not name:
        return None
    read = _arguments(tool, rest.strip(), names)
    if table.get(name) is None:
        read.problem = _(_UNKNOWN).format(name=name)
    span = Span(match.start(), match.end())
    arguments = tuple(read.arguments)
    return ToolCall(name, arguments, read.actor, read.dc, read.advantage, match[0], span, None, read.problem)


def _arguments(tool: Tool, rest: str, names: Mapping[str, str]) -> _Read:
    read = _Read([])
    words = rest.split()
    if {"dc", "advantage", "actor"} & set(tool.options):
        words = _options(tool, words, names, read)
    ended = "off" in tool.options and len(words) > len(tool.arguments) - 1 and words[-1].lower() == "off"
    if ended:
        words = words[:-1]
    for place, kind in enumerate(tool.arguments):
        after = tool.arguments[place + 1 :]
        words = _target(words, names, read, after) if kind == "target" else _KINDS[kind](words, names, read)
    if words:
        read.blame(_LEFT_OVER, text=" ".join(words))
    if ended:
        read.arguments.append("off")
    return read


def _options(tool: Tool, words: list[str], names: Mapping[str, str], read: _Read) -> list[str]:
    """Takes the options from the words, in whatever order they stand; returns what is left."""
    left: list[str] = []
    place = 0
    while place < len(words):
        word = words[place].lower()
        if word == "for" and "actor" in tool.options:
            place = _actor(words, place + 1, names, read)
        elif word == "dc" and "dc" in tool.options:
            number = words[place + 1] if place + 1 < len(words) else ""
            read.dc = int(number) if _NUMBER.match(number) else None
            if read.dc is None:
                read.blame(_NO_DC)
            place += 2 if read.dc is not None else 1
        elif word in _ADVANTAGE and "advantage" in tool.options:
            read.advantage = _ADVANTAGE[word]
            place += 1
        else:
            left.append(words[place])
            place += 1
    return left


def _actor(words: list[str], place: int, names: Mapping[str, str], read: _Read) -> int:
    """Reads a name after `for`: one of the party, else the words up to the next option."""
    name, used = _name(words[place:], names)
    if name is None:
        end = place
        while end < len(words) and words[end].lower() not in ("dc", *_ADVANTAGE):
            end += 1
        name, used = " ".join(words[place:end]) or None, end - place
    read.actor = name
    if name is None:
        read.blame(_NO_ACTOR)
    return place + used


def _name(words: list[str], names: Mapping[str, str]) -> tuple[str | None, int]:
    """The longest name that the words begin with, in the sheet's spelling, and how many words it takes."""
    for count in range(min(len(words), _NAME_WORDS), 0, -1):
        name = names.get(plain_name(" ".join(words[:count])))
        if name:
            return name, count
    return None, 0


def _skill(words: list[str], names: Mapping[str, str], read: _Read) -> list[str]:
    if not words:
        read.blame(_MISSING["skill"])
    else:
        read.arguments.append(" ".join(words))
    return []


def _target(words: list[str], names: Mapping[str, str], read: _Read, after: tuple[str, ...]) -> list[str]:
    """Reads a name; one that is not in the party leaves a last word for what follows, else is one word."""
    name, used = _name(words, names)
    if name is None and words:
        used = max(1, len(words) - 1) if after[:1] in _ONE_WORD else 1
        name = " ".join(words[:used])
    if name is None:
        read.blame(_MISSING["target"])
    else:
        read.arguments.append(name)
    return words[used:]


def _number(words: list[str], names: Mapping[str, str], read: _Read) -> list[str]:
    if not words:
        read.blame(_MISSING["number"])
        return words
    if not _NUMBER.match(words[0]):
        read.blame(_NOT_NUMBER, text=" ".join(words))
        return []
    read.arguments.append(str(int(words[0])))
    return words[1:]


def _item(words: list[str], names: Mapping[str, str], read: _Read) -> list[str]:
    text = " ".join(words)
    if not text:
        read.blame(_MISSING["item"])
        return []
    item = read_item(text)
    read.arguments.append(item.name)
    if item.name != text:
        read.arguments.append(str(item.count))
    if item.count < 1:
        read.blame(_BAD_COUNT, text=text)
    return []


def _condition(words: list[str], names: Mapping[str, str], read: _Read) -> list[str]:
    if not words:
        read.blame(_MISSING["condition"])
    else:
        read.arguments.append(" ".join(words))
    return []


_ONE_WORD = (("number",), ("condition",))
_KINDS = {"skill": _skill, "number": _number, "item": _item, "condition": _condition}


def normalise(call: ToolCall) -> tuple[str, tuple[str, ...]]:
    """A call in the form in which two calls are compared.

    The name, then arguments and options in a fixed order: lower case, `_` as a space, a count of one left out.
    """
    arguments = [plain_name(argument) for argument in call.arguments]
    if len(arguments) == 3 and arguments[2] == "1":
        arguments.pop()
    dc = None if call.dc is None else f"dc {call.dc}"
    actor = None if call.actor is None else f"for {plain_name(call.actor)}"
    options = (option for option in (dc, call.advantage, actor) if option)
    return plain_name(call.name), (*arguments, *options)


def write_call(call: ToolCall) -> str:
    """A call as the table writes it: `[roll: stealth dc 12 adv for Wren]`."""
    words = list(call.arguments)
    if len(words) == 3 and words[2].isdigit():
        words[2] = f"x{words[2]}"
    if call.dc is not None:
        words.append(f"dc {call.dc}")
    if call.advantage:
        words.append(call.advantage)
    if call.actor:
        words.append(f"for {call.actor}")
    return f"[{call.name}: {' '.join(words)}]" if words else f"[{call.name}]"


def shifted(call: ToolCall, offset: int, result: str | None) -> ToolCall:
    """The call with its span moved by `offset`, and with the result that answers it."""
    span = Span(call.span.start + offset, call.span.end + offset)
    return ToolCall(
        call.name, call.arguments, call.actor, call.dc, call.advantage, call.text, span, result, call.problem
    )
