"""Owns what can be said of a run before it starts: memory by part on the processor that would train, and time.

Reads scenarios or a build and the base's tokeniser; loads no weights and needs no torch.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from studio.gguf.base import open_base
from studio.language import _
from studio.training.config import TrainingConfig
from studio.training.material import gathered, in_rows, to_be_seen
from studio.training.memory import MemoryForecast, forecast
from studio.training.replay import replay_of
from studio.training.room import DeviceRoom, card_rooms, room_for
from studio.training.shape import ModelShape
from studio.training.sharing import processes_for
from studio.training.speeds import speed_here
from studio.training.starting import run_behind


@dataclass(frozen=True, slots=True)
class Outlook:
    """A run as it would be. `minutes` is None where nothing like it was measured, `source` says where they are from.

    `lengths` are the tokens of each example.
    """

    shape: ModelShape
    room: DeviceRoom
    memory: MemoryForecast
    lengths: tuple[int, ...]
    minutes: float | None
    source: str


def outlook(config: TrainingConfig, runs: Path, *, held: int = 0) -> Outlook:
    """The outlook of a prepared run, `held` bytes being promised to others; raises what reading the data raises."""
    shape, lengths = ModelShape.of(config.base), lengths_of(config)
    room = room_for(config.device if config.use_gpu else "cpu", held=held)
    found = _forecast(shape, config, room, lengths)
    if not found.fits and room.kind != "cpu" and config.device == "auto" and config.gpu_fallback != "refuse":
        sentence = _("{card} has too little memory for this, so the CPU takes its place.").format(card=room.name)
        room = room_for("cpu", held=held)
        found = _forecast(shape, config, room, lengths)
        found = replace(found, changes=(sentence, *found.changes))
    among = processes_for(config, room.kind, len(card_rooms()) if room.kind == "cuda" else 0)
    if among > 1:
        sentence = _("{count} processes share each step: each needs the memory, and the time is divided by them.")
        found = replace(found, changes=(sentence.format(count=among), *found.changes))
    speed = speed_here(runs, room.kind)
    tokens = config.epochs * sum(lengths)
    if config.steps is not None:
        tokens = config.steps * config.effective_batch * sum(lengths) / len(lengths)
    minutes = speed.minutes(tokens, shape.weights, among) if speed is not None else None
    if minutes is not None and config.max_minutes is not None and config.steps is None:
        minutes = min(minutes, config.max_minutes)
    return Outlook(shape, room, found, lengths, minutes, speed.source if speed is not None else "")


def _forecast(shape: ModelShape, config: TrainingConfig, room: DeviceRoom, lengths: tuple[int, ...]) -> MemoryForecast:
    """The forecast as the worker makes it, which changes nothing of how pairs of answers are learnt from."""
    rows = in_rows(config)
    found = forecast(shape, rows, room, lengths)
    if config.objective != "dpo":
        return found
    same = (found.config.quantisation, found.config.max_length) == (rows.quantisation, rows.max_length)
    changed = found.config.model_copy(update={"max_length": config.max_length})
    return replace(found, config=changed, fits=found.fits and same)


def lengths_of(config: TrainingConfig) -> tuple[int, ...]:
    """The tokens of each example that a run would learn from, as its worker counts them."""
    run = run_behind(config.start_from) if config.replay and config.start_from is not None else None
    found = gathered(config, open_base(config.base), replay_of(run) if run is not None else None)
    return tuple(len(found.gathered.examples[place].ids) for place in to_be_seen(config, found.gathered))
