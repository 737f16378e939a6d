"""Owns what is said of a training run: its figures, curves and answers, made from its journal. Knows no Qt."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.errors import LorewrightError, from_event
from studio.jobs.protocol import Fields
from studio.jobs.runs import Run, RunState
from studio.language import N_, _
from studio.training.phases import phase_word
from studio.ui.phrases import time_left
from studio.ui.train.figures import duration, grouped

_STATUS = {
    "new": N_("Waiting"),
    "running": N_("Training"),
    "done": N_("Finished"),
    "failed": N_("Failed"),
    "cancelled": N_("Stopped"),
    "paused": N_("Paused"),
    "stalled": N_("Not heard for a while"),
    "waiting": N_("Waits for power"),
    "interrupted": N_("Broken off"),
}
_UNDER_WAY = ("new", "running", "stalled", "waiting")
Curve = tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """One player line with the untrained answer and the newest one; `step` is when the newest was given."""

    line: str
    untrained: str | None
    latest: str | None
    step: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its name, as it stands above the curve."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Everything that is shown of one run. `share` is None while it cannot be told.

    `more` are figures for which there is not room everywhere; `calls` is the share of right calls on held-out turns.
    """

    status: str
    headline: str
    share: float | None
    figures: tuple[Figure, ...]
    train: Curve
    smooth: Curve
    validation: Curve
    last_step: int
    answers: tuple[Answer, ...]
    failure: str | None = None
    more: tuple[Figure, ...] = ()
    rates: Curve = ()
    speeds: Curve = ()
    calls: Curve = ()
    samples: tuple[Fields, ...] = ()

    @property
    def running(self) -> bool:
        """Whether it goes on now."""
        return self.status in _UNDER_WAY


def describe(state: RunState, *, alive: bool, now: float) -> Progress:
    """What to show of a run; `alive` when this window runs its worker."""
    status = status_of(state, alive=alive, now=now)
    return Progress(
        status=status,
        headline=_headline(state, status),
        share=state.step / state.of if state.of else None,
        figures=_figures(state, status, now),
        train=tuple(state.losses),
        smooth=smoothed(state.losses),
        validation=tuple(state.validation),
        last_step=max(state.of or 20, state.step),
        answers=answers(state.samples),
        failure=failure_sentence(state, status),
        more=_more(state),
        rates=tuple(state.rates),
        speeds=tuple(state.speeds),
        calls=tuple((step, right / of) for step, right, of in state.accuracy if of),
        samples=tuple(state.samples),
    )


def status_of(state: RunState, *, alive: bool, now: float) -> str:
    """The status, told apart from that of a run whose worker went away without a word."""
    status = state.status if alive else state.status_at(now)
    if status == "cancelled" and state.paused:
        return "paused"
    if status == "running" and (state.stalled is not None or state.waiting is not None):
        return "stalled" if state.stalled is not None else "waiting"
    return status


def status_word(status: str) -> str:
    """A status for people."""
    return _(_STATUS.get(status, status))


def _headline(state: RunState, status: str) -> str:
    if status not in ("running", "new"):
        return status_word(status)
    if not state.step:
        return phase_word(state.phase) + "…"
    left = state.latest.get("seconds_left")
    return time_left(float(left)) if isinstance(left, int | float) else phase_word(state.phase)


def _figures(state: RunState, status: str, now: float) -> tuple[Figure, ...]:
    speed = state.latest.get("tokens_per_second")
    seconds = _seconds(state, status, now)
    none = "–"
    return (
        Figure(_("Step"), f"{state.step} / {state.of}" if state.of else none),
        Figure(_("Tokens a second"), grouped(float(speed)) if isinstance(speed, int | float) else none),
        Figure(_("Loss"), f"{smoothed(state.losses)[-1][1]:.2f}" if state.losses else none),
        Figure(_("Unseen turns"), f"{state.validation[-1][1]:.2f}" if state.validation else none),
        Figure(_("Time"), duration(seconds) if seconds > 0 else none),
    )


def _more(state: RunState) -> tuple[Figure, ...]:
    rate = state.rates[-1][1] if state.rates else None
    figures = [Figure(_("Learning rate"), f"{rate:.1e}" if rate is not None else "–")]
    if state.accuracy:
        _step, right, of = state.accuracy[-1]
        figures.append(Figure(_("Right calls"), _("{right} of {of}").format(right=right, of=of)))
    return tuple(figures)


def _seconds(state: RunState, status: str, now: float) -> float:
    """How long the run took, or takes so far."""
    if state.started is None:
        return 0.0
    heard = state.latest.get("at", state.started)
    last = now if status in _UNDER_WAY else float(str(heard))
    return (state.ended or last) - state.started


def smoothed(points: Sequence[tuple[int, float]], keep: float = 0.85) -> Curve:
    """An exponential mean, corrected for its start, so that single steps do not hide the course."""
    mean, weight, result = 0.0, 0.0, []
    for step, value in points:
        mean, weight = keep * mean + (1 - keep) * value, keep * weight + (1 - keep)
        result.append((step, mean / weight))
    return tuple(result)


def sample_steps(samples: Sequence[Fields]) -> tuple[int, ...]:
    """The steps after which the lines were answered, without the untrained model's."""
    return tuple(step for sample in samples[1:] if isinstance(step := sample.get("step"), int))


def answers(samples: Sequence[Fields], at: int | None = None) -> tuple[Answer, ...]:
    """The player's lines with their first answers, and the newest or those after the step `at`."""
    first = _replies(samples[0]) if samples else {}
    newest = samples[-1] if len(samples) > 1 else None
    if at is not None:
        newest = next((sample for sample in samples[1:] if sample.get("step") == at), newest)
    latest = _replies(newest) if newest else {}
    step = newest.get("step") if newest else 0
    return tuple(Answer(line, first[line], latest.get(line), step if isinstance(step, int) else 0) for line in first)


def _replies(sample: Fields) -> dict[str, str]:
    replies = sample.get("replies")
    rows = replies if isinstance(replies, list) else []
    return {str(row["line"]): str(row["text"]).strip() for row in rows if isinstance(row, dict) and "line" in row}


def failure_sentence(state: RunState, status: str) -> str | None:
    """Why a run stopped and what to do, or None."""
    if status == "interrupted":
        return _("This run stopped without a word, as when the computer is switched off. Its steps so far are kept.")
    if status != "failed" or state.failure is None:
        return None
    fields = state.failure.get("fields")
    return str(from_event(str(state.failure.get("code")), fields if isinstance(fields, dict) else {}))


@dataclass(frozen=True, slots=True)
class RunRow:
    """One line of the list of runs."""

    path: Path
    name: str
    day: str
    status: str
    steps: str
    loss: str
    time: str
    usable: bool


def row(run: Run, *, alive: bool, now: float) -> RunRow:
    """One run as its folder tells it; a folder that cannot be read is told as failed."""
    try:
        state = run.state()
    except LorewrightError:
        state = RunState(status="failed")
    told = describe(state, alive=alive, now=now)
    values = {figure.name: figure.value for figure in told.figures}
    day, name = run_title(run.name)
    return RunRow(
        run.path, name, day, told.status, values[_("Step")], values[_("Unseen turns")], values[_("Time")],
        usable=run.adapter.is_dir() and told.status == "done",
    )  # fmt: skip


def run_title(folder: str) -> tuple[str, str]:
    """Day and name out of a run folder's name (`2026-11-21-tavern-train`)."""
    try:
        day = datetime.date.fromisoformat(folder[:10])
    except ValueError:
        return "", folder
    stem = folder[11:].split("-")
    number = f" {stem.pop()}" if len(stem) > 2 and stem[-1].isdigit() and stem[-2] in ("train", "convert") else ""
    if len(stem) > 1 and stem[-1] in ("train", "convert"):
        stem.pop()
    return f"{day:%d %b %Y}".lstrip("0"), " ".join(stem) + number
