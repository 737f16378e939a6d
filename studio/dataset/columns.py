"""Owns making Arrow columns of plain Python values, part by part.

`pyarrow.array` does the same and loads pandas at its first list, where that is installed, to look whether the list is
one of its own; that costs a build a fifth of a second. Knows no row.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_LARGEST = 2**31 - 1
_NUMBERS: dict[str, type[np.generic]] = {"int32": np.int32, "int64": np.int64, "double": np.float64}


class ColumnTooLong(ValueError):
    """More text or more values than the offsets of one column can count; smaller parts would do."""


def column(kind: pa.DataType, values: Sequence[Any]) -> pa.Array:
    """A column of strings, truths or numbers; None is null. Raises ColumnTooLong, UnicodeEncodeError, OverflowError."""
    return _MAKERS.get(str(kind), _numbers)(kind, values)


def structs(kind: pa.DataType, fields: Sequence[pa.Array], count: int) -> pa.Array:
    """A column of `count` structs without nulls from those of their fields."""
    return pa.Array.from_buffers(kind, count, [None], 0, 0, list(fields))


def lists(kind: pa.DataType, sizes: Sequence[int], values: pa.Array) -> pa.Array:
    """A column of lists without nulls: of `values` in order, so many to each; raises ColumnTooLong."""
    return pa.Array.from_buffers(kind, len(sizes), [None, _offsets(sizes)], 0, 0, [values])


def _texts(kind: pa.DataType, values: Sequence[str | None]) -> pa.Array:
    written = [b"" if value is None else value.encode() for value in values]
    validity, nulls = _validity(values)
    buffers = [validity, _offsets(list(map(len, written))), pa.py_buffer(b"".join(written))]
    return pa.Array.from_buffers(kind, len(values), buffers, nulls)


def _truths(kind: pa.DataType, values: Sequence[bool | None]) -> pa.Array:
    validity, nulls = _validity(values)
    return pa.Array.from_buffers(kind, len(values), [validity, _bits(map(bool, values))], nulls)


def _numbers(kind: pa.DataType, values: Sequence[float | None]) -> pa.Array:
    validity, nulls = _validity(values)
    held: NDArray[Any] = np.array([0 if value is None else value for value in values], _NUMBERS[str(kind)])
    return pa.Array.from_buffers(kind, len(values), [validity, pa.py_buffer(held)], nulls)


_MAKERS: dict[str, Callable[[pa.DataType, Sequence[Any]], pa.Array]] = {"string": _texts, "bool": _truths}


def _validity(values: Sequence[object]) -> tuple[pa.Buffer | None, int]:
    """Which values are there, None where all are; and how many are not."""
    nulls = sum(value is None for value in values)
    return (_bits(value is not None for value in values) if nulls else None), nulls


def _bits(values: Iterable[bool]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(np.fromiter(values, bool), bitorder="little"))


def _offsets(sizes: Iterable[int]) -> pa.Buffer:
    """Where each value begins, and where the last ends."""
    ends = list(accumulate(sizes, initial=0))
    if ends[-1] > _LARGEST:
        raise ColumnTooLong(ends[-1])
    return pa.py_buffer(np.array(ends, np.int32))
