"""Owns how many processes share a training, and whether a launcher (`accelerate launch`, torchrun) started them."""

import os
import subprocess
import sys

from studio.jobs.process import child_environment
from studio.training.config import TrainingConfig


def launched() -> tuple[int, int] | None:
    """This process's number and how many there are; None where no launcher started it."""
    try:
        number, count = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    except (KeyError, ValueError):
        return None
    return (number, count) if count > 1 and "MASTER_ADDR" in os.environ else None


def processes_for(config: TrainingConfig, kind: str, cards: int) -> int:
    """How many processes train on a kind of processor: as set, or one a card, if a step has an example for each."""
    if config.processes != "auto":
        return config.processes
    return max(1, min(cards, config.effective_batch)) if kind == "cuda" else 1


def rank_beside() -> int:
    """Lets this process take its share in the training that the launcher's first one leads; returns its exit code."""
    return subprocess.call([sys.executable, "-P", "-m", "studio.workers._rank"], env=child_environment({}))
