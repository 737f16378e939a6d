"""Owns records in tables of text (CSV, TSV): the first line names the columns; knows no shape of a record."""

import csv
from collections.abc import Iterator

from studio.dataset.sources.json_records import Record
from studio.dataset.sources.lines import LIMIT, Bad, Source, too_long
from studio.language import _


class _Texts:
    """The lines of a file as text, the `first` since that was reset; those that are none are set aside."""

    def __init__(self, source: Source) -> None:
        self._lines = source.lines()
        self.line = self.first = 0
        self.bad: list[Bad] = []

    def __iter__(self) -> Iterator[str]:
        for stretch in self._lines:
            self.line = stretch.line
            if stretch.data is None:
                self.bad.append(too_long(stretch))
                continue
            try:
                text = stretch.data.decode("utf-8") + "\n"
            except UnicodeDecodeError as error:
                sentence = _("It is not UTF-8 (byte {byte} of the line). Save the file as UTF-8.")
                self.bad.append(Bad(stretch.line, "encoding", sentence.format(byte=error.start + 1)))
                continue
            self.first = self.first or stretch.line
            yield text

    def drained(self) -> list[Bad]:
        """What was set aside since the last time."""
        bad, self.bad = self.bad, []
        return bad


def rows_of(source: Source) -> Iterator[Record | Bad]:
    """A record for each line of the table."""
    csv.field_size_limit(LIMIT)
    texts = _Texts(source)
    reader = csv.reader(texts, delimiter=_delimiter(source.first()), strict=True)
    names: list[str] | None = None
    number = 0
    while True:
        texts.first = 0
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield from texts.drained()
            yield Bad(texts.first, "csv", _unread(texts.first, texts.line, str(error)))
            continue
        line = texts.first
        yield from texts.drained()
        if cells is None:
            return
        if not cells:
            continue
        if names is None:
            names = cells
            if len(set(names)) < len(names):
                yield Bad(line, "columns", _("Two columns of the first line have one name; give each its own."))
                return
            continue
        number += 1
        yield _record(line, number, names, cells)


def _delimiter(first: bytes) -> str:
    """What the names of the columns are parted by."""
    line = first.partition(b"\n")[0]
    return max((",", ";", "\t"), key=lambda mark: line.count(mark.encode()))


def _unread(first: int, last: int, reason: str) -> str:
    if last <= first:
        return _("It is not CSV ({reason}).").format(reason=reason)
    sentence = _("Lines {first} to {last} are not CSV ({reason}); is a quotation mark missing in the first?")
    return sentence.format(first=first, last=last, reason=reason)


def _record(line: int, number: int, names: list[str], cells: list[str]) -> Record | Bad:
    if len(cells) != len(names):
        sentence = _("It has {found} cells and the first line names {named} columns. Put a text with commas in quotes.")
        return Bad(line, "cells", sentence.format(found=len(cells), named=len(names)))
    return Record(line, number, dict(zip(names, cells, strict=True)))
