"""Owns how a run, and runs side by side, are told at a terminal; reads nothing itself."""

import datetime
import math
from collections.abc import Iterator, Mapping, Sequence

from studio.amounts import GB, MB
from studio.cli.output import columns
from studio.errors import from_event
from studio.faults import shown
from studio.language import N_, _
from studio.training.machine_facts import MachineFacts
from studio.training.run_comparison import ROWS, Comparison
from studio.training.run_facts import CheckpointFacts, MemoryFacts, RunFacts
from studio.training.sizes import gigabytes

_FIGURES = {
    "steps": (N_("steps"), 1.0, ".0f"),
    "epochs": (N_("epochs"), 1.0, ".2f"),
    "last_loss": (N_("last loss"), 1.0, ".4f"),
    "validation_loss": (N_("held-out loss"), 1.0, ".4f"),
    "accuracy": (N_("right calls, %"), 100.0, ".1f"),
    "seconds": (N_("minutes"), 1 / 60, ".1f"),
    "tokens_a_second": (N_("tokens/s"), 1.0, ".0f"),
    "peak_memory": (N_("memory, GB"), 1 / GB, ".2f"),
}
_LAST = 10


def facts_lines(facts: RunFacts) -> Iterator[str]:
    """A run, one fact a line."""
    yield _("{name}: {status}, step {step} of {of}").format(
        name=facts.name, status=facts.status, step=facts.step, of=facts.of
    )
    yield _("folder: {path}").format(path=facts.path)
    if facts.paused:
        yield _("paused; `lorewright train --resume {name}` goes on").format(name=facts.name)
    if facts.failure is not None:
        yield _failure(facts.failure)
    yield _("settings: profile {profile}").format(profile=facts.profile) + ("" if facts.changed else _(", unchanged"))
    for name, (usual, value) in facts.changed.items():
        yield _("  {name}: {value} (profile: {usual})").format(name=name, value=shown(value), usual=shown(usual))
    yield from _curve(_("loss"), facts.losses)
    yield from _curve(_("held-out loss"), facts.validation)
    if facts.accuracy:
        step, right, of = facts.accuracy[-1]
        yield _("right calls on held-out turns: {right} of {of} (step {step})").format(right=right, of=of, step=step)
    yield from _took(facts)
    for one in facts.checkpoints:
        yield _checkpoint(one)
    if facts.converted:
        yield _("converted: {models}").format(models=", ".join(path.name for path in facts.converted))


def _failure(failure: Mapping[str, object]) -> str:
    """What it ended in, in a sentence; of an error that this version does not know, its name."""
    code, fields = str(failure.get("code")), failure.get("fields")
    error = from_event(code, fields if isinstance(fields, dict) else {})
    return str(error) if error.code == code else _("it ended with {code}").format(code=code)


def _curve(word: str, curve: Sequence[tuple[int, float]]) -> Iterator[str]:
    """The first value, and the mean of the last few."""
    if curve:
        last = [loss for _step, loss in curve[-_LAST:]] if len(curve) > 2 * _LAST else [curve[-1][1]]
        told = _("{word}: {first:.3f} at step {begin}, {last:.3f} at step {end}")
        yield told.format(word=word, first=curve[0][1], begin=curve[0][0], last=sum(last) / len(last), end=curve[-1][0])


def _took(facts: RunFacts) -> Iterator[str]:
    if facts.seconds is not None:
        yield _("time: {minutes:.1f} minutes").format(minutes=facts.seconds / 60)
    if facts.tokens_a_second is not None:
        yield _("speed: {speed:.0f} tokens/s").format(speed=facts.tokens_a_second)
    yield from _memory(facts.memory)
    if facts.machine is not None:
        yield from _machine(facts.machine)


def _machine(machine: MachineFacts) -> Iterator[str]:
    """What the machine did meanwhile, a line a part; what a card does not say is left out."""
    told = _("machine: CPU {cpu:.0f} % on the average, {memory:.1f} of {total:.1f} GB in use at most")
    yield told.format(cpu=machine.cpu, memory=machine.memory / GB, total=machine.memory_total / GB)
    for card in machine.cards:
        memory = _("{used:.1f} of {total:.1f} GB").format(used=card.memory / GB, total=card.memory_total / GB)
        parts = (
            (_("{value:.0f} % on the average"), card.load),
            (_("{value} °C at most"), card.temperature),
            (_("{value:.0f} W on the average"), card.power),
        )
        yield ", ".join([f"{card.name}: {memory}", *(word.format(value=v) for word, v in parts if v is not None)])


def _memory(memory: MemoryFacts) -> Iterator[str]:
    """What was used beside what was forecast, and what the plan changed."""
    if memory.measured is not None and memory.forecast is not None and memory.off is not None:
        told = _("memory: {used} at most, forecast {forecast} ({off:+.0%})")
        yield told.format(used=gigabytes(memory.measured), forecast=gigabytes(memory.forecast), off=memory.off)
    elif memory.measured is not None:
        yield _("memory: {used} at most").format(used=gigabytes(memory.measured))
    elif memory.forecast is not None:
        yield _("memory: forecast {forecast}").format(forecast=gigabytes(memory.forecast))
    yield from memory.changes


def _checkpoint(one: CheckpointFacts) -> str:
    when = datetime.datetime.fromtimestamp(one.saved).astimezone()
    marks = [word for word, there in ((_("best"), one.best), (_("pinned"), one.pinned)) if there]
    if one.damaged is not None:
        marks.append(_("damaged: {file}").format(file=one.damaged))
    told = _("checkpoint {step}: {when:%Y-%m-%d %H:%M}, {size:.1f} MB").format(
        step=one.step, when=when, size=one.size / MB
    )
    return told + (f" ({', '.join(marks)})" if marks else "")


def comparison_lines(found: Comparison) -> list[str]:
    """Runs side by side, a column each."""
    rows: list[tuple[str, ...]] = [("", *found.runs)]
    rows += [(name, *(shown(value) for value in values)) for name, values in found.settings.items()]
    for name, (word, factor, form) in _FIGURES.items():
        values = found.figures.get(name, ())
        if any(value is not None for value in values):
            rows.append((_(word), *("-" if value is None else format(value * factor, form) for value in values)))
    rows += _curves(_("loss up to step {step}"), found.losses)
    rows += _curves(_("held-out loss, step {step}"), found.validation)
    return columns(rows)


def _curves(word: str, curve: Sequence[tuple[int, tuple[float | None, ...]]]) -> list[tuple[str, ...]]:
    apart = math.ceil(len(curve) / ROWS)
    told = [(word.format(step=step), values) for step, values in (curve[::-apart][::-1] if curve else ())]
    return [(name, *("-" if value is None else f"{value:.4f}" for value in values)) for name, values in told]
