"""Damaged GGUF files by the thousand: each made from a whole one by a few hurts of kinds that occur."""

import random
import struct
from collections.abc import Iterator

_EXTREME = (0, 1, 2, 7, 31, 255, 1 << 16, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 61, (1 << 63) - 1, (1 << 64) - 1)


class _Random(random.Random):
    """A random generator that knows how long the file's header is."""

    header = 1200


def mutated(whole: bytes, count: int, seed: int, header: int = 1200) -> Iterator[bytes]:
    """So many damaged files; the same for the same seed."""
    rng = _Random(seed)
    rng.header = header
    hurts = (_flip, _extreme, _extreme, _extreme, _cut, _insert, _remove, _swap, _repeat, _blank)
    for _number in range(count):
        data = bytearray(whole)
        for _hurt in range(rng.choice((1, 1, 1, 2, 4))):
            rng.choice(hurts)(data, rng)
        yield bytes(data)


def _place(data: bytearray, rng: _Random, room: int = 1) -> int:
    """Somewhere in the file, mostly in its header."""
    end = max(1, len(data) - room + 1)
    return rng.randrange(min(end, rng.header)) if rng.random() < 0.9 else rng.randrange(end)


def _flip(data: bytearray, rng: _Random) -> None:
    if data:
        data[_place(data, rng)] ^= 1 << rng.randrange(8)


def _extreme(data: bytearray, rng: _Random) -> None:
    """A number that is as large, or as small, as a count, a length, a kind or an offset can be."""
    form = rng.choice("IQQ")
    value = struct.pack("<" + form, rng.choice(_EXTREME) & (0xFFFFFFFF if form == "I" else (1 << 64) - 1))
    at = _place(data, rng, len(value))
    data[at : at + len(value)] = value


def _cut(data: bytearray, rng: _Random) -> None:
    del data[_place(data, rng) :]


def _insert(data: bytearray, rng: _Random) -> None:
    at = _place(data, rng)
    data[at:at] = rng.randbytes(rng.randint(1, 64))


def _remove(data: bytearray, rng: _Random) -> None:
    at = _place(data, rng)
    del data[at : at + rng.randint(1, 64)]


def _swap(data: bytearray, rng: _Random) -> None:
    one, other = _place(data, rng, 8), _place(data, rng, 8)
    data[one : one + 8], data[other : other + 8] = data[other : other + 8], data[one : one + 8]


def _repeat(data: bytearray, rng: _Random) -> None:
    at = _place(data, rng)
    data[at:at] = data[at : at + rng.randint(1, 200)]


def _blank(data: bytearray, rng: _Random) -> None:
    at = _place(data, rng)
    length = min(rng.randint(1, 64), len(data) - at)
    data[at : at + length] = bytes(max(0, length))
