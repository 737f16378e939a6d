"""Owns reading front matter: YAML with limits, to plain JSON values; knows no key.

No alias, no tag of YAML's own objects, no dates: what stands there is text, number, yes or no, list or mapping.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import yaml

from studio.language import N_, _
from studio.scenario.model import Span
from studio.scenario.problems import Problem, ProblemKind

SIZE_LIMIT = 64 * 1024
"""Code points of the longest front matter that is read."""
DEPTH_LIMIT = 8
_LONGEST_PLAIN = 2000
NODE_LIMIT = 2000

_PLAIN = re.compile(
    r"([a-z]{1,32}): (?:([A-Za-z][A-Za-z0-9 ,.'’-]{0,200})|\[([a-z][a-z-]{0,40}(?:, [a-z][a-z-]{0,40}){0,20})\])\n"
)
"""A line as nearly all are: a word, and plain text or a list of plain words. YAML reads nothing else into these."""
_NO_TEXT = frozenset(("y", "n", "yes", "no", "true", "false", "on", "off", "null"))
_BASE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TOO_LONG = N_("it is longer than {limit} characters")
_NOT_MAPPING = N_("it is not a list of `key: value` lines")
_TOO_DEEP = N_("it is nested deeper than {limit} levels")
_TWICE = N_("a second document begins in it")
_ALIAS = N_("it refers to another place (`*name`), which front matter does not do")
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
    plain = _plain(text, content)
    if plain is not None:
        return plain
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


def _plain(text: str, content: Span) -> FrontMatter | None:
    """The same for front matter of plain lines alone, read without YAML; None where there is any other."""
    front, place = FrontMatter(), content.start
    if content.end - place > _LONGEST_PLAIN:
        return None
    while place < content.end:
        match = _PLAIN.match(text, place, content.end)
        if match is None:
            return None
        key, words, listed = match.groups()
        if words is not None:
            words, begin = words.rstrip(" "), match.start(2)
            end = begin + len(words)
        else:
            begin, end = match.start(3) - 1, match.end(3) + 1
        parts = listed.split(", ") if words is None else [words]
        if key in front.values or key in _NO_TEXT or any(part.lower() in _NO_TEXT for part in parts):
            return None
        front.values[key] = parts if words is None else words
        front.spans[key] = (Span(place, place + len(key)), Span(begin, end))
        place = match.end()
    return front


def _broken(front: FrontMatter, content: Span, reason: str, offset: int) -> None:
    start = min(content.start + offset, content.end)
    span = Span(start, min(start + 1, content.end))
    front.problems.append(Problem(ProblemKind.FRONT_BROKEN, span, {"reason": reason}))


def _read(source: str, base: int, front: FrontMatter) -> None:
    if len(source) > SIZE_LIMIT:
        raise _Refused(_(_TOO_LONG).format(limit=SIZE_LIMIT))
    reader = _Reader(source)
    root = reader.begin()
    if root is None:
        return
    if not isinstance(root, yaml.MappingStartEvent):
        raise _Refused(_(_NOT_MAPPING), _start(root))
    while not isinstance(first := reader.next(), yaml.MappingEndEvent):
        key, key_end = reader.value(first, 1)
        after = reader.next()
        value, end = reader.value(after, 1)
        key_span = Span(base + _start(first), base + key_end)
        if str(key) in front.values:
            front.problems.append(Problem(ProblemKind.FRONT_REPEATED, key_span, {"key": str(key)}))
        front.values[str(key)] = value
        front.spans[str(key)] = (key_span, Span(base + _start(after), base + end))
    reader.end()


class _Reader:
    """Turns YAML's events into plain values and counts them.

    Our own loop, since PyYAML's builder of nodes recurses without a limit and crashes the process on `[[[[…`.
    """

    def __init__(self, source: str) -> None:
        self._events = iter(yaml.parse(source, _BASE))
        self._resolve: Callable[[type, str, object], str] = yaml.resolver.Resolver().resolve
        self._left = NODE_LIMIT

    def begin(self) -> yaml.Event | None:
        """The event that begins the document, or None where there is none."""
        self.next()
        if isinstance(self.next(), yaml.StreamEndEvent):
            return None
        root = self.next()
        empty = isinstance(root, yaml.ScalarEvent) and not root.value
        return None if empty else root

    def end(self) -> None:
        """Refuses a second document."""
        self.next()
        after = self.next()
        if not isinstance(after, yaml.StreamEndEvent):
            raise _Refused(_(_TWICE), _start(after))

    def next(self) -> yaml.Event:
        """The next event."""
        return next(self._events)

    def value(self, event: yaml.Event, depth: int) -> tuple[object, int]:
        """The plain value that begins with `event`, and where it ends."""
        start = _start(event)
        self._left -= 1
        if self._left < 0:
            raise _Refused(_(_TOO_MUCH).format(limit=NODE_LIMIT), start)
        if depth > DEPTH_LIMIT:
            raise _Refused(_(_TOO_DEEP).format(limit=DEPTH_LIMIT), start)
        if isinstance(event, yaml.AliasEvent):
            raise _Refused(_(_ALIAS), start)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(depth)
        return self._scalar(event), _end(event)

    def _sequence(self, depth: int) -> tuple[object, int]:
        found: list[object] = []
        while not isinstance(event := self.next(), yaml.SequenceEndEvent):
            found.append(self.value(event, depth + 1)[0])
        return found, _end(event)

    def _mapping(self, depth: int) -> tuple[object, int]:
        found: dict[str, object] = {}
        while not isinstance(event := self.next(), yaml.MappingEndEvent):
            key = str(self.value(event, depth + 1)[0])
            found[key] = self.value(self.next(), depth + 1)[0]
        return found, _end(event)

    def _scalar(self, event: yaml.Event) -> object:
        if not isinstance(event, yaml.ScalarEvent):
            return None
        tag = event.tag or self._resolve(yaml.ScalarNode, event.value, event.implicit)
        return _scalar(tag.rpartition(":")[2], event.value)


def _start(event: yaml.Event) -> int:
    return event.start_mark.index if event.start_mark else 0


def _end(event: yaml.Event) -> int:
    return event.end_mark.index if event.end_mark else 0


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
