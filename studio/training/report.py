"""Owns what a finished run says of itself in `report.json`."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from studio.dataset import Gathered
from studio.files import save_atomic
from studio.jobs.runs import REPORT


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """Figures of a run. Seconds are of the whole job unless the name says otherwise; losses are nats a token.

    `passes`, of a data set: how often the examples of each source were seen on the average. `accuracy` rows are (step,
    right, of). `best` is the step with the lowest validation loss and that loss, `adapter_step` the step whose weights
    the adapter has. `preference`, of pairs of answers: the margin of the last ten steps and in which part of their
    pairs it is above 0; there losses are nats a pair. `memory`: what was forecast and what was used, and by which part
    the forecast was too high.
    """

    steps: int
    epochs: float
    seconds: float
    seconds_a_step: float
    tokens_a_second: float
    tokens: int
    trained_tokens: int
    first_loss: float
    last_loss: float
    validation: list[tuple[int, float]]
    device: str
    processor: str
    precision: str
    threads: int
    adapter_weights: int
    peak_memory: int
    base: str
    adapter: str
    passes: dict[str, float] = field(default_factory=dict)
    accuracy: list[tuple[int, int, int]] = field(default_factory=list)
    best: tuple[int, float] | None = None
    adapter_step: int = 0
    preference: dict[str, float] = field(default_factory=dict)
    memory: dict[str, object] = field(default_factory=dict)
    stopped_early: bool = False
    processes: int = 1


def write_report(folder: Path, report: TrainingReport, gathered: Gathered) -> dict[str, object]:
    """Saves the report with the account of every file that was given, and returns it."""
    values: dict[str, object] = {**asdict(report), "files": files_account(gathered)}
    save_atomic(folder / REPORT, json.dumps(values, indent=1, ensure_ascii=False) + "\n")
    return values


def files_account(gathered: Gathered) -> dict[str, object]:
    """Which files were trained on, held out or refused, with reasons."""
    trained = sorted({str(example.path) for example in gathered.examples})
    return {
        "trained": trained,
        "examples": len(gathered.examples),
        "validation": len(gathered.validation),
        "held_out": [str(path) for path in gathered.held_out],
        "refused": [{"path": str(row.path), "reason": row.reason} for row in gathered.refused],
    }


def mean(values: Sequence[float]) -> float:
    """The mean, 0 of nothing."""
    return sum(values) / len(values) if values else 0.0
