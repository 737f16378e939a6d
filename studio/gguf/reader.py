"""Owns reading what stands in a GGUF file: metadata and the table of tensors, never the weights themselves.

The file is mapped, not read; every count and offset is held against the file's size before it is used, and what a
header can claim has a limit, so that a damaged or hostile file gives an error and never a crash, an endless loop or a
full memory.
"""

import mmap
import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from studio.files import opened, read_first
from studio.gguf.errors import DamagedGguf, LacksMetadata, NotAGguf
from studio.gguf.types import TENSOR_TYPES, TensorType

_MARK = b"general.type" + struct.pack("<IQ", 8, 7) + b"adapter"
"""How the entry stands in a file: its key, the kind (a text), the length, the text."""
_HEAD = 4096

Scalar = int | float | bool | str
Raw = bytes  # a Gguf has a property of that name

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_ENTRIES, _TENSORS = 1 << 16, 1 << 16
"""More metadata entries or tensors than this are taken for damage."""
_ITEMS = 4_000_000
"""So many items all lists of a file may have together: several times the largest vocabulary with its merges."""
_TEXTS, _NAME = 256 << 20, 1 << 16
"""So many bytes all texts of a file may have together (a tokeniser kept whole as JSON takes tens of MB), and a name."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """One row of the tensor table; `shape` begins with the row width, as the file writes it; `size` in bytes."""

    name: str
    shape: tuple[int, ...]
    type: TensorType
    offset: int
    size: int

    @property
    def elements(self) -> int:
        """How many weights it holds."""
        count = 1
        for width in self.shape:
            count *= width
        return count


class _Cursor:
    """A place in the mapped file that never reads past its end."""

    def __init__(self, path: Path, data: mmap.mmap) -> None:
        self.path, self.data, self.at = path, data, 0
        self._items, self._texts = _ITEMS, _TEXTS

    def skip(self, count: int) -> int:
        """Goes on by `count` bytes and returns where they begin."""
        start = self.at
        if count < 0 or start + count > len(self.data):
            raise DamagedGguf(path=self.path, detail=f"{count} bytes are missing at byte {start}")
        self.at = start + count
        return start

    def number(self, form: str) -> int:
        """One little-endian whole number."""
        return int(struct.unpack_from("<" + form, self.data, self.skip(struct.calcsize("<" + form)))[0])

    def text(self, most: int = _TEXTS) -> str:
        """One length-prefixed string; what is no UTF-8 in it is replaced."""
        length = self.number("Q")
        start = self.skip(length)
        self.take(texts=length if length <= most else _TEXTS + 1)
        return self.data[start : start + length].decode("utf-8", "replace")

    def take(self, items: int = 0, texts: int = 0) -> None:
        """Counts what is taken of the limits for lists and texts; raises DamagedGguf past them."""
        self._items -= items
        self._texts -= texts
        if min(self._items, self._texts) < 0:
            what = "a list is" if self._items < 0 else "its texts are"
            raise DamagedGguf(path=self.path, detail=f"{what} too long to be true, at byte {self.at}")


class Array(Sequence[Scalar]):
    """A metadata array; strings are decoded when they are asked for."""

    def __init__(self, cursor: _Cursor, kind: int, count: int) -> None:
        self._data, self._kind, self._count = cursor.data, kind, count
        cursor.take(items=count)
        if kind == _STRING:
            self._spans = _string_spans(cursor, count)
        elif kind in _SCALARS:
            self._start = cursor.skip(count * struct.calcsize("<" + _SCALARS[kind]))
        else:
            raise DamagedGguf(path=cursor.path, detail=f"an array of kind {kind}")

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index):  # type: ignore[no-untyped-def]  # int or slice, as every Sequence
        return self.values[index]

    @cached_property
    def values(self) -> list[Scalar]:
        """All entries."""
        return self.first(self._count)

    def first(self, most: int) -> list[Scalar]:
        """The first entries, at most so many."""
        count = min(most, self._count)
        if self._kind == _STRING:
            ends = iter(self._spans[: 2 * count])
            return [self._data[a:b].decode("utf-8", "replace") for a, b in zip(ends, ends, strict=True)]
        return list(struct.unpack_from(f"<{count}{_SCALARS[self._kind]}", self._data, self._start))


def _string_spans(cursor: _Cursor, count: int) -> "array[int]":
    """Where each text begins and ends, one number after the other: a tuple apiece would take ten times as much."""
    if count * 8 > len(cursor.data) - cursor.at:
        raise DamagedGguf(path=cursor.path, detail=f"a list of {count} texts in too few bytes")
    data, size, at = cursor.data, len(cursor.data), cursor.at
    unpack, spans = struct.Struct("<Q").unpack_from, array("Q")
    for _ in range(count):
        if at + 8 > size:
            raise DamagedGguf(path=cursor.path, detail=f"a text is missing at byte {at}")
        start = at + 8
        at = start + unpack(data, at)[0]
        if at > size:
            raise DamagedGguf(path=cursor.path, detail=f"a text at byte {start} runs past the end")
        spans.append(start)
        spans.append(at)
    cursor.take(texts=at - cursor.at)
    cursor.at = at
    return spans


class Gguf:
    """An open GGUF: `metadata` by key, `tensors` in file order. Raises NotAGguf, DamagedGguf or the errors of files."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._data = _map(path)
        try:
            self._read()
        except BaseException:
            self._data.close()
            raise

    def _read(self) -> None:
        cursor = _Cursor(self.path, self._data)
        if self._data[:4] != b"GGUF":
            raise NotAGguf(path=self.path, detail="it does not begin with GGUF")
        cursor.at = 4
        self.version = cursor.number("I")
        if self.version not in (2, 3):
            raise NotAGguf(path=self.path, detail=f"version {self.version}")
        tensors, entries = cursor.number("Q"), cursor.number("Q")
        if tensors > _TENSORS or entries > _ENTRIES:
            raise DamagedGguf(path=self.path, detail=f"{tensors} tensors and {entries} entries")
        self.metadata: dict[str, Scalar | Array] = {}
        for _ in range(entries):
            key = cursor.text(_NAME)
            if key in self.metadata:
                raise DamagedGguf(path=self.path, detail=f"two entries {key[:80]}")
            self.metadata[key] = _value(cursor)
        rows = [_tensor_row(cursor) for _ in range(tensors)]
        alignment = self.metadata.get("general.alignment", 32)
        if type(alignment) is not int or not 1 <= alignment <= 1 << 20 or alignment & (alignment - 1):
            raise DamagedGguf(path=self.path, detail=f"alignment {alignment!r:.40}")
        self.data_start = -(-cursor.at // alignment) * alignment
        self.tensors = tuple(self._tensor(*row) for row in rows)
        self._check_order(alignment)

    def _tensor(self, name: str, shape: tuple[int, ...], number: int, offset: int) -> Tensor:
        kind = TENSOR_TYPES.get(number)
        if kind is None:
            raise DamagedGguf(path=self.path, detail=f"tensor {name[:80]} of unknown type {number}")
        if shape[0] % kind.block or 0 in shape:
            raise DamagedGguf(path=self.path, detail=f"tensor {name[:80]} has the shape {shape} as {kind.name}")
        tensor = Tensor(name, shape, kind, offset, 0)
        size = tensor.elements // kind.block * kind.bytes
        if self.data_start + offset + size > len(self._data):
            raise DamagedGguf(path=self.path, detail=f"tensor {name[:80]} ends past the end of the file")
        return Tensor(name, shape, kind, offset, size)

    def _check_order(self, alignment: int) -> None:
        """Raises DamagedGguf where two tensors have one name or share bytes, or one begins where none may."""
        if len({tensor.name for tensor in self.tensors}) < len(self.tensors):
            raise DamagedGguf(path=self.path, detail="two tensors of one name")
        end = 0
        for tensor in sorted(self.tensors, key=lambda row: row.offset):
            if tensor.offset < end or tensor.offset % alignment:
                raise DamagedGguf(path=self.path, detail=f"tensor {tensor.name[:80]} begins at byte {tensor.offset}")
            end = tensor.offset + tensor.size

    @property
    def bytes(self) -> int:
        """The size of the file."""
        return len(self._data)

    @property
    def bits_per_weight(self) -> float:
        """The true figure: all bits of the tensors over all weights."""
        weights = sum(tensor.elements for tensor in self.tensors)
        return 8 * sum(tensor.size for tensor in self.tensors) / weights if weights else 0.0

    def text(self, key: str) -> str | None:
        """A metadata text, or None."""
        value = self.metadata.get(key)
        return value if isinstance(value, str) else None

    def number(self, key: str) -> int | None:
        """A metadata whole number, or None."""
        value = self.metadata.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def array(self, key: str) -> list[Scalar]:
        """A metadata list; raises LacksMetadata where there is none."""
        value = self.metadata.get(key)
        if not isinstance(value, Array):
            raise LacksMetadata(path=self.path, key=key)
        return value.values

    def raw(self, tensor: Tensor, start: int, count: int) -> Raw:
        """A copy of `count` bytes of a tensor from its byte `start` on, less where it ends before."""
        at = self.data_start + tensor.offset + start
        return self._data[at : at + min(count, tensor.size - start)]

    def close(self) -> None:
        """Lets go of the file."""
        self._data.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _map(path: Path) -> mmap.mmap:
    with opened(path) as stream:
        try:
            return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as error:
            raise NotAGguf(path=path, detail="it is empty") from error


def _value(cursor: _Cursor) -> Scalar | Array:
    kind = cursor.number("I")
    if kind == _STRING:
        return cursor.text()
    if kind == _ARRAY:
        inner, count = cursor.number("I"), cursor.number("Q")
        return Array(cursor, inner, count)
    form = _SCALARS.get(kind)
    if form is None:
        raise DamagedGguf(path=cursor.path, detail=f"an entry of unknown kind {kind}")
    value: Scalar = struct.unpack_from("<" + form, cursor.data, cursor.skip(struct.calcsize("<" + form)))[0]
    return value


def _tensor_row(cursor: _Cursor) -> tuple[str, tuple[int, ...], int, int]:
    name = cursor.text(_NAME)
    dimensions = cursor.number("I")
    if not 1 <= dimensions <= 4:
        raise DamagedGguf(path=cursor.path, detail=f"tensor {name[:80]} has {dimensions} dimensions")
    shape = tuple(cursor.number("Q") for _ in range(dimensions))
    return name, shape, cursor.number("I"), cursor.number("Q")


def is_adapter(file: Path) -> bool:
    """Whether a GGUF says at its head that it is an adapter; raises the errors of files."""
    return _MARK in read_first(file, _HEAD)
