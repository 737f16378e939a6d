"""Owns what the sequences beside the kept one hold between requests, so that a talk that goes on is not read again.

A talk that loses its place to another is put aside in the machine's memory, as far as there is room for it, and comes
back from there. Knows no sampling and no batch.
"""

import ctypes
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import llama_cpp as ll

from studio.workers._continuing import common_prefix

ASIDE = 512 << 20
"""Bytes of talks that are put aside."""

_WORTH = 24
"""Tokens of a talk that are put aside; fewer are read again as quickly."""

ALIKE = 16
"""Tokens of a prompt's end in which the talk that goes on from it may differ: a forced opening is encoded anew."""


@dataclass(slots=True, eq=False)
class Lane:
    """One sequence: the ids that it holds, and a number for each of its cells, the same where two share one.

    `asked` of the ids are the prompt that was answered last, what follows is the answer.
    """

    sequence: int
    ids: list[int] = field(default_factory=list)
    cells: list[int] = field(default_factory=list)
    used: int = 0
    asked: int = 0


@dataclass(frozen=True, slots=True)
class _Talk:
    """A talk put aside: llama.cpp's own form of it, and how much of it was the prompt."""

    data: bytes
    asked: int


class Lanes:
    """The sequences 1 and up of a context, and what was put aside. `rewinds`: a sequence's end can be cut off."""

    def __init__(self, context: Any, sequences: int, *, rewinds: bool, aside: int = ASIDE) -> None:
        self.all = [Lane(number) for number in range(1, sequences)]
        self._context, self._memory = context, ll.llama_get_memory(context)
        self._rewinds, self._room = rewinds, aside
        self._aside: OrderedDict[tuple[int, ...], _Talk] = OrderedDict()
        self._cells, self._clock = count(), count(1)

    def reusable(self, held: Sequence[int], prompt: Sequence[int]) -> int:
        """How much of a prompt stands in what is held; its last token is always read, for its logits."""
        length = min(common_prefix(held, prompt), len(prompt) - 1)
        return length if self._rewinds or length == len(held) else 0

    def put_aside(self, prompt: Sequence[int]) -> tuple[tuple[int, ...], int]:
        """The talk put aside that holds most of a prompt, and how much; nothing and 0 where none does."""
        return max(((ids, self.reusable(ids, prompt)) for ids in self._aside), key=lambda one: one[1], default=((), 0))

    def goes_on(self, lane: Lane, prompt: Sequence[int]) -> int:
        """How much of a prompt stands in a lane, where it goes on with the lane's talk; else 0."""
        length = self.reusable(lane.ids, prompt)
        return length if lane.ids and length >= lane.asked - ALIKE else 0

    def begin(self, lane: Lane) -> None:
        """Marks a lane as used last."""
        lane.used = next(self._clock)

    def grow(self, lane: Lane, ids: Iterable[int]) -> None:
        """Says that ids now stand at the lane's end."""
        before = len(lane.ids)
        lane.ids.extend(ids)
        lane.cells.extend(next(self._cells) for _id in lane.ids[before:])

    def cut(self, lane: Lane, length: int) -> None:
        """Drops what a lane holds past `length`."""
        ll.llama_memory_seq_rm(self._memory, lane.sequence, length, -1)
        del lane.ids[length:], lane.cells[length:]

    def copy(self, source: Lane, target: Lane, length: int) -> None:
        """Lets an empty lane share the beginning of another; a running state would be copied whole."""
        ll.llama_memory_seq_cp(self._memory, source.sequence, target.sequence, 0, length)
        target.ids, target.cells = source.ids[:length], source.cells[:length]

    def take_over(self, lane: Lane, length: int) -> None:
        """Cuts a lane for another talk, and puts aside what it held where more is lost than an answer."""
        if lane.asked - length >= _WORTH:
            self._save(lane)
        self.cut(lane, length)

    def _save(self, lane: Lane) -> None:
        size = ll.llama_state_seq_get_size(self._context, lane.sequence)
        if not 0 < size <= self._room:
            return
        buffer = (ctypes.c_uint8 * size)()
        written = ll.llama_state_seq_get_data(self._context, buffer, size, lane.sequence)
        self._aside[tuple(lane.ids)] = _Talk(bytes(memoryview(buffer)[:written]), lane.asked)
        while sum(len(talk.data) for talk in self._aside.values()) > self._room:
            self._aside.popitem(last=False)

    def restore(self, lane: Lane, ids: tuple[int, ...], length: int) -> int:
        """Brings back the beginning of what was put aside into an empty lane; how much came, which may be nothing.

        What is taken only as the beginning of another talk stays aside.
        """
        talk = self._aside.get(ids)
        if talk is None:  # others that were put aside since took its room
            return 0
        if length >= talk.asked - ALIKE:
            del self._aside[ids]
        buffer = (ctypes.c_uint8 * len(talk.data)).from_buffer_copy(talk.data)
        if not ll.llama_state_seq_set_data(self._context, buffer, len(talk.data), lane.sequence):
            self.cut(lane, 0)  # no stretch of the cache is free for it in one piece
            return 0
        self.grow(lane, ids)
        self.cut(lane, length)
        return length

    def taken(self, lanes: Iterable[Lane]) -> int:
        """How many cells lanes hold together."""
        return len({cell for lane in lanes for cell in lane.cells})

    def make_room(self, free: int, size: int, kept: Sequence[Lane] = ()) -> None:
        """Empties lanes that are not `kept`, the longest unused first, until `free` of the cache's cells are."""
        others = sorted((lane for lane in self.all if lane.ids and lane not in kept), key=lambda lane: lane.used)
        while others and self.taken(self.all) + free > size:
            self.take_over(others.pop(0), 0)

    def forget(self) -> None:
        """Empties all lanes, and forgets what was put aside."""
        for lane in self.all:
            if lane.ids:
                self.cut(lane, 0)
        self._aside.clear()
