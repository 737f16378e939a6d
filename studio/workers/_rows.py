"""Owns scores on disk: float32 rows of logits in an .npy file, written as they come and read in slices."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import numpy as np
import numpy.typing as npt

from studio.errors import NotSaved

Rows = npt.NDArray[np.float32]


class RowsFile:
    """A file of `count` rows of `width` numbers in the making; it gets its name when all are there.

    Raises NotSaved. However many rows there are, only those at hand are in memory.
    """

    def __init__(self, path: Path, count: int, width: int) -> None:
        self.path, self._temporary = path, path.with_name(f".{path.name}.tmp")
        self._shape, self._left = (count, width), count
        self._stream: IO[bytes] | None = None

    def __enter__(self) -> Self:
        with self._disk():
            self._stream = self._temporary.open("wb")
            head = {"descr": "<f4", "fortran_order": False, "shape": self._shape}
            np.lib.format.write_array_header_1_0(self._stream, head)
        return self

    def add(self, rows: Rows) -> None:
        """Writes the next rows, as many as are still missing at most."""
        assert self._stream is not None
        assert rows.shape[1] == self._shape[1]
        part = np.ascontiguousarray(rows[: self._left], dtype="<f4")
        with self._disk():
            self._stream.write(part.data)
        self._left -= len(part)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._stream is not None
        whole = kind is None and self._left == 0
        try:
            with self._disk():
                self._stream.close()
                if whole:
                    self._temporary.replace(self.path)
        finally:
            if not whole:
                self._drop()

    @contextlib.contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._drop()
            raise NotSaved(path=self.path, reason=error.strerror or str(error)) from error

    def _drop(self) -> None:
        with contextlib.suppress(OSError):
            self._temporary.unlink()
