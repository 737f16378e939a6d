"""Owns what the machine did during a run, in a few figures, from the moments that the run kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.jobs.samples import GpuSample, Moment, read_samples


@dataclass(frozen=True, slots=True)
class CardFacts:
    """A card during a run: load on the average in percent, most memory in bytes, most degrees Celsius, watts on the
    average; None for what it does not say."""

    name: str
    load: float | None
    memory: int
    memory_total: int
    temperature: int | None
    power: float | None


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """The machine during a run: seconds that were watched, load of all cores on the average in percent, the most
    memory that all programs held together, in bytes, and each card."""

    seconds: float
    cpu: float
    memory: int
    memory_total: int
    cards: tuple[CardFacts, ...]


def machine_facts(run: Path) -> MachineFacts | None:
    """The figures of a run; None where it kept no moment."""
    moments = read_samples(run)
    return _of(moments) if moments else None


def _of(moments: Sequence[Moment]) -> MachineFacts:
    samples = [moment.sample for moment in moments]
    count = max(len(sample.gpus) for sample in samples)
    return MachineFacts(
        seconds=round(moments[-1].at - moments[0].at, 1),
        cpu=round(sum(sample.cpu for sample in samples) / len(samples), 1),
        memory=max(sample.memory_used for sample in samples),
        memory_total=samples[-1].memory_total,
        cards=tuple(_card([one.gpus[place] for one in samples if len(one.gpus) > place]) for place in range(count)),
    )


def _card(samples: Sequence[GpuSample]) -> CardFacts:
    hot = [one.temperature for one in samples if one.temperature is not None]
    return CardFacts(
        samples[-1].name,
        _mean(one.load for one in samples),
        max(one.memory_used for one in samples),
        samples[-1].memory_total,
        max(hot, default=None),
        _mean(one.power for one in samples),
    )


def _mean(values: Iterable[float | None]) -> float | None:
    told = [value for value in values if value is not None]
    return round(sum(told) / len(told), 1) if told else None
