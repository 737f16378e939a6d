"""Owns what the processes of one training tell each other: whose share is which, whether a step holds, its sum.

Rank 0 leads (`_crew`); the others follow (`_rank`). All sums go through gloo, on graphics cards too: an adapter's
gradients are small, it runs on every system, and a process that is gone ends a sum at once instead of hanging it.
"""

import datetime
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psutil
import torch
import torch.distributed as distributed

from studio.workers._adapter import Adapter
from studio.workers._memory import out_of_memory

Store = Any
_NOWHERE = -1
_FINE, _FULL, _FAILED = 0, 1, 2
_PATIENCE = datetime.timedelta(hours=12)
"""How long a rank waits for the others, which may look at samples meanwhile; one that is gone is seen at once."""


class FullElsewhere(MemoryError):
    """Another rank has too little memory for its share of a step."""


class StepLeft(Exception):
    """Another rank gave a step up; nothing of it was learnt."""


class Ranks:
    """One of the `count` processes that take every step together; `number` 0 leads.

    A step has at most so many `places` of examples.
    """

    def __init__(self, number: int, count: int, store: Store, places: int) -> None:
        self.number, self.count, self._places = number, count, places
        self.broken = False
        _loopback()
        distributed.init_process_group("gloo", store=store, rank=number, world_size=count, timeout=_PATIENCE)

    def close(self) -> None:
        """Leaves the group."""
        distributed.destroy_process_group()

    def call(self, places: Sequence[int]) -> None:
        """Tells all the examples of the next step, or by none that the run is over; of rank 0."""
        self._spread([*places, *[_NOWHERE] * (self._places - len(places))])

    def called(self) -> list[int]:
        """The examples of the next step, none where the run is over."""
        return self._spread([_NOWHERE] * self._places)

    def _spread(self, places: list[int]) -> list[int]:
        told = torch.tensor(places, dtype=torch.int64)
        with self._whole():
            distributed.broadcast(told, 0)
        return [int(place) for place in told if place != _NOWHERE]

    def share(self, lengths: Sequence[int]) -> list[int]:
        """The places of the examples that are this rank's, none of them parted: about as many tokens for each rank."""
        held, tokens = [list[int]() for _rank in range(self.count)], [0] * self.count
        for place in sorted(range(len(lengths)), key=lambda place: (-lengths[place], place)):
            least = min(range(self.count), key=lambda rank: (tokens[rank], len(held[rank]), rank))
            held[least].append(place)
            tokens[least] += lengths[place]
        return sorted(held[self.number])

    @contextmanager
    def agreed(self) -> Iterator[None]:
        """The block holds for all ranks or for none: raises FullElsewhere or StepLeft where it failed on another."""
        try:
            yield
        except BaseException as error:
            mine = _FULL if isinstance(error, Exception) and out_of_memory(error) else _FAILED
            if self._worst(mine) == mine:
                raise
            raise StepLeft from error
        worst = self._worst(_FINE)
        if worst == _FULL:
            raise FullElsewhere("another process of this training had too little memory")
        if worst == _FAILED:
            raise StepLeft

    def _worst(self, mine: int) -> int:
        told = torch.tensor([mine])
        with self._whole():
            distributed.all_reduce(told, distributed.ReduceOp.MAX)
        return int(told)

    def add(self, values: torch.Tensor) -> None:
        """Makes of the values, on a CPU, the sum of all ranks'."""
        with self._whole():
            distributed.all_reduce(values)

    def sum_up(self, adapter: Adapter, loss: float) -> float:
        """Lets every rank have the sum of the gradients; returns that of the losses."""
        gradients = adapter.gradients()
        self.add(gradients)
        adapter.take_gradients(gradients)
        total = torch.tensor([loss], dtype=torch.float64)
        self.add(total)
        return float(total)

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """A sum that fails means that another process is gone."""
        try:
            yield
        except RuntimeError as error:
            self.broken = True
            raise StepLeft from error


def _loopback() -> None:
    """Keeps what the ranks say to each other on this machine."""
    for name, addresses in psutil.net_if_addrs().items():
        if any(address.address == "127.0.0.1" for address in addresses):
            os.environ.setdefault("GLOO_SOCKET_IFNAME", name)
