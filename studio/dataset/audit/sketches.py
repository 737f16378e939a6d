"""Owns a row's likeness: pairs of neighbouring words as numbers, and MinHash bands of them; compares nothing.

What is compared is the talk without SYSTEM, which many rows share, and beside it what is learnt: two rows are near
only where both are. All numbers are the same on every machine and in every process.
"""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rensa import RMinHash

from studio.chat.messages import SYSTEM
from studio.dataset.audit.phrases import words_of
from studio.dataset.audit.sight import LONG, Sight

Numbers = npt.NDArray[np.uint32]
Keys = npt.NDArray[np.uint64]

PERMUTATIONS = 128
MOST = 4096
"""Word pairs that are kept of a row; of a longer one these are the smallest numbers, a fair sample."""

_SEED = 20
_SURE = 0.995
_KNOWN_WORDS = 200_000
_A, _B, _C = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31, _32 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32)
_EDGE = 0x5EED


@dataclass(frozen=True, slots=True)
class Sketch:
    """One row: the number of all it says, its bands, and the sorted numbers of its word pairs, whole and learnt."""

    exact: int
    bands: Keys
    whole: Numbers
    learnt: Numbers


class _WordNumbers(dict[str, int]):
    """A number for each word, made once."""

    def __missing__(self, word: str) -> int:
        if len(self) >= _KNOWN_WORDS:
            self.clear()
        number = zlib.crc32(word.encode("utf-8", "surrogatepass")) | (len(word) & 0xFF) << 32
        self[word] = number
        return number


_numbers = _WordNumbers()


def rows_in_band(limit: float) -> int:
    """How many of the permutations stand in a band so that rows as near as `limit` share one for sure (to 0.5%)."""
    for rows in range(PERMUTATIONS, 1, -1):
        bands = PERMUTATIONS // rows
        if 1 - (1 - limit**rows) ** bands >= _SURE:
            return rows
    return 1


def sketches(sights: Sequence[Sight], rows: int) -> list[Sketch]:
    """The rows' likenesses, with `rows` of the permutations to a band."""
    wholes, learnt = zip(*map(_said, sights), strict=True) if sights else ((), ())
    bands = _bands(wholes, rows)
    return [
        Sketch(exact_number(sight), bands[at], _short(wholes[at]), _short(learnt[at]))
        for at, sight in enumerate(sights)
    ]


def _said(sight: Sight) -> tuple[Keys, Keys]:
    """The pairs of all that is said but SYSTEM, and of what is learnt."""
    whole, learnt = [], []
    for (role, _content, trained), words in zip(sight.talk.messages, sight.words_by_message, strict=True):
        if role != SYSTEM:
            whole.append(_pairs(words))
            if trained:
                learnt.append(whole[-1])
    learnt = learnt or whole[-1:]
    if sight.talk.rejected is not None:
        whole.append(_pairs(words_of(sight.talk.rejected)))
    return _once(whole), _once(learnt)


def _once(parts: Sequence[Keys]) -> Keys:
    """Sorted, each once, and no more than MOST."""
    found: Keys = np.unique(np.concatenate(parts))[:MOST] if parts else np.empty(0, np.uint64)
    return found


def exact_number(sight: Sight) -> int:
    """A number that rows share which say the same but for capitals, marks and spaces."""
    messages = zip(sight.talk.messages, sight.words_by_message, strict=True)
    said = [
        f"{role}\n{' '.join(words) if len(content) <= LONG else content}"
        for (role, content, _trained), words in messages
    ]
    said.append("" if sight.talk.rejected is None else " ".join(words_of(sight.talk.rejected)))
    data = "\x00".join(said).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")


def _pairs(words: Sequence[str]) -> Keys:
    """The numbers of a text's neighbouring words; beginning and end count as a word."""
    single = np.fromiter(map(_numbers.__getitem__, words), np.uint64, len(words))
    padded = np.empty(len(words) + 2, np.uint64)
    padded[0] = padded[-1] = _EDGE
    padded[1:-1] = single
    with np.errstate(over="ignore"):
        mixed = padded[:-1] * _A + padded[1:]
        mixed ^= mixed >> _30
        mixed *= _B
        mixed ^= mixed >> _27
        mixed *= _C
        mixed ^= mixed >> _31
    return mixed


def _short(pairs: Keys) -> Numbers:
    """The upper halves: enough to tell the pairs of two rows apart, and still in order."""
    return (pairs >> _32).astype(np.uint32)


def _bands(pairs: Sequence[Keys], rows: int) -> Keys:
    """The bands of each row, as numbers of their own for each band."""
    offsets = np.zeros(len(pairs) + 1, np.uint64)
    np.cumsum([len(one) for one in pairs], out=offsets[1:])
    flat = np.concatenate(pairs) if pairs else np.empty(0, np.uint64)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(flat, offsets, PERMUTATIONS, _SEED)
    bands = PERMUTATIONS // rows
    least = np.array(matrix.to_rows(), np.uint64).reshape(len(pairs), PERMUTATIONS)[:, : bands * rows]
    keys = np.repeat(np.arange(bands, dtype=np.uint64)[None, :] * _B, len(pairs), axis=0)
    with np.errstate(over="ignore"):
        for row in range(rows):
            keys = (keys ^ least[:, row::rows][:, :bands]) * _A
            keys ^= keys >> _31
    return keys


def share(one: Numbers, other: Numbers) -> float:
    """How much of all their word pairs two rows have in common; of long rows a fair estimate."""
    if not len(one) or not len(other):
        return float(len(one) == len(other))
    both = np.intersect1d(one, other, assume_unique=True)
    if len(one) < MOST and len(other) < MOST:
        return len(both) / (len(one) + len(other) - len(both))
    sample = np.union1d(one, other)[:MOST]
    return int(np.searchsorted(both, sample[-1], side="right")) / len(sample)
