"""Owns whether the weights of a GGUF are numbers: the scale of each packed block, and each plain weight.

Reads the mapped file in slices, so that the memory stays the same whatever the file's size. Where a block's scales
stand is ggml's own layout (`ggml-common.h`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from studio.gguf.reader import Gguf, Tensor

_SLICE = 8 << 20
"""Bytes of the file looked at in one go."""
_HALVES = {
    "Q4_0": (0,), "Q4_1": (0, 2), "Q5_0": (0,), "Q5_1": (0, 2), "Q8_0": (0,), "Q8_1": (0, 2), "Q2_K": (80, 82),
    "Q3_K": (108,), "Q4_K": (0, 2), "Q5_K": (0, 2), "Q6_K": (208,), "IQ2_XXS": (0,), "IQ2_XS": (0,), "IQ2_S": (0,),
    "IQ3_XXS": (0,), "IQ3_S": (0,), "IQ1_S": (0,), "IQ4_NL": (0,), "IQ4_XS": (0,), "TQ1_0": (52,), "TQ2_0": (64,),
    "Q1_0": (0,), "Q2_0": (0,), "F16": (0,),
}  # fmt: skip
"""Where in a block its 16-bit scales and minima stand."""
_NO_NUMBERS = frozenset({"I8", "I16", "I32", "I64", "NVFP4"})
"""Types in which every pattern of bits is a number."""

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint16]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Bad:
    """A tensor with blocks that are no numbers: how many, and the first one's place in it."""

    tensor: str
    type: str
    blocks: int
    first: int


def bad_tensors(gguf: Gguf) -> Iterator[Bad]:
    """The tensors in which a weight is infinite or no number, in file order."""
    for tensor in gguf.tensors:
        found = _bad(gguf, tensor)
        if found is not None:
            yield found


def _bad(gguf: Gguf, tensor: Tensor) -> Bad | None:
    if tensor.type.name in _NO_NUMBERS:
        return None
    width, total, first = tensor.type.bytes, 0, -1
    step = max(1, _SLICE // width)
    blocks = tensor.size // width
    for at in range(0, blocks, step):
        count = min(step, blocks - at)
        data = np.frombuffer(gguf.raw(tensor, at * width, count * width), np.uint8)
        flags = _flags(tensor.type.name, data.reshape(count, width))
        if flags.any():
            first = at + int(flags.argmax()) if first < 0 else first
            total += int(flags.sum())
    return Bad(tensor.name, tensor.type.name, total, first) if total else None


def _flags(kind: str, blocks: Bytes) -> Flags:
    """Which of the blocks hold a scale that is no number."""
    if kind in _HALVES:
        flags: Flags = np.zeros(len(blocks), np.bool_)
        for at in _HALVES[kind]:
            flags |= _odd(_words(blocks, at), 0x7C00)
        return flags
    if kind == "BF16":
        return _odd(_words(blocks, 0), 0x7F80)
    if kind == "IQ1_M":  # a quarter of the scale in the high bits of each of four words
        parts = [_words(blocks, at) for at in (48, 50, 52, 54)]
        joined: Words = (parts[0] >> 12 | parts[1] >> 8 & 0x00F0 | parts[2] >> 4 & 0x0F00 | parts[3] & 0xF000).view(
            "<u2"
        )
        return _odd(joined, 0x7C00)
    if kind == "MXFP4":
        return np.equal(blocks[:, 0], 0xFF)
    form = "<f8" if kind == "F64" else "<f4"  # F32, and the scale of Q8_K
    scales = np.ascontiguousarray(blocks[:, : np.dtype(form).itemsize]).view(form)[:, 0]
    odd: Flags = ~np.isfinite(scales)
    return odd


def _words(blocks: Bytes, at: int) -> Words:
    return np.ascontiguousarray(blocks[:, at : at + 2]).view("<u2")[:, 0]


def _odd(words: Words, exponent: int) -> Flags:
    """A 16-bit float is no number, or infinite, where all bits of its exponent are set."""
    flags: Flags = np.equal(words & exponent, exponent)
    return flags
