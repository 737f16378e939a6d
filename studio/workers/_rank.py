"""Process of a training beside the worker: takes its share of every step, and says nothing.

Started by the worker, or by `accelerate launch` through the command line. It takes up the run from the checkpoint that
rank 0 names, so all ranks stand on the same; its random numbers are drawn anew for each step from the run's seed, its
own number and the step, so they need not be kept for a resume.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from torch.distributed import FileStore, rendezvous  # type: ignore[attr-defined]  # torch shows them so

from studio.errors import LorewrightError
from studio.gguf.base import open_base
from studio.jobs.protocol import Fields
from studio.training.checkpoints import CheckpointDamaged, whole_of
from studio.training.config import TrainingConfig
from studio.training.errors import LossDiverged
from studio.training.planning import learning_rate
from studio.workers._crew import ORDER, STORE
from studio.workers._device import processor_for
from studio.workers._hearing import beat
from studio.workers._lifeline import die_with_parent
from studio.workers._memory import out_of_memory
from studio.workers._places import cache_of
from studio.workers._ranks import Ranks, StepLeft, Store
from studio.workers._resume import as_it_was
from studio.workers._serve import Port, Request
from studio.workers._state import Saved, read_saved
from studio.workers._trainee import Trainee

_PATIENCE = timedelta(minutes=15)
"""How long rank 0 may take to plan a run before it says which one it is."""


class _Nobody(Port):
    """Where the events of a rank that does not speak go."""

    def __init__(self) -> None:
        """Takes no descriptor."""

    def send(self, message: Fields) -> None:
        """Lets an event go."""


def main() -> int:
    """Follows rank 0 to the end of the run; 0 where that was told."""
    die_with_parent()
    number, count = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    store = _store(count)
    try:
        return _follow(number, count, store)
    except StepLeft:
        return 1  # rank 0 or another is gone, and rank 0 says so
    except Exception as error:
        with suppress(RuntimeError):
            store.set(f"failed-{number}", str(error) if isinstance(error, LorewrightError) else repr(error)[:300])
        return 1


def _store(count: int) -> Store:
    path = os.environ.get(STORE)
    store: Store = FileStore(path, count) if path else next(rendezvous("env://"))[0]
    store.set_timeout(_PATIENCE)
    return store


def _follow(number: int, count: int, store: Store) -> int:
    order = json.loads(store.get(ORDER))
    if order is None:  # the first one trains alone
        return 0
    trainee, config = _taken_up(order)
    store.set(f"ready-{number}", "1")
    ranks = trainee.passes.ranks = Ranks(number, count, store, order["places"])
    beat(number, store)
    trainee.begin()
    steps = config.steps or 1
    while places := ranks.called():
        step = trainee.progress.step
        torch.manual_seed(_seed(config.seed, number, step))
        rate = learning_rate(step, steps, config.learning_rate, config.climb(steps))
        with _left(ranks):
            trainee.step(places, rate)
    ranks.close()
    return 0


@contextmanager
def _left(ranks: Ranks) -> Iterator[None]:
    """A step that all have left alike: rank 0 knows it as well, and says what comes next."""
    try:
        yield
    except (LossDiverged, StepLeft, RuntimeError, MemoryError) as error:
        if ranks.broken or not (isinstance(error, LossDiverged | StepLeft) or out_of_memory(error)):
            raise


def _taken_up(order: dict[str, Any]) -> tuple[Trainee, TrainingConfig]:
    """The model as rank 0 has it, and the run's settings."""
    run = Path(order["run"])
    found = whole_of(run, order["step"])
    saved = read_saved(found.checkpoint)
    as_set = {"device": order["device"], "precision": order["precision"], "processes": 1}  # what is free now is its own
    config = as_it_was(saved, None).model_copy(update=as_set)
    if config.device == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]) % torch.cuda.device_count())
    request = Request(_Nobody(), 0, "train", {"run": str(run), "cache": order["cache"]})
    base = open_base(config.base)
    trainee = Trainee(request, config, base, processor_for(config), cache_of(request, run), as_it_was=True)
    trainee.footing().holds(saved.footing, config.base)
    _take_up(trainee, saved, found.checkpoint.path)
    if (trainee.passes.batch_size, trainee.passes.twice) != (order["batch_size"], order["twice"]):
        trainee.passes.go_down(order["batch_size"], order["twice"], order["step"], "")
    return trainee, saved.config


def _take_up(trainee: Trainee, saved: Saved, path: Path) -> None:
    try:
        trainee.take_up(saved.state)
    except (KeyError, ValueError, RuntimeError) as error:
        raise CheckpointDamaged(path=path, file="state.json") from error


def _seed(seed: int, number: int, step: int) -> int:
    """A seed of its own for each rank and step."""
    return int.from_bytes(hashlib.sha256(f"{seed} {number} {step}".encode()).digest()[:7])


if __name__ == "__main__":
    sys.exit(main())
