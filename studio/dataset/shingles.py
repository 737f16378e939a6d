"""Owns the runs of five words in texts, as numbers, many texts at a time; compares nothing.

All is done in vectors: the hash of a word is the difference of two running sums, brought to one place.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]
T = TypeVar("T")

WORDS = 5
LONGEST = 1_000_000
"""Of a longer text the beginning counts."""
_BATCH = 500_000
"""Bytes at a time: as many as the processor has room for beside their numbers."""
_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 2**64)
_POWERS = tuple(np.uint64(pow(0xD6E8FEB86659FD93, number + 1, 2**64)) for number in range(WORDS))
_MIX = np.uint64(0xFF51AFD7ED558CCD)
_LETTER = np.array([chr(byte).isalnum() or byte >= 128 for byte in range(256)])  # the bytes of UTF-8 past ASCII too


@dataclass(frozen=True, slots=True)
class Batch(Generic[T]):
    """Texts with all their runs: `runs` in the order of the texts, `owners` the place of each one's text in `of`."""

    of: tuple[T, ...]
    runs: Hashes
    owners: Places


def batches(texts: Iterable[tuple[T, str]]) -> Iterator[Batch[T]]:
    """The runs of texts, each text with what it is of; a text with fewer words has none. Memory holds one batch."""
    waiting: list[tuple[T, bytes]] = []
    size = 0
    for of, text in texts:
        waiting.append((of, text[:LONGEST].lower().encode("utf-8", "surrogatepass")))
        size += len(waiting[-1][1]) + 1
        if size > _BATCH:
            yield _batch(waiting)
            waiting, size = [], 0
    if waiting:
        yield _batch(waiting)


def _batch(texts: Sequence[tuple[T, bytes]]) -> Batch[T]:
    words, starts = _words(np.frombuffer(b" ".join(text for _of, text in texts), np.uint8))
    ends = np.cumsum(np.fromiter((len(text) + 1 for _of, text in texts), np.int64, len(texts)))
    owners = np.searchsorted(ends, starts, "right").astype(np.int64)
    of = tuple(one for one, _text in texts)
    if len(words) < WORDS:
        return Batch(of, np.empty(0, np.uint64), np.empty(0, np.int64))
    whole = owners[: len(owners) - WORDS + 1] == owners[WORDS - 1 :]  # no run goes over the end of its text
    runs = np.zeros(len(whole), np.uint64)
    for number, power in enumerate(_POWERS):
        runs += words[number : number + len(whole)] * power
    return Batch(of, runs[whole], owners[: len(whole)][whole])


def _words(text: NDArray[np.uint8]) -> tuple[Hashes, Places]:
    """The hash of each word, and where it begins."""
    inside = np.concatenate([[False], _LETTER[text], [False]])
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    starts, ends = edges[::2], edges[1::2]
    powers, back = _powers(1 << len(text).bit_length())
    sums = np.concatenate(
        [np.zeros(1, np.uint64), np.cumsum((text.astype(np.uint64) + np.uint64(1)) * powers[: len(text)])]
    )
    words = (sums[ends] - sums[starts]) * back[starts]
    words ^= words >> np.uint64(29)
    words *= _MIX
    words ^= words >> np.uint64(32)
    return words, starts.astype(np.int64)


@lru_cache(maxsize=1)
def _powers(count: int) -> tuple[Hashes, Hashes]:
    """The powers of the base and of its inverse; two batches in a row are about equally long."""
    return tuple(np.cumprod(np.full(count, one, np.uint64)) for one in (_BASE, _INVERSE))  # type: ignore[return-value]
