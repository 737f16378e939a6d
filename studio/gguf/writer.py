"""Owns writing a small GGUF: metadata and tensors of 32-bit floats, under its name only when all is on the disk.

Knows no model; whole models are written by llama.cpp's own converter.
"""

import os
import struct
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from studio.errors import NotSaved
from studio.files import sync_folder

Value = str | bool | int | float | Sequence[str] | Sequence[int] | Sequence[float]
Floats = npt.NDArray[np.float32]
_ALIGNMENT = 32
_F32 = 0
_UINT32, _INT32, _FLOAT32, _BOOL, _STRING, _ARRAY = 4, 5, 6, 7, 8, 9


@dataclass(frozen=True, slots=True)
class Written:
    """One tensor to write: its shape as numpy has it, and how its weights are come by when their turn is."""

    name: str
    shape: tuple[int, ...]
    weights: Callable[[], Floats]


def write_gguf(target: Path, metadata: Mapping[str, Value], tensors: Sequence[Written]) -> Path:
    """Writes the file and returns its path; one tensor at a time is in memory. Raises NotSaved."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        place, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        building = Path(name)
    except OSError as error:
        raise NotSaved(path=target, reason=error.strerror or str(error)) from error
    try:
        with os.fdopen(place, "wb") as stream:
            _write(stream, metadata, tensors)
            stream.flush()
            os.fsync(stream.fileno())
        building.chmod(0o644)
        building.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise NotSaved(path=target, reason=error.strerror or str(error)) from error
    finally:
        with suppress(OSError):
            building.unlink()
    return target


def _write(stream: BinaryIO, metadata: Mapping[str, Value], tensors: Sequence[Written]) -> None:
    stream.write(b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata)))
    stream.writelines(_text(key) + _value(value) for key, value in metadata.items())
    stream.writelines(_rows(tensors))
    stream.write(b"\0" * (-stream.tell() % _ALIGNMENT))
    for tensor in tensors:
        data = np.ascontiguousarray(tensor.weights(), dtype="<f4").tobytes()
        stream.write(data + b"\0" * (-len(data) % _ALIGNMENT))


def _rows(tensors: Iterable[Written]) -> Iterable[bytes]:
    """The table of tensors; a file's shape begins with the row width, numpy's ends with it."""
    offset = 0
    for tensor in tensors:
        shape = tuple(reversed(tensor.shape))
        form = f"<I{len(shape)}Q"
        yield _text(tensor.name) + struct.pack(form, len(shape), *shape) + struct.pack("<IQ", _F32, offset)
        size = 4 * int(np.prod(tensor.shape, dtype=np.int64))
        offset += size + -size % _ALIGNMENT


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: Value) -> bytes:
    if isinstance(value, Sequence) and not isinstance(value, str):
        kind = _kind(value[0]) if value else _INT32
        return struct.pack("<IIQ", _ARRAY, kind, len(value)) + b"".join(_plain(kind, item) for item in value)
    kind = _UINT32 if type(value) is int else _kind(value)
    return struct.pack("<I", kind) + _plain(kind, value)


def _kind(value: str | bool | int | float) -> int:
    return {str: _STRING, bool: _BOOL, int: _INT32, float: _FLOAT32}[type(value)]


def _plain(kind: int, value: str | bool | int | float) -> bytes:
    if isinstance(value, str):
        return _text(value)
    return struct.pack({_UINT32: "<I", _INT32: "<i", _FLOAT32: "<f", _BOOL: "<?"}[kind], value)
