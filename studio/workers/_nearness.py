"""Owns teacher-forced scores of a model of transformers, and how near two models' scores lie, both in slices."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from studio.evaluation.parity import ALL, TRAINED_ON, Nearness
from studio.workers._base import Model
from studio.workers._rows import Rows, RowsFile

_ENDLESS = 1e6
"""Stands for a divergence that is no number: a model that says such is near to none."""

_STRETCH = 256
_SLICE = 128
"""Positions that are in memory at once, while scores are made and while they are compared."""


@torch.inference_mode()
def save_scores(model: Model, ids: Sequence[int], file: Path, check: Callable[[], None]) -> None:
    """Float32 logits of every position but the last, saved as .npy; `check` is called between stretches."""
    told = torch.tensor([list(ids[:-1])], device=model.device)
    kept = None
    with RowsFile(file, len(ids) - 1, _width(model, told)) as rows:
        for at in range(0, told.shape[1], _STRETCH):
            check()
            out = model(input_ids=told[:, at : at + _STRETCH], past_key_values=kept, use_cache=True)
            kept = out.past_key_values
            rows.add(out.logits[0].float().cpu().numpy())


@torch.inference_mode()
def _width(model: Model, ids: torch.Tensor) -> int:
    return int(model(input_ids=ids[:, :1], use_cache=False).logits.shape[-1])


@dataclass(slots=True)
class Sum:
    """Sums over positions: how many, how many with the same likeliest token, and the divergence in nats."""

    positions: int = 0
    same: int = 0
    divergence: float = 0.0

    def take(self, same: torch.Tensor, divergence: torch.Tensor) -> None:
        """Takes in positions that were compared."""
        self.positions += len(same)
        self.same += int(same.sum())
        self.divergence += float(divergence.sum(dtype=torch.float64))

    def add(self, known: Rows, found: Rows) -> None:
        """Takes in all positions of a text."""
        for _at, same, apart in compared(known, found):
            self.take(same, apart)

    def mean(self) -> Nearness:
        """The means so far."""
        count = max(1, self.positions)
        apart = self.divergence / count
        apart = max(0.0, apart) if math.isfinite(apart) else _ENDLESS
        return Nearness(self.positions, round(self.same / count, 6), round(apart, 8))


def compared(known: Rows, found: Rows) -> Iterator[tuple[int, torch.Tensor, torch.Tensor]]:
    """Slices of positions: where each begins, whether the likeliest token is the same, and the divergence."""
    width = min(known.shape[1], found.shape[1])  # a table of embeddings may have rows without a token at its end
    for at in range(0, len(known), _SLICE):
        p, q = (torch.from_numpy(np.array(rows[at : at + _SLICE, :width])) for rows in (known, found))
        same = p.argmax(-1) == q.argmax(-1)
        p, q = p.log_softmax(-1), q.log_softmax(-1)
        yield at, same, (p.exp() * (p - q)).sum(-1)


class Sums:
    """How near the scores of a model are to the known ones, text by text: at all positions, and where told to look."""

    def __init__(self) -> None:
        self._sums = {ALL: Sum(), TRAINED_ON: Sum()}

    def add(self, known: Path, found: Path, mask: Sequence[bool]) -> None:
        """Takes in one text: both files of rows, and for each of its ids but the first whether it is looked at."""
        one, other = (np.load(file, mmap_mode="r", allow_pickle=False) for file in (known, found))
        looked = torch.tensor(list(mask))
        for at, same, apart in compared(one, other):
            here = looked[at : at + _SLICE]
            self._sums[ALL].take(same, apart)
            self._sums[TRAINED_ON].take(same[here], apart[here])

    def near(self) -> dict[str, Nearness]:
        """The means so far."""
        return {name: found.mean() for name, found in self._sums.items()}
