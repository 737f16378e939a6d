"""Owns how quickly this machine trains, as its own runs measured it, and what that says of another model.

A figure is scaled by the models' parameters, so it is an order of size and told as one. What was not measured on the
same kind of processor is not guessed at.
"""

from dataclasses import dataclass
from pathlib import Path

from studio.errors import LorewrightError
from studio.jobs.runs import Run, runs_in
from studio.language import _, plural
from studio.training.catalogue import find_model, measured_elsewhere
from studio.training.config import RESOLVED
from studio.training.shape import ModelShape

FEWEST_STEPS = 20
"""A run of fewer steps says little of the speed."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second that a model of so many parameters trained at in one process, on a `kind` (cpu, cuda, mps) of
    processor.

    `run` is the run that measured it here; without one it was measured where the program was written. `preparation`
    are the seconds from the start of the worker to its first step, which a larger model takes more of as well.
    """

    tokens_a_second: float
    parameters: int
    kind: str
    processor: str
    run: str | None = None
    preparation: float = 0.0

    def minutes(self, tokens: float, parameters: int, processes: int = 1) -> float:
        """How long a model of so many parameters takes for so many tokens, preparation included; of several processes
        each prepares the whole model."""
        return (tokens / self.tokens_a_second / processes + self.preparation) * parameters / self.parameters / 60

    @property
    def source(self) -> str:
        """Where the figure comes from, for people."""
        if self.run is None:
            return _("by what was measured on {processor}; this machine has not trained yet").format(
                processor=self.processor
            )
        return _("by the speed of {run} on this machine").format(run=self.run)


def speed_here(runs: Path, kind: str) -> Speed | None:
    """The speed of the last run on such a processor, else on a CPU the one of elsewhere, else None."""
    measured = next((speed for run in runs_in(runs) if (speed := _of(run)) is not None and speed.kind == kind), None)
    if measured is None and kind == "cpu":
        known = measured_elsewhere()
        parameters, beside = find_model(known.model).parameters, known.preparation_seconds
        return Speed(known.training_tokens_a_second, parameters, "cpu", known.processor, preparation=beside)
    return measured


def played_here(kind: str, parameters: int) -> float | None:
    """Tokens a second that a model plays at in 4 bits, about; None where nothing like it was measured."""
    if kind != "cpu":
        return None
    known = measured_elsewhere()
    return known.played_tokens_a_second * find_model(known.model).parameters / parameters


def played_word(tokens_a_second: float | None) -> str:
    """About how quickly a model plays, for people."""
    if tokens_a_second is None:
        return _("unknown here")
    count = plural("about {count} token a second", "about {count} tokens a second", max(1, round(tokens_a_second)))
    return _("{count}, by what was measured on {processor}").format(
        count=count, processor=measured_elsewhere().processor
    )


def _of(run: Run) -> Speed | None:
    """What a run's report says; nothing where it is short, or its base is gone."""
    report = run.report() or {}
    rate, steps, base = report.get("tokens_a_second"), report.get("steps"), report.get("base")
    if not isinstance(rate, int | float) or not rate > 0 or not isinstance(steps, int) or not isinstance(base, str):
        return None
    if steps < FEWEST_STEPS:
        return None
    try:
        parameters = ModelShape.of(Path(base)).weights
    except (LorewrightError, OSError):
        return None
    among = report.get("processes", 1)
    rate /= among if isinstance(among, int) and among > 1 else 1
    kind, processor = str(report.get("device")), str(report.get("processor"))
    return Speed(float(rate), parameters, kind, processor, run.name, _preparation(run))


def _preparation(run: Run) -> float:
    """The seconds before a run's first step; 0 where it does not say."""
    try:
        resolved = run.config().get(RESOLVED)
    except LorewrightError:
        return 0.0
    seconds = resolved.get("preparation_seconds") if isinstance(resolved, dict) else None
    return float(seconds) if isinstance(seconds, int | float) and 0 < seconds < float("inf") else 0.0


def about_minutes(minutes: float) -> int:
    """A time as no more precise than an estimate is."""
    step = next((step for most, step in ((10, 1), (90, 5), (2880, 60)) if minutes < most), 1440)
    return max(1, round(minutes / step) * step)


def time_word(minutes: float | None) -> str:
    """About how long something takes, for people."""
    if minutes is None:
        return _("unknown here")
    about = about_minutes(minutes)
    if about >= 2880:
        return plural("about {count} day", "about {count} days", about // 1440)
    if about > 90:
        return plural("about {count} hour", "about {count} hours", about // 60)
    return plural("about {count} minute", "about {count} minutes", about)
