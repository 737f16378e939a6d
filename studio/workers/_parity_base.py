"""Owns what a packing costs the untuned base: packed as the model's file was, and read on the same texts."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from functools import cached_property

import torch

from studio.errors import LorewrightError
from studio.gguf.base import Base
from studio.workers._calibration import texts_of as calibration
from studio.workers._converter import quantise
from studio.workers._importance import importance_of
from studio.workers._merge import Source
from studio.workers._parity_files import Examination
from studio.workers._parity_subject import File
from studio.workers._parity_whole import Whole, silent


class UntunedBase:
    """The base, whole. `source` is the model's: its importance matrix was made on what that learnt from."""

    def __init__(self, whole: Whole, source: Source, told: Callable[[int], None]) -> None:
        self._whole, self._source, self._told = whole, source, told

    def mark(self, file: File) -> str:
        """What names the packing of a file: its kind, and what its importance matrix was made on."""
        return f"{file.kind}-{self._used[1]}" if file.importance else file.kind

    def cost(self, file: File) -> dict[str, object]:
        """How near the base, packed as that file is, stays to itself; nothing where it cannot be packed so."""
        request, plain, base = self._whole.request, self._whole.plain, self._base
        request.emit("phase", name="base", file=file.kind)
        packed = self._whole.place / f"{file.kind}.gguf"
        threads, rows = torch.get_num_threads(), self._used[0] if file.importance else []
        matrix = importance_of(plain, rows, threads, silent, request.check) if rows else None
        quantise(plain, packed, file.kind, threads, silent, request.check, matrix)
        asked = Examination(base, self._whole.texts, lambda: self._whole.reference, (), request.check, self._told)
        found = asked.of(packed)
        packed.unlink()
        if found.near is None or found.trouble is not None:
            return {}
        return {key: asdict(row) for key, row in found.near.items()}

    @property
    def _base(self) -> Base:
        return self._source.base

    @cached_property
    def _used(self) -> tuple[list[list[int]], str]:
        """What the importance matrix of the model's files was made on, and its name; nothing where that is gone."""
        try:
            rows, _words = calibration(self._source)
        except LorewrightError:
            rows = []
        return rows, hashlib.sha256(repr(rows).encode()).hexdigest()[:16]
