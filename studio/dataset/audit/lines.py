"""Owns files of JSON lines that are only appended to: a line torn by a crash is passed over, and never glued to the
next. Knows nothing of what the lines say.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from studio.errors import NotSaved
from studio.files import read_bytes

_LIMIT = 1 << 31
"""Bytes of the largest file of lines that is read."""


def read_lines(path: Path) -> Iterator[dict[str, object]]:
    """The objects in a file, in order; lines that are none are left out, and so is a file that is not there."""
    if not path.exists():
        return
    for line in read_bytes(path, _LIMIT).split(b"\n"):
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            yield value


def append_line(path: Path, value: Mapping[str, object]) -> None:
    """Puts one object at the end, on the disk when this returns; raises NotSaved with what stood there kept."""
    append_lines(path, (value,))


def append_lines(path: Path, values: Iterable[Mapping[str, object]]) -> None:
    """Puts objects at the end, all on the disk when this returns; raises NotSaved with what stood there kept."""
    lines = (json.dumps(dict(value), ensure_ascii=False, allow_nan=False) for value in values)
    data = b"".join(line.encode("utf-8", "replace") + b"\n" for line in lines)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b", buffering=0) as stream:
            left = memoryview(data if _ended(stream.fileno()) else b"\n" + data)
            while left:  # a disk that is nearly full takes a part, and says so only when it is asked for the rest
                left = left[stream.write(left) :]
            os.fsync(stream.fileno())
    except OSError as error:
        raise NotSaved(path=path, reason=error.strerror or str(error)) from error


def _ended(handle: int) -> bool:
    """Whether the file is empty or ends with the end of a line."""
    size = os.fstat(handle).st_size
    if not size:
        return True
    os.lseek(handle, size - 1, os.SEEK_SET)
    return os.read(handle, 1) == b"\n"
