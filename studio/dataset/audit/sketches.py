"""Owns a row's likeness: pairs of neighbouring words as numbers, and MinHash bands of them; compares nothing.

What is compared is the talk without SYSTEM, which many rows share, and beside it what is learnt: two rows are near
only where both are. All numbers are the same on every machine and in every process.
"""

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

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
_EDGES = (_EDGE,)


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


_number_of = _WordNumbers().__getitem__


def rows_in_band(limit: float) -> int:
    """How many of the permutations stand in a band so that rows as near as `limit` share one for sure (to 0.5%)."""
    for rows in range(PERMUTATIONS, 1, -1):
        bands = PERMUTATIONS // rows
        if 1 - (1 - limit**rows) ** bands >= _SURE:
            return rows
    return 1


@dataclass(frozen=True, slots=True)
class Sketches:
    """The likenesses of several rows, in few arrays: quickly sent to another process."""

    exact: tuple[int, ...]
    bands: Keys
    whole: "Sets"
    learnt: "Sets"

    def __iter__(self) -> Iterator[Sketch]:
        for at, exact in enumerate(self.exact):
            yield Sketch(exact, self.bands[at], self.whole.of(at), self.learnt.of(at))


@dataclass(frozen=True, slots=True)
class Sets:
    """Sorted numbers of several rows, one behind the other; `ends` has where each row's end, after a zero."""

    flat: Numbers
    ends: npt.NDArray[np.int64]

    def of(self, row: int) -> Numbers:
        """The numbers of one row."""
        return self.flat[self.ends[row] : self.ends[row + 1]]


def sketches(sights: Sequence[Sight], rows: int) -> Sketches:
    """The rows' likenesses, with `rows` of the permutations to a band."""
    whole = _sets([_said(sight) for sight in sights])
    learnt = _sets([_said(sight, learnt=True) for sight in sights])
    return Sketches(tuple(map(exact_number, sights)), _bands(whole, rows), whole, learnt)


def _said(sight: Sight, learnt: bool = False) -> list[Sequence[str]]:
    """The words of each message but SYSTEM, or of those that are learnt."""
    said = [
        (words, trained)
        for (role, _content, trained), words in zip(sight.talk.messages, sight.words_by_message, strict=True)
        if role != SYSTEM
    ]
    if learnt:
        return [words for words, trained in said if trained] or [words for words, _trained in said[-1:]]
    rejected = sight.talk.rejected
    return [*(words for words, _trained in said), *([] if rejected is None else [words_of(rejected)])]


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


def _sets(rows: Sequence[Sequence[Sequence[str]]]) -> Sets:
    """The numbers of the rows' neighbouring words; a message's beginning and end count as a word."""
    counts = [sum(len(words) + 2 for words in said) for said in rows]
    each = (number for said in rows for words in said for number in chain(_EDGES, map(_number_of, words), _EDGES))
    single = np.fromiter(each, np.uint64, sum(counts))
    mixed = _mixed(single[:-1], single[1:]) if len(single) else single
    # The last word of a message and the edge behind it make no pair with the next message's first.
    inside = np.flatnonzero((single[:-1] != _EDGE) | (single[1:] != _EDGE)) if len(single) else np.empty(0, np.int64)
    owners = np.repeat(np.arange(len(rows), dtype=np.uint64), counts)
    keys = np.unique(owners[inside] << _32 | mixed[inside] >> _32)
    starts = np.searchsorted(keys, np.arange(len(rows) + 1, dtype=np.uint64) << _32)
    return _no_more(keys.astype(np.uint32), starts)


def _mixed(one: Keys, other: Keys | np.uint64) -> Keys:
    """A number for each two, with no order left in it."""
    with np.errstate(over="ignore"):
        mixed: Keys = one * _A + other
        mixed ^= mixed >> _30
        mixed *= _B
        mixed ^= mixed >> _27
        mixed *= _C
        mixed ^= mixed >> _31
    return mixed


def _no_more(numbers: Numbers, ends: npt.NDArray[np.int64]) -> Sets:
    """At most MOST of each row."""
    counts = np.diff(ends)
    if not len(counts) or counts.max() <= MOST:
        return Sets(numbers, ends)
    kept = np.arange(len(numbers)) - np.repeat(ends[:-1], counts) < MOST
    return Sets(numbers[kept], np.append(0, np.cumsum(np.minimum(counts, MOST))))


def _bands(sets: Sets, rows: int) -> Keys:
    """The bands of each row, as numbers of their own for each band."""
    count = len(sets.ends) - 1
    tokens = _mixed(sets.flat.astype(np.uint64), _A)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(tokens, sets.ends.astype(np.uint64), PERMUTATIONS, _SEED)
    bands = PERMUTATIONS // rows
    least = np.array(matrix.to_rows(), np.uint64).reshape(count, PERMUTATIONS)[:, : bands * rows]
    keys = np.repeat(np.arange(bands, dtype=np.uint64)[None, :] * _B, count, axis=0)
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
