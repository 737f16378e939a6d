"""Owns what the weights of a Hugging Face folder say of themselves: the headers of its safetensors files, as data.

Every count and offset is held against the file's size before anything is made of it; no weight is read.
"""

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from studio.files import opened
from studio.gguf.errors import BaseIncomplete

_HEADER_LIMIT = 100 * 1024 * 1024
_DIMENSIONS = 16
_BYTES = {
    "F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2, "I8": 1,
    "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stored:
    """One tensor as a header names it: its type in safetensors' words, its shape, and where its bytes lie."""

    type: str
    shape: tuple[int, ...]
    start: int
    end: int


def header(path: Path) -> dict[str, Stored]:
    """The tensors of a safetensors file by name; raises BaseIncomplete where they cannot be as the header says."""
    with opened(path) as stream:
        size = path.stat().st_size
        length = _length(path, stream.read(8) or b"", size)
        text = b""
        while len(text) < length and (more := stream.read(length - len(text))):
            text += more
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BaseIncomplete(path=path.parent, missing=path.name) from error
    if not isinstance(rows, dict):
        raise BaseIncomplete(path=path.parent, missing=path.name)
    rows.pop("__metadata__", None)
    found = {name: _stored(path, name, row) for name, row in rows.items()}
    _in_order(path, found, size - 8 - length)
    return found


def _length(path: Path, first: bytes, size: int) -> int:
    length = struct.unpack("<Q", first)[0] if len(first) == 8 else 0
    if not 2 <= length <= min(_HEADER_LIMIT, size - 8):
        raise BaseIncomplete(path=path.parent, missing=path.name)
    return int(length)


def _stored(path: Path, name: str, row: object) -> Stored:
    row = row if isinstance(row, dict) else {}
    kind, shape, places = str(row.get("dtype")), _counts(row.get("shape")), _counts(row.get("data_offsets"))
    if shape is None or places is None or len(places) != 2:
        raise BaseIncomplete(path=path.parent, missing=f"{name} of {path.name}")
    if kind in _BYTES and _BYTES[kind] * math.prod(shape) != places[1] - places[0]:
        raise BaseIncomplete(path=path.parent, missing=f"{name} of {path.name}")
    return Stored(kind, shape, places[0], places[1])


def _counts(value: object) -> tuple[int, ...] | None:
    if not isinstance(value, list) or len(value) > _DIMENSIONS:
        return None
    return tuple(value) if all(type(number) is int and number >= 0 for number in value) else None


def _in_order(path: Path, tensors: Mapping[str, Stored], room: int) -> None:
    """Raises BaseIncomplete where two tensors share bytes, or one lies past the end."""
    reached = 0
    for name, tensor in sorted(tensors.items(), key=lambda row: (row[1].start, row[1].end)):
        if not reached <= tensor.start <= tensor.end <= room:
            raise BaseIncomplete(path=path.parent, missing=f"{name} of {path.name}")
        reached = tensor.end
