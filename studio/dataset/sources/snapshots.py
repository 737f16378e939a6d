"""Reads snapshots of a game's turns as rows: a folder of JSON files, or one file of them.

What a snapshot becomes stands in `snapshot.py`; how files are read in `tables.py`.
"""

from collections.abc import Iterator

from studio.dataset.description import SourceSettings, placed
from studio.dataset.problems import RowProblem
from studio.dataset.reading import Reading
from studio.dataset.rows import Row
from studio.dataset.sources.shapes import SNAPSHOTS
from studio.dataset.sources.tables import read_path


def read(source: SourceSettings, reading: Reading) -> Iterator[Row | RowProblem]:
    """The rows of the snapshots at the source's path; raises PathMissing, OutsideFolder or Cancelled."""
    assert source.snapshots is not None
    yield from read_path(placed(reading.root, source.snapshots), source, reading, SNAPSHOTS)
