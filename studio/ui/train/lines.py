"""Owns which lines are drawn of a run, of the machine while it ran, and of runs held side by side. Knows no Qt."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from studio.jobs.samples import Moment, Sample
from studio.language import N_, _
from studio.training.run_facts import RunFacts
from studio.ui.train.progress import Progress, smoothed

Points = Sequence[tuple[float, float]]
SERIES = ("user", "accent", "dm", "toolcall", "system", "warning", "hint", "error")
"""The tokens in whose colours lines are told apart, in this order; further ones are dashed, then dotted."""


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: its points, and the colour token and style (solid, dash, dot) that tell it from others.

    `dots` marks each point, for curves that have few; `faint` is for what stands behind another.
    """

    name: str
    points: Points
    colour: str = "accent"
    style: str = "solid"
    dots: bool = False
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """Lines with what their axes count; `most` is the top of the picture where it is fixed, `empty` what stands there
    while there is no line."""

    lines: tuple[Line, ...]
    across: str
    up: str
    right: float
    most: float | None = None
    empty: str = ""


def series(number: int) -> tuple[str, str]:
    """Colour and style of the line of that number."""
    return SERIES[number % len(SERIES)], ("solid", "dash", "dot")[number // len(SERIES) % 3]


VIEWS = {
    "loss": N_("Loss"),
    "calls": N_("Right calls"),
    "rate": N_("Learning rate"),
    "speed": N_("Tokens a second"),
    "machine": N_("Machine"),
}
"""What is drawn of a run, by name."""


def picture(view: str, progress: Progress) -> Picture:
    """What is drawn of a run but its loss and the machine."""
    if view == "calls":
        points = [(float(step), 100 * share) for step, share in progress.calls]
        empty = _("No calls on held-out turns were counted. “Held-out cases” in the settings says how many are.")
        lines = (Line(_("right calls on held-out turns"), points, "dm", dots=True),) if points else ()
        return Picture(lines, _("step"), _("% right"), progress.last_step, 100, empty)
    name, found = (_("learning rate"), progress.rates) if view == "rate" else (_("tokens a second"), progress.speeds)
    lines = (Line(name, [(float(step), value) for step, value in found], "toolcall" if view == "rate" else "system"),)
    return Picture(lines if found else (), _("step"), name, progress.last_step, None, _("There was no step yet."))


def machine_picture(moments: Sequence[Moment]) -> Picture:
    """The machine while a run ran, in percent, over the minutes since it began. Gaps between starts stay gaps."""
    empty = _("Nothing was kept of the machine's load while this ran.")
    if not moments:
        return Picture((), _("minutes"), "%", 1, 100, empty)
    began = moments[0].at
    minutes = [(moment.at - began) / 60 for moment in moments]
    lines = []
    for number, (name, read) in enumerate(_resources(moments[-1].sample).items()):
        shares = [(minute, read(moment.sample)) for minute, moment in zip(minutes, moments, strict=True)]
        colour, style = series(number)
        lines.append(Line(name, [(minute, share) for minute, share in shares if share is not None], colour, style))
    return Picture(tuple(lines), _("minutes"), "%", minutes[-1], 100, empty)


def _resources(sample: Sample) -> dict[str, Callable[[Sample], float | None]]:
    """What can be drawn of a machine, in percent."""
    found: dict[str, Callable[[Sample], float | None]] = {
        _("CPU"): lambda at: at.cpu,
        _("RAM"): lambda at: _percent(at.memory_used, at.memory_total),
    }
    for number, card in enumerate(sample.gpus):
        name = card.name.removeprefix("NVIDIA ").removeprefix("GeForce ")
        found[name] = lambda at, n=number: at.gpus[n].load if n < len(at.gpus) else None  # type: ignore[misc]  # n
        found[f"VRAM {number + 1}" if len(sample.gpus) > 1 else _("VRAM")] = lambda at, n=number: (  # type: ignore[misc]  # n is bound here, which mypy takes for an argument
            _percent(at.gpus[n].memory_used, at.gpus[n].memory_total) if n < len(at.gpus) else None
        )
    return found


def _percent(used: float, total: float) -> float | None:
    return 100 * used / total if total else None


COMPARED: Mapping[str, str] = {"validation": N_("Loss, unseen turns"), "loss": N_("Loss"), "calls": N_("Right calls")}
"""What of several runs is laid over each other, by name."""


def compared_picture(view: str, runs: Sequence[RunFacts], names: Sequence[str]) -> Picture:
    """The same curve of several runs, each in its colour."""
    lines = []
    for number, (run, name) in enumerate(zip(runs, names, strict=True)):
        colour, style = series(number)
        points = _points(view, run)
        if points:
            lines.append(Line(name, points, colour, style, dots=view != "loss"))
    right = max((line.points[-1][0] for line in lines), default=1.0)
    up, most = (_("% right"), 100.0) if view == "calls" else (_("loss"), None)
    return Picture(tuple(lines), _("step"), up, right, most, _("None of these runs counted that."))


def _points(view: str, run: RunFacts) -> Points:
    if view == "calls":
        return [(step, 100 * right / of) for step, right, of in run.accuracy if of]
    return run.validation if view == "validation" else smoothed(run.losses)
