"""Reading the sources of a data set: a table from the kind of a source to its reader; knows no format itself.

Every reader is `read(source, reading) -> Iterator[Row | RowProblem]`. What is wrong with one row or file is a
`RowProblem` and stops nothing; an error that is raised is about the source as a whole.
"""

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from studio.dataset.problems import RowProblem
from studio.dataset.reading import Progress, Reading

if TYPE_CHECKING:
    from studio.dataset.description import Description, SourceSettings
    from studio.dataset.rows import Row

    Reader = Callable[[SourceSettings, Reading], Iterator[Row | RowProblem]]

__all__ = ["READERS", "Progress", "Reading", "RowProblem", "read_source", "read_sources", "reader_of"]

READERS = {
    "scenarios": "studio.dataset.sources.scenarios",
    "file": "studio.dataset.sources.tables",
    "hub": "studio.dataset.sources.hub",
    "snapshots": "studio.dataset.sources.snapshots",
    "sessions": "studio.dataset.sources.play",
    "corrections": "studio.dataset.sources.play",
}
"""The module of each kind of source; imported when it is read."""


def reader_of(kind: str) -> "Reader":
    """The reader of a kind of source."""
    reader: Reader = importlib.import_module(READERS[kind]).read
    return reader


def read_source(source: "SourceSettings", reading: Reading) -> "Iterator[Row | RowProblem]":
    """The rows of one source and what is wrong in it, in its order."""
    return reader_of(source.kind)(source, reading)


def read_sources(
    description: "Description", root: Path, reading: Reading | None = None
) -> "Iterator[Row | RowProblem]":
    """The rows of all sources, in the order of the description."""
    reading = reading if reading is not None else Reading(root)
    for source in description.sources:
        yield from read_source(source, reading)
