"""Owns the tools that a workspace brings: reading their table over the shipped one, and what is wrong with an entry.

An entry names with `like` the shipped tool as which the rules carry it out; without it the call is told in the log
and changes nothing. Knows neither where the table lies nor how it is edited.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from studio.errors import did_you_mean
from studio.language import _
from studio.scenario.calls import find_calls
from studio.scenario.model import plain_name
from studio.scenario.tables import Unreadable, read_table
from studio.scenario.tools import ARGUMENT_KINDS, OPTION_KINDS, BadToolTable, Tool, ToolTable

SHIPPED = "shipped"
"""The key of a table that says whether the shipped tools stand beside its own."""

KEYS = ("like", "arguments", "options", "result", "changes", "example", "help")
_LONGEST, _LONGEST_LINE, _MOST = 24, 300, 200
_GREEDY = ("skill", "item", "condition")
"""Arguments of several words, after which nothing can follow."""


def read_own_tools(path: Path, shipped: ToolTable) -> ToolTable:
    """The shipped tools with those of a file over them; raises BadToolTable, or the errors of reading a file."""
    try:
        raw = read_table(path)
    except Unreadable as error:
        raise BadToolTable(path=path, reason=str(error)) from error
    return own_tools(raw, shipped, path)


def own_tools(raw: object, shipped: ToolTable, path: Path) -> ToolTable:
    """The shipped tools with the entries of `raw` over them; raises BadToolTable with the first thing wrong."""
    if raw is None:
        return shipped
    if not isinstance(raw, Mapping):
        raise BadToolTable(path=path, reason=_("it is not a table of names"))
    with_shipped = raw.get(SHIPPED, True)
    if not isinstance(with_shipped, bool):
        raise BadToolTable(path=path, reason=_("`shipped` is true or false"))
    if len(raw) > _MOST:
        raise BadToolTable(path=path, reason=_("it has more than {most} tools").format(most=_MOST))
    tools = dict(shipped.tools) if with_shipped else {}
    for name, entry in raw.items():
        if name == SHIPPED:
            continue
        plain = plain_name(str(name))
        if entry is None:
            tools.pop(plain, None)
            continue
        tool = _entry(plain, entry, shipped, path)
        for _field, reason in tool_troubles(tool, shipped):
            raise BadToolTable(path=path, reason=f"{plain}: {reason}")
        tools[plain] = tool
    if not tools:
        raise BadToolTable(path=path, reason=_("no tool is left"))
    return ToolTable(tools)


def _entry(name: str, entry: object, shipped: ToolTable, path: Path) -> Tool:
    """One entry; what it does not say is as the tool that it is like."""
    if not isinstance(entry, Mapping):
        raise BadToolTable(path=path, reason=f"{name}: " + _("it is not a table of keys"))
    for key in entry:
        if key not in KEYS:
            near = did_you_mean(str(key), KEYS)
            hint = _(" Did you mean {near}?").format(near=near) if near else ""
            raise BadToolTable(path=path, reason=f"{name}: " + _("there is no key “{key}”.").format(key=key) + hint)
    said = entry.get("like")
    like = plain_name(str(said)) if said else (name if name in shipped.tools else "")
    model = shipped.get(like) if like else None
    changes = entry.get("changes", model.changes if model else None)
    return Tool(
        name=name,
        arguments=_list(entry.get("arguments", model.arguments if model else ())),
        options=_list(entry.get("options", model.options if model else ())),
        result=bool(entry.get("result", model.result if model else False)),
        changes=None if changes is None else str(changes),
        example=str(entry.get("example", "")),
        help=str(entry.get("help", "")),
        like="" if like == name else like,
    )


def _list(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)


def like_of(tool: Tool, shipped: ToolTable) -> Tool | None:
    """The shipped tool as which a tool acts, or None where it acts on nothing."""
    return shipped.get(tool.effect)


def tool_troubles(tool: Tool, shipped: ToolTable) -> Iterator[tuple[str, str]]:
    """What is wrong with a tool: the field and a sentence each, nothing where it can be used."""
    letters = tool.name.replace(" ", "")
    if not letters.isalpha() or len(tool.name) > _LONGEST or tool.name == SHIPPED:
        yield "name", _("A tool's name has one to {most} letters, in one or more words.").format(most=_LONGEST)
    model = like_of(tool, shipped)
    if tool.like and model is None:
        yield "like", _("“{like}” is none of the tools that a tool can act as.").format(like=tool.like)
        return
    yield from _kinds(tool)
    yield from _told(tool) if model is None else _acts(tool, model)
    if not tool.help.strip() or len(tool.help) > _LONGEST_LINE or "\n" in tool.help:
        yield "help", _("Say in one line what the tool is for; completion shows it.")
    reason = example_trouble(tool)
    if reason is not None:
        yield "example", reason


def _kinds(tool: Tool) -> Iterator[tuple[str, str]]:
    for kind in tool.arguments:
        if kind not in ARGUMENT_KINDS:
            yield (
                "arguments",
                _("“{kind}” is no argument; there are {known}.").format(kind=kind, known=", ".join(ARGUMENT_KINDS)),
            )
    for option in tool.options:
        if option not in OPTION_KINDS:
            yield (
                "options",
                _("“{kind}” is no option; there are {known}.").format(kind=option, known=", ".join(OPTION_KINDS)),
            )
    early = next((kind for kind in tool.arguments[:-1] if kind in _GREEDY), None)
    if early is not None:
        yield "arguments", _("{kind} may have several words, so it must be the last argument.").format(kind=early)


def _acts(tool: Tool, model: Tool) -> Iterator[tuple[str, str]]:
    """A tool that acts as another takes the same arguments."""
    if tool.arguments != model.arguments:
        wanted = ", ".join(model.arguments) or _("none")
        yield (
            "arguments",
            _("Acting as {like} it needs these arguments: {wanted}.").format(like=model.name, wanted=wanted),
        )
    if not set(tool.options) <= set(model.options):
        yield (
            "options",
            _("Acting as {like} it has these options: {known}.").format(
                like=model.name, known=", ".join(model.options) or _("none")
            ),
        )
    if tool.result is not model.result:
        yield "result", _("Only a tool that acts as a roll is answered by a result.")
    if tool.changes != model.changes:
        yield (
            "changes",
            _("Acting as {like} it changes {what}.").format(like=model.name, what=model.changes or _("nothing")),
        )


def _told(tool: Tool) -> Iterator[tuple[str, str]]:
    """A tool that acts on nothing has no result and changes nothing."""
    if tool.result:
        yield "result", _("Only a tool that acts as a roll is answered by a result: add `like: roll`.")
    if tool.changes is not None:
        yield "changes", _("Say with `like` as which tool it changes {what}.").format(what=tool.changes)
    if tool.options:
        yield "options", _("A tool that is only told has no options.")


def example_trouble(tool: Tool) -> str | None:
    """What is wrong with a tool's example, or None where it is a call of this tool and of nothing else."""
    bare = replace(tool, arguments=tuple(kind for kind in tool.arguments if kind in ARGUMENT_KINDS))
    calls = find_calls(tool.example, ToolTable({tool.name: bare}), ())
    if len(calls) != 1 or calls[0].text != tool.example.strip() or plain_name(calls[0].name) != tool.name:
        return _("Write one call, such as {example}.").format(example=default_example(tool))
    return calls[0].problem


_EXAMPLES = {"skill": "stealth", "target": "Wren", "number": "3", "item": "rope", "condition": "prone"}


def default_example(tool: Tool) -> str:
    """A call of a tool to begin with."""
    words = " ".join(_EXAMPLES.get(kind, kind) for kind in tool.arguments)
    return f"[{tool.name}: {words}]" if words else f"[{tool.name}]"


def as_entry(tool: Tool, shipped: ToolTable) -> dict[str, object]:
    """A tool as its entry in a table: what follows from `like` is left out."""
    model = like_of(tool, shipped)
    entry: dict[str, object] = {}
    if tool.like:
        entry["like"] = tool.like
    if model is None:
        entry["arguments"] = list(tool.arguments)
    if tool.options != (model.options if model else ()):
        entry["options"] = list(tool.options)
    return {**entry, "example": tool.example, "help": tool.help}
