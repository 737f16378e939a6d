"""Owns changing a small YAML table as text: only what changed is written anew, and what a person noted beside it stays.

Works on the spans of the values. Whoever calls it says what the table is to say; it knows no key.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml

from studio.scenario.edits import applied
from studio.scenario.model import Span
from studio.scenario.problems import Edit

_WIDTH = 110
_FLOW_WIDTH = 10**9


class _NotByParts(Exception):
    """The text is laid out in a way that is not changed part by part."""


def rewritten(text: str, wanted: Mapping[str, object]) -> str:
    """A table's text, changed so that it says `wanted`; comments outside of what goes stay as they are.

    A table in one line, or laid out so that it cannot be changed part by part, is written anew under its comments.
    """
    try:
        root = yaml.compose(text, yaml.SafeLoader)
        made = applied(text, tuple(_Table(text).edits(root, wanted))) if root is not None else _behind(text, wanted)
        if _says(made, wanted):
            return made
    except (_NotByParts, yaml.YAMLError):
        pass  # below it is written anew
    return "".join(f"{line}\n" for line in _comments(text)) + dumped(wanted)


def dumped(values: Mapping[str, object]) -> str:
    """A table as it is written where nothing stood before."""
    return yaml.safe_dump(dict(values), sort_keys=False, allow_unicode=True, width=_WIDTH) if values else ""


def _says(text: str, wanted: Mapping[str, object]) -> bool:
    try:
        return _same(yaml.safe_load(text) or {}, wanted)
    except yaml.YAMLError:
        return False


def _same(one: object, other: object) -> bool:
    """Whether two values are the same of the same kind: `true` is not 1."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and one == other


def _behind(text: str, wanted: Mapping[str, object]) -> str:
    """A text without any value, only notes perhaps, with the values behind it."""
    return text + ("" if not text or text.endswith("\n") else "\n") + dumped(wanted)


def _comments(text: str) -> Iterator[str]:
    """The comments of a text; what stands in a value is none."""
    try:
        tokens = list(yaml.scan(text, yaml.SafeLoader))
    except yaml.YAMLError:
        tokens = []
    place = 0
    for token in tokens:
        if isinstance(token, yaml.ScalarToken):
            yield from _noted(text[place : token.start_mark.index])
            place = token.end_mark.index
    yield from _noted(text[place:])


def _noted(between: str) -> Iterator[str]:
    for line in between.splitlines():
        start = line.find("#")
        if start == 0 or (start > 0 and line[start - 1].isspace()):
            yield line[start:].rstrip()


@dataclass(frozen=True, slots=True)
class _Table:
    """A text whose values are changed where they stand."""

    text: str

    @property
    def _newline(self) -> str:
        return "\r\n" if "\r\n" in self.text else "\n"

    def edits(self, node: yaml.Node, wanted: object) -> Iterator[Edit]:
        """What makes a value say `wanted`; nothing where it does already."""
        if _same(_value(node), wanted):
            return
        if _is_block(node) and isinstance(node, yaml.MappingNode) and isinstance(wanted, Mapping) and wanted:
            yield from self._of_mapping(node, wanted)
        elif _is_block(node) and isinstance(node, yaml.SequenceNode) and isinstance(wanted, list) and wanted:
            yield from self._of_sequence(node, wanted)
        elif _is_block(node) and node.start_mark.column == 0:
            raise _NotByParts
        else:
            yield self._put(node, wanted)

    def _put(self, node: yaml.Node, wanted: object) -> Edit:
        """Another value in the place of one, in one line."""
        start, end = node.start_mark.index, _end(node)
        block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
        if block or node.tag.startswith("!") or "#" in self.text[start:end]:
            raise _NotByParts
        flow = yaml.safe_dump(wanted, default_flow_style=True, allow_unicode=True, width=_FLOW_WIDTH)
        line = flow.removesuffix("\n").removesuffix("\n...")
        return Edit(Span(start, end), f" {line}" if start == end else line)

    def _of_mapping(self, node: yaml.MappingNode, wanted: Mapping[object, object]) -> Iterator[Edit]:
        """Each entry as it is wanted: changed, gone, or new behind the one that it follows."""
        parts = [(_value(key), key, value) for key, value in node.value]
        if len({key for key, _node, _entry in parts}) < len(parts):
            raise _NotByParts  # a key that stands twice
        indent = " " * node.start_mark.column
        places = {key: self._lines(first, entry) for key, first, entry in parts}
        before = next(iter(places.values())).start
        for key, _first, entry in parts:
            if key not in wanted:
                yield Edit(places[key], "")
            else:
                yield from self.edits(entry, wanted[key])
        for key, value in wanted.items():
            if key in places:
                before = places[key].end
            else:
                yield self._new(before, dumped({str(key): value}), indent)

    def _of_sequence(self, node: yaml.SequenceNode, wanted: Sequence[object]) -> Iterator[Edit]:
        """Each item as it is wanted; an item that stays keeps its line."""
        indent = " " * node.start_mark.column
        places = [self._lines(item, item) for item in node.value]
        old, new = [repr(_value(item)) for item in node.value], [repr(item) for item in wanted]
        for kind, i, j, k, last in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if kind == "equal":
                continue
            for place in places[i:j]:
                yield Edit(place, "")
            if k < last:
                at = places[i - 1].end if i else places[0].start
                lines = yaml.safe_dump(list(wanted[k:last]), allow_unicode=True, width=_WIDTH)
                yield self._new(at, lines, indent)

    def _new(self, at: int, lines: str, indent: str) -> Edit:
        """New lines at the beginning of a line, or behind a last line that has no end."""
        ended = at == 0 or self.text[at - 1] == "\n"
        made = "".join(f"{indent}{line}{self._newline}" for line in lines.splitlines())
        return Edit(Span(at, at), made if ended else f"{self._newline}{made}")

    def _lines(self, first: yaml.Node, last: yaml.Node) -> Span:
        """The whole lines of an entry, with what is noted behind its value; they must be its own."""
        start = self.text.rfind("\n", 0, first.start_mark.index) + 1
        end = self.text.find("\n", max(_end(last), _end(first)))
        head = self.text[start : first.start_mark.index].strip("\ufeff \t")
        if head not in ("", "-") or (isinstance(last, yaml.ScalarNode) and last.style in ("|", ">")):
            raise _NotByParts
        return Span(start, end + 1 if end >= 0 else len(self.text))


def _is_block(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode) and not node.flow_style


def _end(node: yaml.Node) -> int:
    """Where the last value inside a node ends; a block's own mark stands behind the notes that follow it."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return int(node.end_mark.index)


def _value(node: yaml.Node) -> object:
    """What a node says."""
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    finally:
        loader.dispose()
