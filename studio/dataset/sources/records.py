"""Owns which way a file of records is read: by its ending, and where that leaves it open by how it begins.

Every record of a file comes out as a `Record` or as a `Bad` that says why it is none; knows no shape of a record.
"""

import codecs
from collections.abc import Callable, Iterator
from pathlib import Path

from studio.dataset.sources import csv_records, json_records
from studio.dataset.sources.json_records import Record
from studio.dataset.sources.lines import Bad, Source, source
from studio.errors import InputError, NotAllowed, PathMissing
from studio.files import sha256_of
from studio.language import N_, _

ENDINGS = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")
"""The endings of files that hold records."""


class UnknownTable(InputError):
    """A file's ending is none of those that are read."""

    sentence = N_("{path} is none of the kinds of file that are read: {endings}.")


def records(path: Path, noted: Callable[[str], None] | None = None) -> Iterator[Record | Bad]:
    """All records of a file in order; raises PathMissing, NotAllowed, UnreadableFile, UnknownTable or DamagedTable.

    `noted` is given the SHA-256 of what was read, after the last of them.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        if not path.exists():
            raise PathMissing(path=path)
        raise UnknownTable(path=path, endings=", ".join(ENDINGS))
    if ending == ".parquet":
        from studio.dataset.sources import parquet_records

        yield from parquet_records.rows_of(path)
        if noted is not None:
            noted(sha256_of(path))
        return
    with source(path) as read:
        yield from _text_records(read, ending)
        yield from read.changes()
        if noted is not None:
            noted(read.digest)


def _text_records(read: Source, ending: str) -> Iterator[Record | Bad]:
    read.passed(codecs.BOM_UTF8)
    if read.first().startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield Bad(1, "encoding", _("The file is UTF-16; save it as UTF-8."))
        for _chunk in read.chunks():
            pass
        return
    found = False
    for one in _reader(read, ending)(read):
        found = True
        yield one
    if not found:
        yield Bad(1, "empty", _("The file holds no record."))


def _reader(read: Source, ending: str) -> Callable[[Source], Iterator[Record | Bad]]:
    if ending in (".csv", ".tsv"):
        return csv_records.rows_of
    by_line = json_records.is_lines(read)
    if ending == ".json":
        by_line = by_line and not json_records.is_wrapped(read)
    elif not by_line:
        # A broken first line is no reason to read the rest of a file of lines as one array.
        by_line = read.first().split(b"\n", 1)[0].strip() not in (b"[", b"{")
    return json_records.lines_of if by_line else json_records.elements_of


def files_in(path: Path) -> list[Path]:
    """The files of records that a path names: itself, or those of a folder and the folders in it, by name.

    Raises PathMissing or NotAllowed.
    """
    try:
        if not path.exists():
            raise PathMissing(path=path)
        if not path.is_dir():
            return [path]
        found = (one for one in path.rglob("*") if one.suffix.lower() in ENDINGS and one.is_file())
        return sorted(one for one in found if not any(part.startswith(".") for part in one.relative_to(path).parts))
    except PermissionError as error:
        raise NotAllowed(path=path, reason=error.strerror or str(error)) from error
