"""Owns what the workers that continue token ids have in common; knows no library that does it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """A prompt that is continued with what is likeliest, held to a grammar where there is one."""

    prompt: list[int]
    max_tokens: int
    grammar: str | None = None


@dataclass(frozen=True, slots=True)
class Generated:
    """What came of one prompt. `reused` counts prompt tokens that stood in the cache; times in seconds."""

    ids: list[int]
    stop: str
    prompt_tokens: int
    reused: int
    first_token: float
    seconds: float


def common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    """How many leading tokens two lists share."""
    first, second = list(one), list(other)
    low, high = 0, min(len(first), len(second))
    while low < high:  # stretches are compared by one call each
        middle = (low + high + 1) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
