"""Owns the choice of a quantisation for a device: what fits its memory, weighed by speed and by what is lost.

A row's loss is measured on the model itself where somebody has done so, else it is the table's. What is under the
device's quality floor is never chosen, however little room there is.
"""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from studio.amounts import GB
from studio.gguf.devices import Device
from studio.gguf.forecast import Forecast, forecasts_of
from studio.gguf.memory import Memory, memory_of
from studio.gguf.outline import Outline
from studio.gguf.quantisations import BY_QUANTISATION
from studio.language import _

_PLAIN = "F16"
_TELLING = 0.003
"""Nats; what loses less is measured too roughly to say how much more a model loses than others."""


@dataclass(frozen=True, slots=True)
class Row:
    """A quantisation with what it takes in play; `loss` in nats a token, None where nobody knows.

    `measured` says that it was measured on this very model, `scaled` that others' figure was raised, since other
    quantisations of this model were measured to lose more than theirs.
    """

    forecast: Forecast
    memory: Memory
    loss: float | None
    measured: bool
    scaled: bool = False

    @property
    def name(self) -> str:
        """The quantisation's name."""
        return self.forecast.quantisation.name

    @property
    def context(self) -> int:
        """The context length that memory is forecast for."""
        return self.memory.context

    def as_fields(self) -> dict[str, object]:
        """As JSON has it; sizes in bytes."""
        told = self.forecast
        return {
            "quantisation": self.name,
            "size": told.size,
            "bits_a_weight": round(told.bits, 3),
            "memory": self.memory.total,
            "context": self.context,
            "matrices": told.quantised,
            "fallbacks": told.fallbacks,
            "tensors": dict(told.types),
            "needs_importance_matrix": told.needs_importance,
            "loss": self.loss,
            "loss_measured": self.measured,
        }


@dataclass(frozen=True, slots=True)
class Smaller:
    """A smaller base that would fit, and in which quantisation."""

    base: str
    quantisation: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for a device: None where nothing fits. `given_up` are sentences."""

    device: Device
    room: int
    context: int
    row: Row | None
    given_up: tuple[str, ...]
    smaller: Smaller | None = None

    @property
    def quantisation(self) -> str | None:
        """The chosen quantisation's name."""
        return self.row.name if self.row is not None else None


def rows_of(
    model: Outline, context: int, measured: Mapping[str, float] | None = None, *, importance: bool = False
) -> list[Row]:
    """Every quantisation of a model at a context length; `measured` losses take the place of the table's."""
    return _at(model, forecasts_of(model, importance=importance), context, measured or {})


def _at(model: Outline, forecasts: Sequence[Forecast], context: int, known: Mapping[str, float]) -> list[Row]:
    times = _times(known)
    rows = []
    for told in forecasts:
        kind = told.quantisation
        loss = known.get(kind.name, None if kind.loss is None else kind.loss * times)
        memory = memory_of(model, told.weights, told.laid_out, context)
        rows.append(Row(told, memory, loss, kind.name in known, kind.name not in known and times > 1))
    return rows


def _times(known: Mapping[str, float]) -> float:
    """How many times more than the table says this model loses where it was measured; at least 1."""
    table = {name: BY_QUANTISATION[name].loss or 0.0 for name in known if name in BY_QUANTISATION}
    ratios = [known[name] / loss for name, loss in table.items() if loss >= _TELLING]
    return max(1.0, statistics.median(ratios)) if ratios else 1.0


def fit(
    model: Outline,
    device: Device,
    room: int | None = None,
    *,
    measured: Mapping[str, float] | None = None,
    importance: bool = False,
    smaller: Iterable[tuple[str, Outline]] = (),
) -> Choice:
    """The quantisation for a device with `room` bytes (the device's own limit where none is said).

    A shorter context is given up before quality under the floor, which is never given up. Where nothing fits, the
    largest of the `smaller` bases that would is named.
    """
    room = device.room if room is None else room
    packing = device.quantization_settings
    wanted = min(packing.context, model.context)
    context = wanted
    forecasts = forecasts_of(model, importance=importance)
    while True:
        rows = _at(model, forecasts, context, measured or {})
        found = _best(rows, device, room, importance=importance)
        if found is not None:
            return Choice(device, room, context, found, tuple(_given_up(rows, found, room, wanted)))
        if context <= min(packing.least_context, wanted):
            break
        context = max(packing.least_context, context // 2)
    reasons = (_why_nothing(rows, device, room, importance=importance),)
    return Choice(device, room, context, None, reasons, _smaller(smaller, device, room))


def _usable(row: Row, device: Device, *, importance: bool) -> bool:
    packing = device.quantization_settings
    good = row.loss is not None and row.loss <= packing.floor
    avoided = any(row.name.startswith(start) for start in packing.avoid)
    return good and not avoided and (importance or not row.forecast.needs_importance)


def _best(rows: Sequence[Row], device: Device, room: int, *, importance: bool) -> Row | None:
    usable = [row for row in rows if _usable(row, device, importance=importance) and row.memory.total <= room]
    return min(usable, key=lambda row: (_cost(row, rows, device), row.forecast.size), default=None)


def _cost(row: Row, rows: Sequence[Row], device: Device) -> float:
    """What is lost against the floor, and what must be read for a token against F16, by the device's priorities."""
    plain = next(other.forecast.weights for other in rows if other.name == _PLAIN)
    lost = (row.loss or 0.0) / device.quantization_settings.floor
    return device.quality_priority * lost + device.inference_speed_priority * row.forecast.weights / plain


def _given_up(rows: Sequence[Row], found: Row, room: int, wanted: int) -> list[str]:
    told = []
    if found.context < wanted:
        text = _("The context is shortened from {wanted} to {context} tokens, so that it fits into {room} GB.")
        told.append(text.format(wanted=wanted, context=found.context, room=_gb(room)))
    if found.name != _PLAIN:
        how = _how(found)
        text = _("{name} loses {loss} nats a token against F16 ({how}).")
        told.append(text.format(name=found.name, loss=f"{found.loss or 0:.3f}", how=how))
    less = [row for row in rows if row.loss is not None and row.loss < (found.loss or 0)]
    better = [row for row in less if row.forecast.quantisation.usual and row.memory.total > room]
    nearest = min(better, key=lambda row: row.memory.total, default=None)
    if nearest is not None:
        text = _("{name} would lose less and takes {memory} GB, which is more than {room} GB.")
        told.append(text.format(name=nearest.name, memory=_gb(nearest.memory.total), room=_gb(room)))
    return told


def _how(row: Row) -> str:
    if row.measured:
        return _("measured on this model")
    if row.scaled:
        return _("others' measurement on a larger model, raised by as much as this one loses more")
    return _("by others' measurements on larger models")


def _why_nothing(rows: Sequence[Row], device: Device, room: int, *, importance: bool) -> str:
    usable = [row for row in rows if _usable(row, device, importance=importance)]
    floor = f"{device.quantization_settings.floor:.3g}"
    if not usable:
        text = _("No quantisation of this model stays above the quality floor of “{device}” ({floor} nats a token).")
        return text.format(device=device.title, floor=floor)
    least = min(usable, key=lambda row: row.memory.total)
    text = _(
        "Nothing fits into {room} GB: {name}, the smallest above the quality floor of “{device}” ({floor} nats a "
        "token), takes {memory} GB with {context} tokens of play."
    )
    return text.format(room=_gb(room), name=least.name, device=device.title, floor=floor,
                       memory=_gb(least.memory.total), context=least.context)  # fmt: skip


def _smaller(bases: Iterable[tuple[str, Outline]], device: Device, room: int) -> Smaller | None:
    """The largest of the bases that fits at the device's least context."""
    context = device.quantization_settings.least_context
    for name, model in sorted(bases, key=lambda row: row[1].weights, reverse=True):
        found = _best(rows_of(model, context), device, room, importance=False)
        if found is not None:
            return Smaller(name, found.name)
    return None


def _gb(size: int) -> str:
    return f"{size / GB:.2f}"
