"""Owns records in JSON: one a line, or the elements of an array, however long the file; knows no shape of a record.

Where an element of an array ends is found by counting brackets, so that a damaged, an endless or a bottomless one
costs its own record and not the file, and memory holds one record at a time.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from studio.dataset.sources.lines import LIMIT, Bad, Source, Stretch, too_long
from studio.language import _

_STRUCTURE = re.compile(rb'[",]|[\[{]+|[\]}]+')
_STRING = re.compile(rb'["\\]')
_SPACE = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class Record:
    """One record: `line` where it begins, `number` which one it is, from 1."""

    line: int
    number: int
    values: dict[str, object]


def _no_number(text: str) -> NoReturn:
    raise ValueError(_("{text} is no number in JSON").format(text=text))


_DECODER = json.JSONDecoder(parse_constant=_no_number)


def record_of(stretch: Stretch, number: int) -> Record | Bad:
    """The record in some bytes."""
    if stretch.data is None:
        return too_long(stretch)
    try:
        values = _DECODER.decode(stretch.data.decode("utf-8"))
    except UnicodeDecodeError as error:
        sentence = _("It is not UTF-8 (byte {byte} of it). Save the file as UTF-8.")
        return Bad(stretch.line, "encoding", sentence.format(byte=error.start + 1))
    except RecursionError:
        return Bad(stretch.line, "too-deep", _("It is nested too deeply to be read; no text that is learnt is."))
    except json.JSONDecodeError as error:
        sentence = _("It is not JSON: {reason} at character {place}.")
        reason = error.msg.removesuffix(" at")  # some of its reasons end as ours goes on
        return Bad(stretch.line, "json", sentence.format(reason=reason, place=error.pos + 1))
    except ValueError as error:  # NaN and its like, and numbers with thousands of digits
        return Bad(stretch.line, "json", _("It is not JSON: {reason}.").format(reason=error))
    if not isinstance(values, dict):
        sentence = _("It is {what}, and a record with named columns is expected.")
        return Bad(stretch.line, "no-record", sentence.format(what=_what(values)))
    return Record(stretch.line, number, values)


def _what(value: object) -> str:
    kinds = {list: _("a list"), str: _("a text"), bool: _("true or false"), type(None): _("null")}
    return kinds.get(type(value)) or _("a number")


def lines_of(source: Source) -> Iterator[Record | Bad]:
    """A record a line; empty lines are none."""
    number = 0
    for stretch in source.lines():
        if stretch.data is None or stretch.data.strip():
            number += 1
            yield record_of(stretch, number)


def is_lines(source: Source) -> bool:
    """Whether the first line of a file is a whole object, as where there is one a line."""
    first = source.first().lstrip(_SPACE).partition(b"\n")[0]
    return first.startswith(b"{") and isinstance(record_of(Stretch(1, first.strip(), len(first)), 1), Record)


def is_wrapped(source: Source) -> bool:
    """Whether a file is an object that keeps its records as an array under a usual name."""
    return _WRAPPED.match(source.first()) is not None


def elements_of(source: Source) -> Iterator[Record | Bad]:
    """The elements of an array, also of one that an object keeps under a usual name; or objects one after another."""
    match = _WRAPPED.match(source.first())
    if match is not None:
        source.passed(match[1])
    elements = _Elements(source, wrapped=match is not None)
    number = 0
    for chunk in source.chunks():
        for stretch in elements.feed(chunk):
            number += 1
            yield record_of(stretch, number)
    source.line = elements.line
    yield from elements.end()


_WRAPPED = re.compile(
    rb'(\s*\{\s*"(?:data|dataset|rows|records|examples|instances|items|entries|samples|train)"\s*:\s*)\[\s*[{\]]'
)


class _Elements:
    """The bytes of each element, as the parts of a file come in; after a `wrapped` array its object goes on."""

    def __init__(self, source: Source, *, wrapped: bool = False) -> None:
        self.line, self._wrapped, self._done = source.line, wrapped, False
        self._array = source.first().lstrip(_SPACE).startswith(b"[")
        self._depth = 0
        self._string = self._escaped = False
        self._kept = bytearray()
        self._size = self._newlines = 0

    def feed(self, chunk: bytes) -> Iterator[Stretch]:
        """The elements that end in the next part."""
        start = at = 0
        while at < len(chunk) and not self._done:
            if self._escaped:
                self._escaped, at = False, at + 1
                continue
            match = (_STRING if self._string else _STRUCTURE).search(chunk, at)
            if match is None:
                break
            at = match.end()
            if len(match[0]) > 1 and self._run(match[0]):
                continue
            at, mark = match.start() + 1, match[0][:1]
            if self._boundary(mark):
                self._keep(chunk[start : at - 1 if self._array else at])
                start = at
                self._done = self._wrapped and mark == b"]" and self._depth == 0
                if self._kept.strip() or mark == b",":
                    yield self._finished()
        self._keep(chunk[start:])

    def _run(self, marks: bytes) -> bool:
        """Takes many brackets in a row at once, where no element begins or ends at any of them."""
        opens = marks[0] in b"[{"
        if opens and self._depth > 0:
            self._depth += len(marks)
        elif not opens and self._depth > len(marks) + 1:
            self._depth -= len(marks)
        else:
            return False
        return True

    def _boundary(self, mark: bytes) -> bool:
        """Whether an element begins or ends at a mark, which changes where we are."""
        if self._string or mark == b'"':
            self._escaped = mark == b"\\"
            self._string = self._escaped or not self._string
            return False
        opens, closes = mark in b"[{", mark in b"]}"
        self._depth = max(0, self._depth + opens - closes)
        if not self._array:
            return closes and self._depth == 0
        return self._depth == (0 if closes else 1) and (closes or mark == b"," or mark == b"[")

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        self._newlines += part.count(b"\n")
        self._kept += part[: max(0, LIMIT + 1 - len(self._kept))]

    def _finished(self) -> Stretch:
        """What was kept, as an element."""
        data = bytes(self._kept)
        blank = data[: len(data) - len(data.lstrip(_SPACE))]
        stretch = Stretch(
            self.line + blank.count(b"\n"), None if self._size > LIMIT else data.strip(_SPACE), self._size
        )
        self.line += self._newlines
        self._kept.clear()
        self._size = self._newlines = 0
        return stretch

    def end(self) -> Iterator[Bad]:
        """What is left when the file ends; nothing, where it is whole."""
        stands = bool(self._kept.strip())
        if self._wrapped and self._done:
            yield from self._beside()
        elif self._depth or self._string:
            sentence = _("The file ends inside what begins here: a bracket or a quotation mark is not closed.")
            yield Bad(self._finished().line, "cut", sentence)
        elif stands:
            yield Bad(self._finished().line, "json", _("Here stands something that is no record."))

    def _beside(self) -> Iterator[Bad]:
        """What the object around an array says beside it."""
        rest = bytes(self._kept).strip()
        if not rest.endswith(b"}"):
            sentence = _("The object around the records is not closed, so the file may not be whole.")
            yield Bad(self._finished().line, "cut", sentence)
        elif rest != b"}":
            sentence = _("The file says more beside its records, which is not taken: {text}")
            said = rest[:-1].strip(b", \t\r\n")[:80].decode("utf-8", "replace")
            yield Bad(self._finished().line, "beside", sentence.format(text=said), error=False)
