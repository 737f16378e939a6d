"""Owns one model of the parity gate, whole, and what is made of it when it is needed: its folder, scores and F16."""

import math
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import psutil
import torch

from studio.amounts import GB
from studio.evaluation.parity_errors import MemoryTooSmall
from studio.evaluation.parity_texts import Text
from studio.gguf.soundness import tensors_of
from studio.workers._base import load_model
from studio.workers._converter import to_gguf
from studio.workers._inert import inert_folder
from studio.workers._merge import Source
from studio.workers._parity_scores import Reference
from studio.workers._serve import Request
from studio.workers._ways import ORIGINAL, merged


def check_memory(folder: Path, name: str) -> None:
    """Raises MemoryTooSmall where a merged model cannot be loaded in float32."""
    weights = sum(math.prod(stored.shape) for stored in tensors_of(folder).values())
    needed, free = 4 * weights, psutil.virtual_memory().available
    if needed > free:
        raise MemoryTooSmall(model=name, needed=f"{needed / GB:.1f}", free=f"{free / GB:.1f}")


class Whole:
    """A source merged one way, under `place`; each part is made once."""

    def __init__(
        self, request: Request, source: Source, texts: Sequence[Text], place: Path, bases: Path, way: str = ORIGINAL
    ) -> None:
        self.request, self.source, self.texts, self.place, self.bases = request, source, texts, place, bases
        self.way = way

    @cached_property
    def folder(self) -> Path:
        """The model as the converter is given it."""
        self.request.emit("phase", name="merge")
        into = self.place / "whole"
        into.mkdir(parents=True)
        return merged(self.source, self.bases, into, self.request.check, self.way)

    @cached_property
    def reference(self) -> Reference:
        """What it says to every text, in float32."""
        folder = self.folder
        check_memory(folder, self.source.name)
        self.request.emit("phase", name="models")
        load, place = lambda: load_model(folder, torch.float32), self.place / "known"
        return Reference(load, self.texts, place, self.request.check, self._read)

    def _read(self, done: int, of: int) -> None:
        self.request.emit("progress", part="read", fraction=round(done / of, 3))

    @cached_property
    def plain(self) -> Path:
        """It as F16."""
        folder = inert_folder(self.folder, self.place / "inert")
        self.request.emit("phase", name="convert")
        target = self.place / "plain.gguf"
        to_gguf(folder, target, self.source.inner_name, silent, self.request.check)
        return target


def silent(_share: float) -> None:
    """Hears of shares that nobody waits for."""
