"""Owns the forecast of what a model takes of main memory while it is played on a processor, by part.

The figures of the parts that are no plain sums (program, vocabulary, workspace) were measured on our llama worker,
which reads 512 tokens at once; `benchmarks/converting.py --memory` holds the whole to the worker's peak.
"""

from dataclasses import dataclass

from studio.gguf.outline import OUTPUT, Outline
from studio.gguf.recipes import Packed

_PROGRAM = 62_400_000
"""The worker with its libraries before a model is loaded, and what a context takes of any size."""
_TOKEN, _MERGE, _MERGE_LOADING = 284, 80, 42
"""Bytes for a word of the vocabulary and for a merge, and what a merge takes besides while the file is read."""
_TOGETHER = 512
"""Tokens that are read at once."""
STATES = 14
"""Bytes for each number of a token's state that lives at once, widths of state and feed-forward part together."""
_TO_BLOCKS_OF_8 = frozenset({"Q4_0", "Q4_K", "IQ4_NL", "Q2_K", "MXFP4"})
"""Types that llama.cpp lays out anew for the processor, beside the file that stays mapped."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes by part at a context length."""

    context: int
    weights: int
    laid_out: int
    keys: int
    vocabulary: int
    workspace: int
    program: int = _PROGRAM

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.laid_out + self.keys + self.vocabulary + self.workspace + self.program


def laid_out_anew(tensors: list[Packed]) -> int:
    """Bytes of the matrices that lie in memory twice."""
    return sum(
        tensor.size
        for tensor in tensors
        if tensor.given.name in _TO_BLOCKS_OF_8
        and len(tensor.piece.shape) > 1
        and tensor.piece.shape[1] % 8 == 0
        and (tensor.piece.name.startswith("blk.") or tensor.piece.name == OUTPUT)
    )


def memory_of(model: Outline, weights: int, laid_out: int, context: int) -> Memory:
    """What a model takes with `weights` bytes of tensors when `context` tokens were played."""
    room = -(-min(context, model.context) // 256) * 256
    keys = 2 * room * model.layers * model.groups * (model.key + model.value)
    work = STATES * _TOGETHER * (model.width + model.inner) + 4 * _TOGETHER * room
    words = _TOKEN * model.vocabulary + _MERGE * model.merges
    return Memory(room, weights, laid_out, keys, words, max(work, _MERGE_LOADING * model.merges))
