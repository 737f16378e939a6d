"""Owns reading front matter: YAML with limits, to plain JSON values; knows no key.

No alias, no tag of YAML's own objects, no dates: what stands there is text, number, yes or no, list or mapping.
"""

import math
from dataclasses import dataclass, field

import yaml

from studio.language import N_, _
from studio.scenario.model import Span
from studio.scenario.problems import Problem, ProblemKind

SIZE_LIMIT = 64 * 1024
"""Code points of the longest front matter that is read."""
DEPTH_LIMIT = 8
NODE_LIMIT = 2000

_BASE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TOO_LONG = N_("it is longer than {limit} characters")
_NOT_MAPPING = N_("it is not a list of `key: value` lines")
_TOO_DEEP = N_("it is nested deeper than {limit} levels")
_TOO_MUCH = N_("it holds more than {limit} values")


@dataclass(slots=True)
class FrontMatter:
    """What front matter says: the values, and where each key and its value stand."""

    values: dict[str, object] = field(default_factory=dict)
    spans: dict[str, tuple[Span, Span]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class _Refused(Exception):
    """What YAML allows and a scenario does not."""

    def __init__(self, reason: str, offset: int = 0) -> None:
        super().__init__(reason)
        self.offset = offset


def read_front(text: str, content: Span) -> FrontMatter:
    """The front matter that stands at `content`; a mistake in it is a problem, never an exception."""
    front = FrontMatter()
    try:
        _read(text[content.start : content.end], content.start, front)
    except _Refused as error:
        _broken(front, content, str(error), error.offset)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        _broken(front, content, error.problem or str(error), mark.index if mark else 0)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        _broken(front, content, str(error).splitlines()[0] if str(error) else type(error).__name__, 0)
    return front


def _broken(front: FrontMatter, content: Span, reason: str, offset: int) -> None:
    start = min(content.start + offset, content.end)
    span = Span(start, min(start + 1, content.end))
    front.problems.append(Problem(ProblemKind.FRONT_BROKEN, span, {"reason": reason}))


def _read(source: str, base: int, front: FrontMatter) -> None:
    if len(source) > SIZE_LIMIT:
        raise _Refused(_(_TOO_LONG).format(limit=SIZE_LIMIT))
    root = yaml.compose(source, _BASE)
    if root is None:
        return
    if not isinstance(root, yaml.MappingNode):
        raise _Refused(_(_NOT_MAPPING))
    reader = _Reader()
    for key_node, value_node in root.value:
        key = str(reader.value(key_node, 1))
        key_span = Span(base + key_node.start_mark.index, base + key_node.end_mark.index)
        if key in front.values:
            front.problems.append(Problem(ProblemKind.FRONT_REPEATED, key_span, {"key": key}))
        front.values[key] = reader.value(value_node, 1)
        front.spans[key] = (key_span, Span(base + value_node.start_mark.index, base + value_node.end_mark.index))


class _Reader:
    """Turns nodes into plain values and counts them, so that an alias cannot multiply without end."""

    def __init__(self) -> None:
        self._left = NODE_LIMIT

    def value(self, node: yaml.Node, depth: int) -> object:
        """The plain value of a node."""
        self._left -= 1
        if self._left < 0:
            raise _Refused(_(_TOO_MUCH).format(limit=NODE_LIMIT), node.start_mark.index)
        if depth > DEPTH_LIMIT:
            raise _Refused(_(_TOO_DEEP).format(limit=DEPTH_LIMIT), node.start_mark.index)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(entry, depth + 1) for entry in node.value]
        if isinstance(node, yaml.MappingNode):
            return {str(self.value(key, depth + 1)): self.value(value, depth + 1) for key, value in node.value}
        return _scalar(node.tag.rpartition(":")[2], node.value)


def _scalar(tag: str, written: str) -> object:
    """A value by the type that YAML saw in it; what JSON has no word for stays text."""
    if tag == "null":
        return None
    if tag == "bool":
        return written.lower() in ("yes", "true", "on")
    if tag not in ("int", "float"):
        return written
    kind = int if tag == "int" else float
    try:
        number = kind(written.replace("_", ""))
    except ValueError:
        return written
    return number if math.isfinite(number) else written
