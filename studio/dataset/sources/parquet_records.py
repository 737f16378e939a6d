"""Owns records in Parquet, read in batches of a group of rows; knows no shape of a record.

A group that is damaged costs its own rows, which are told; a file without its end can't be read at all.
"""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from studio.dataset.sources.json_records import Record
from studio.dataset.sources.lines import LIMIT, Bad, Stretch, too_long
from studio.errors import InputError
from studio.files import opened
from studio.language import N_, _

_BATCH_BYTES = LIMIT // 2
_MOST_ROWS = 1000
_BUFFER = 1 << 20


class DamagedTable(InputError):
    """A Parquet file's description of itself can't be read."""

    sentence = N_("{path} is not a whole Parquet file ({reason}). Copy or download it again.")


def rows_of(path: Path) -> Iterator[Record | Bad]:
    """A record a row, its line the number of the row; raises DamagedTable or what opening a file raises."""
    with opened(path):
        pass
    try:
        table = pq.ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER, page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        raise DamagedTable(path=path, reason=_first_line(error)) from error
    with table:
        first = 1
        for group in range(table.num_row_groups):
            yield from _group(table, group, first)
            first += table.metadata.row_group(group).num_rows


def _group(table: pq.ParquetFile, group: int, first: int) -> Iterator[Record | Bad]:
    """The rows of one group, of which the first is row `first` of the file."""
    about = table.metadata.row_group(group)
    size = max(1, min(_MOST_ROWS, _BATCH_BYTES * max(1, about.num_rows) // max(1, about.total_byte_size)))
    done = 0
    try:
        for batch in table.iter_batches(size, row_groups=[group]):
            yield from _rows(batch, first + done)
            done += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        last = first + about.num_rows - 1
        sentence = _("Rows {first} to {last} cannot be read ({reason}). Copy or download the file again.")
        yield Bad(first + done, "damaged", sentence.format(first=first + done, last=last, reason=_first_line(error)))


def _rows(batch: pa.RecordBatch, first: int) -> Iterator[Record | Bad]:
    if batch.nbytes <= LIMIT:
        try:
            for number, values in enumerate(batch.to_pylist(), start=first):
                yield Record(number, number, values)
        except UnicodeDecodeError:
            pass
        else:
            return
    for place in range(batch.num_rows):
        yield _row(batch.slice(place, 1), first + place)


def _row(one: pa.RecordBatch, number: int) -> Record | Bad:
    """A row by itself, which may be too long or hold bytes that are no text."""
    if one.nbytes > LIMIT:
        return too_long(Stretch(number, None, one.nbytes))
    try:
        return Record(number, number, one.to_pylist()[0])
    except UnicodeDecodeError as error:
        return Bad(number, "encoding", _("It is not UTF-8 (byte {byte} of a text).").format(byte=error.start + 1))


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
