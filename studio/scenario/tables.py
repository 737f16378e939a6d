"""Owns reading a small YAML table that people wrote: plain values of little depth, quickly; knows no key of it."""

from pathlib import Path

import yaml

from studio.files import read_text
from studio.language import N_, _

LIMIT = 256 * 1024
"""Bytes of the largest table that is read."""

_DEPTH = 12
SAFE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The loader of plain values, in C where the library has it; for what people wrote, `read_table` looks first."""

_MOST_PLACES = 20_000

_TOO_DEEP = N_("it is nested deeper than {limit} levels")
_NO_ALIAS = N_("line {line}: `&` and `*` cannot be used here; write the value out, in quotes where it begins so")


class Unreadable(Exception):
    """Not a table; the reason is its one argument."""


def read_table(path: Path) -> object:
    """The values of a file; raises Unreadable, or the errors of reading a file."""
    return table_of(read_text(path, LIMIT))


def table_of(text: str) -> object:
    """The values of a text; raises Unreadable."""
    try:
        _look(text)
        return yaml.load(text, SAFE)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        raise Unreadable(_("line {line}: {problem}").format(line=line, problem=error.problem)) from error
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError, TypeError) as error:
        raise Unreadable((str(error) or type(error).__name__).splitlines()[0]) from error


def _look(text: str) -> None:
    """Refuses what would take long to read: deep nesting, and values that stand for others."""
    depth = 0
    for event in yaml.parse(text, SAFE):
        if isinstance(event, yaml.AliasEvent):
            mark = event.start_mark
            raise Unreadable(_(_NO_ALIAS).format(line=mark.line + 1 if mark is not None else 1))
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEPTH:
            raise Unreadable(_(_TOO_DEEP).format(limit=_DEPTH))


def places_of(text: str) -> tuple[dict[str, int], tuple[str, ...]]:
    """The line of each key of a table that `table_of` reads, by the way to it (`weapons.laser.dice`), from 1.

    Also the ways of keys that stand twice, of which the last counts. An entry of a list is its value: `skills.luck`.
    """
    places: dict[str, int] = {}
    twice: list[str] = []
    node = yaml.compose(text, SAFE)
    waiting: list[tuple[str, yaml.Node]] = [("", node)] if node is not None else []
    while waiting and len(places) < _MOST_PLACES:
        way, node = waiting.pop()
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        keys = set[str]()
        for key, value in pairs:
            inner = f"{way}.{key.value}" if way else str(key.value)
            if inner in keys:
                twice.append(inner)
            keys.add(inner)
            places[inner] = key.start_mark.line + 1
            waiting.append((inner, value))
        for entry in node.value if isinstance(node, yaml.SequenceNode) else ():
            if isinstance(entry, yaml.ScalarNode):
                places.setdefault(f"{way}.{entry.value}", entry.start_mark.line + 1)
    return places, tuple(twice)
