"""Owns the table of tools that a DM turn can call; knows neither how calls are read nor what they do in play."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache
from pathlib import Path

import yaml

from studio.errors import InputError
from studio.files import read_text
from studio.language import N_
from studio.resources import resource
from studio.scenario.model import plain_name
from studio.scenario.tables import SAFE

ARGUMENT_KINDS = ("skill", "target", "number", "item", "condition")
OPTION_KINDS = ("dc", "advantage", "actor", "off")
_LONGEST = 24


class BadToolTable(InputError):
    """A table of tools that cannot be used."""

    sentence = N_("{path} is not a table of tools ({reason}). Compare it with the one that ships with Lorewright.")


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool: its arguments and options in order, whether a TOOLCALL answers it, what it changes on a sheet.

    `like` names the shipped tool as which the rules carry it out; empty for a shipped one, and for one that they tell
    and nothing more.
    """

    name: str
    arguments: tuple[str, ...]
    options: tuple[str, ...]
    result: bool
    changes: str | None
    example: str
    help: str
    like: str = ""

    @property
    def effect(self) -> str:
        """The name of the shipped tool as which it acts; its own where it is one, or acts on nothing."""
        return self.like or self.name


@dataclass(frozen=True, slots=True)
class ToolTable:
    """The tools by name, lower case with single spaces."""

    tools: Mapping[str, Tool]

    @classmethod
    def load(cls, path: Path) -> "ToolTable":
        """The table in a YAML file; raises BadToolTable, or the errors of reading a file."""
        try:
            raw = yaml.load(read_text(path), SAFE)
            return cls({plain_name(name): _tool(plain_name(name), entry) for name, entry in raw.items()})
        except (yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise BadToolTable(path=path, reason=str(error).splitlines()[0]) from error

    @classmethod
    @cache
    def shipped(cls) -> "ToolTable":
        """The table that comes with the studio."""
        return cls.load(resource("tools.yaml"))

    def with_tools(self, other: "ToolTable") -> "ToolTable":
        """This table and another's tools; the other's win."""
        return ToolTable({**self.tools, **other.tools})

    def get(self, name: str) -> Tool | None:
        """The tool of that name (case-free, `_` equals a space), or None."""
        return self.tools.get(name) or self.tools.get(plain_name(name))

    def effect(self, name: str) -> str:
        """The name under which the rules know what a tool does; a tool that is not in the table stands for itself."""
        tool = self.get(name)
        return tool.effect if tool is not None else plain_name(name)

    def nearest(self, name: str) -> str | None:
        """The tool whose name is a slip of the finger away, or None."""
        return _nearest(plain_name(name), tuple(self.tools)) if len(name) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _nearest(name: str, known: tuple[str, ...]) -> str | None:
    near = get_close_matches(name, known, n=1, cutoff=0.72)
    return near[0] if near and abs(len(near[0]) - len(name)) <= 2 else None


def _tool(name: str, entry: Mapping[str, object]) -> Tool:
    changes = entry["changes"]
    return Tool(
        name=name,
        arguments=_words(entry["arguments"], ARGUMENT_KINDS),
        options=_words(entry["options"], OPTION_KINDS),
        result=bool(entry["result"]),
        changes=None if changes is None else str(changes),
        example=str(entry["example"]),
        help=str(entry["help"]),
    )


def _words(value: object, known: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list")
    unknown = [word for word in value if word not in known]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is none of {', '.join(known)}")
    return tuple(value)
