"""Owns what can be told before a conversion: what each quantisation will come to, and which one fits. Knows no Qt."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from studio.amounts import GB, file_size
from studio.errors import LorewrightError
from studio.evaluation.device_fit import base_under, fit_for, measured_losses, told_choice
from studio.gguf.devices import DEFAULT_DEVICE, Device, device, devices
from studio.gguf.fitting import Choice as Fitting
from studio.gguf.fitting import Row, rows_of
from studio.gguf.outline import Outline, outline_of
from studio.gguf.quantisations import QUANTISATIONS, Quantisation
from studio.language import _

USUAL = "Q4_K_M"
LEAST_GB, MOST_GB, STEPS = 0.1, 96.0, 1000
_NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a model is to fit: a device by name, GB of memory in play, tokens of play; `importance` packs by texts."""

    device: str = DEFAULT_DEVICE
    room_gb: float = 6.0
    context: int = 8192
    importance: bool = False


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device to choose, with what it would wish."""

    title: str
    wishes: Wishes


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the table of quantisations; all for people. `share` is that of the largest size.

    `fits` is None where memory is not known; `ready` is False where it needs an importance matrix that is not wanted.
    """

    name: str
    about: str
    size: str = _NOTHING
    bits: str = _NOTHING
    wider: str = _NOTHING
    memory: str = _NOTHING
    loss: str = _NOTHING
    note: str = ""
    share: float = 0.0
    usual: bool = False
    fits: bool | None = None
    ready: bool = True


@dataclass(frozen=True, slots=True)
class Offer:
    """Every quantisation of a source under some wishes; `picked` is what fits best, `told` says why, `size` in bytes
    by name."""

    choices: tuple[Choice, ...]
    picked: str | None
    told: tuple[str, ...]
    wishes: Wishes
    sizes: dict[str, int]
    trouble: str = ""


def device_rows() -> list[DeviceRow]:
    """The devices that are shipped."""
    return [DeviceRow(one.title, wishes_of(one)) for one in devices()]


def wishes_of(one: Device) -> Wishes:
    """What a device wishes until somebody changes it."""
    return Wishes(one.name, one.memory_limit_gb, one.quantization_settings.context)


def room_at(step: int) -> float:
    """The GB at a step of the slider, which has STEPS of them from LEAST_GB to MOST_GB, each the same part more."""
    room = LEAST_GB * math.pow(MOST_GB / LEAST_GB, step / STEPS)
    return round(room, 2 if room < 10 else 1)


def step_of(room: float) -> int:
    """The slider's step that is nearest to so many GB."""
    inside = min(max(room, LEAST_GB), MOST_GB)
    return round(STEPS * math.log(inside / LEAST_GB) / math.log(MOST_GB / LEAST_GB))


def offer(source: Path, wishes: Wishes, models: Path) -> Offer:
    """The quantisations of a run, a checkpoint or a base; without figures where it cannot be read, and why."""
    try:
        model = _read(base_under(source))
        told = device(wishes.device)
        room = round(wishes.room_gb * GB)
        fitting = fit_for(model, told, models, source, room=room, context=wishes.context, importance=wishes.importance)
        measured = measured_losses(models, source)
        rows = rows_of(model, min(wishes.context, model.context), measured, importance=wishes.importance)
    except LorewrightError as error:
        bare = tuple(Choice(kind.name, _(kind.about), usual=kind.usual) for kind in QUANTISATIONS)
        return Offer(bare, USUAL, (), wishes, {}, str(error))
    most = max((row.forecast.size for row in rows), default=1)
    found = tuple(_choice(row, most, room, wishes) for row in rows)
    sizes = {row.name: row.forecast.size for row in rows}
    return Offer(found, fitting.quantisation, tuple(_told(fitting, wishes, model)), wishes, sizes)


def forecast_sizes(source: Path, *, importance: bool = False) -> dict[str, int]:
    """Bytes by quantisation as they are forecast; nothing where the source cannot be read any more."""
    try:
        rows = rows_of(_read(base_under(source)), 0, importance=importance)
    except LorewrightError:
        return {}
    return {row.name: row.forecast.size for row in rows}


def _told(fitting: Fitting, wishes: Wishes, model: Outline) -> Iterable[str]:
    yield from told_choice(fitting)
    if wishes.context > model.context:
        yield _("The model itself reads {context} tokens at most.").format(context=model.context)


def _read(base: Path) -> Outline:
    """The outline of a base; one that is not touched meanwhile is read once."""
    try:
        stamp = base.stat().st_mtime_ns
    except OSError:
        stamp = 0
    return _kept(base, stamp)


@lru_cache(maxsize=8)
def _kept(base: Path, _stamp: int) -> Outline:
    return outline_of(base)


def _choice(row: Row, most: int, room: int, wishes: Wishes) -> Choice:
    told = row.forecast
    kind = told.quantisation
    ready = wishes.importance or not told.needs_importance
    return Choice(
        name=kind.name,
        about=_about(kind, ready=ready),
        size=file_size(told.size),
        bits=f"{told.bits:.2f}",
        wider=f"{told.fallbacks}/{told.quantised}" if told.fallbacks else "0",
        memory=_("{size} GB").format(size=f"{row.memory.total / GB:.2f}"),
        loss=_loss(row),
        note=_note(row),
        share=told.size / most,
        usual=kind.usual,
        fits=row.memory.total <= room,
        ready=ready,
    )


def _about(kind: Quantisation, *, ready: bool) -> str:
    return _(kind.about) if ready else _("needs an importance matrix; {about}").format(about=_(kind.about))


def _loss(row: Row) -> str:
    if row.loss is None:
        return _NOTHING
    return f"✓ {row.loss:.4f}" if row.measured else f"{row.loss:.4f}"


def _note(row: Row) -> str:
    told, name = row.forecast, row.name
    lines = []
    if told.fallbacks:
        text = _(
            "{n} of its {all} matrices are too narrow for {name} and are packed wider: in truth {bits} bits a weight."
        )
        lines.append(text.format(n=told.fallbacks, all=told.quantised, name=name, bits=f"{told.bits:.2f}"))
    if row.measured:
        lines.append(_("What {name} loses (✓) was measured on this very model.").format(name=name))
    return " ".join(lines)
