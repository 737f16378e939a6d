"""Owns holding runs side by side: settings that differ, losses at the same steps, and what each took."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from studio.training.run_facts import RunFacts, number

ROWS = 20
"""The most steps at which losses are held side by side."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs side by side; every row has a value a run, None where it has none.

    `losses` are means of the steps since the row above, at steps that all runs have come to; `validation` has every
    step at which one of them looked. `figures` are by name: steps, epochs, last loss, seconds, tokens a second, memory.
    """

    runs: tuple[str, ...]
    settings: Mapping[str, tuple[object, ...]]
    losses: tuple[tuple[int, tuple[float | None, ...]], ...]
    validation: tuple[tuple[int, tuple[float | None, ...]], ...]
    figures: Mapping[str, tuple[float | None, ...]]


def compare(runs: Sequence[RunFacts]) -> Comparison:
    """The comparison, in the order in which the runs were given."""
    return Comparison(
        tuple(run.name for run in runs),
        _settings(runs),
        tuple(_losses(runs)),
        tuple(_validation(runs)),
        {name: tuple(read(run) for run in runs) for name, read in _FIGURES.items()},
    )


def _settings(runs: Sequence[RunFacts]) -> dict[str, tuple[object, ...]]:
    names = dict.fromkeys(name for run in runs for name in run.settings if name != "name")
    rows = {name: tuple(run.settings.get(name) for run in runs) for name in names}
    return {name: values for name, values in rows.items() if any(value != values[0] for value in values)}


def _losses(runs: Sequence[RunFacts]) -> list[tuple[int, tuple[float | None, ...]]]:
    ends = [run.losses[-1][0] if run.losses else 0 for run in runs]
    shared = min(ends, default=0)
    marks = sorted({round(shared * place / ROWS) for place in range(1, ROWS + 1)} - {0})
    rows, before = [], 0
    for mark in marks:
        rows.append((mark, tuple(_mean(run.losses, before, mark) for run in runs)))
        before = mark
    return rows


def _mean(losses: Sequence[tuple[int, float]], after: int, upto: int) -> float | None:
    found = [loss for step, loss in losses if after < step <= upto]
    return round(sum(found) / len(found), 4) if found else None


def _validation(runs: Sequence[RunFacts]) -> list[tuple[int, tuple[float | None, ...]]]:
    curves = [dict(run.validation) for run in runs]
    return [
        (step, tuple(curve.get(step) for curve in curves)) for step in sorted({s for curve in curves for s in curve})
    ]


def _last_validation(run: RunFacts) -> float | None:
    return run.validation[-1][1] if run.validation else None


def _last_accuracy(run: RunFacts) -> float | None:
    right, of = run.accuracy[-1][1:] if run.accuracy else (0, 0)
    return right / of if of else None


_FIGURES: Mapping[str, Callable[[RunFacts], float | None]] = {
    "steps": lambda run: float(run.step),
    "epochs": lambda run: number(run.report.get("epochs")) or number(run.resolved.get("epochs")),
    "last_loss": lambda run: number(run.report.get("last_loss")) or (run.losses[-1][1] if run.losses else None),
    "validation_loss": _last_validation,
    "accuracy": _last_accuracy,
    "seconds": lambda run: run.seconds,
    "tokens_a_second": lambda run: run.tokens_a_second,
    "peak_memory": lambda run: number(run.memory.measured),
}
