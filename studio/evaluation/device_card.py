"""Owns the card of where a model can be played: its size, its memory by context length, its speed, a device a row.

Memory is forecast, and called so; speed stands there only where a suite measured it, with the machine it was
measured on: nobody can tell a phone's from a header.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.amounts import GB, MB
from studio.errors import LorewrightError
from studio.evaluation.speed import NAME as SPEED
from studio.evaluation.summary import Figure, PartSummary, Summary
from studio.gguf.devices import Device, devices
from studio.gguf.memory import laid_out_anew, memory_of
from studio.gguf.outline import Piece, outline_of
from studio.gguf.reader import Gguf
from studio.gguf.recipes import Packed
from studio.language import N_, _

CONTEXTS = (2048, 4096, 8192)
HEAD = (
    N_("device"),
    N_("memory it has"),
    N_("at 2k"),
    N_("at 4k"),
    N_("at 8k"),
    N_("first token"),
    N_("tokens a second"),
)

_LENGTH = "length"


@dataclass(frozen=True, slots=True)
class OnDevice:
    """A device, and the memory that is forecast for each of CONTEXTS; None beyond what the model was trained for."""

    device: Device
    needed: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """The speed that a suite measured on this machine after a text of `length` tokens; "" where lengths were mixed."""

    length: str
    first_token: Figure | None
    generation: Figure | None


@dataclass(frozen=True, slots=True)
class DeviceCard:
    """Where a GGUF can be played: what it takes, forecast for each device, and the speed where it was measured."""

    size: int
    bits: float
    context: int
    devices: tuple[OnDevice, ...]
    measured: tuple[Measured, ...] = ()
    peak: Figure | None = None

    @property
    def about(self) -> str:
        """A sentence on the file."""
        return _("{size} on disk, {bits:.2f} bits a weight, trained for {context} tokens.").format(
            size=_bytes(self.size), bits=self.bits, context=self.context
        )

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """HEAD's rows: what was measured here, then what is forecast of each device."""
        return (*map(_measured_row, self.measured), *map(_forecast_row, self.devices))

    @property
    def note(self) -> str:
        """What is forecast and what measured."""
        note = _("Memory is forecast for a processor, from the file's header, by context length. ")
        if not self.measured:
            return note + _("Speed was not measured: a suite with a part of kind “speed” does that.")
        told = _("Speed was measured on this machine alone; at the longest text it took {peak}.")
        return note + told.format(peak=_shown(self.peak))

    def as_json(self) -> dict[str, Any]:
        """Plain values; what is forecast says so, and what nobody measured is null."""
        return {
            "size": self.size, "bits_a_weight": round(self.bits, 4), "trained_context": self.context,
            "devices": [_device_json(one) for one in self.devices],
            "measured": [
                {"after_tokens": one.length.strip(), "first_token_seconds": _value(one.first_token),
                 "tokens_per_second": _value(one.generation)}
                for one in self.measured
            ],
            "peak_mib": _value(self.peak),
        }  # fmt: skip


def card_of(path: Path, summary: Summary | None = None) -> DeviceCard | None:
    """The card of a GGUF, with the speed that a suite measured; None for what is no readable GGUF."""
    try:
        with Gguf(path) as gguf:
            pieces = [(Piece(row.name, row.shape, row.type.name), row.type) for row in gguf.tensors]
            weights = sum(row.size for row in gguf.tensors)
        model = outline_of(path)
        found, size = devices(), path.stat().st_size
    except (LorewrightError, OSError):
        return None
    doubled = laid_out_anew([Packed(piece, kind, kind, False, False) for piece, kind in pieces])
    needed = tuple(
        memory_of(model, weights, doubled, context).total if context <= model.context else None for context in CONTEXTS
    )
    part = next((one for one in summary.parts if one.kind == SPEED), None) if summary is not None else None
    measured = tuple(_measured(part)) if part is not None else ()
    peak = part.figure("peak") if part is not None else None
    bits = 8 * weights / max(1, model.weights)
    return DeviceCard(size, bits, model.context, tuple(OnDevice(one, needed) for one in found), measured, peak)


def _measured(part: PartSummary) -> Iterator[Measured]:
    """The speed by length of text where a suite measured that, else in all; nothing where it measured none."""
    lengths = [group.value for group in part.groups if group.what == _LENGTH]
    for length in lengths or [""]:
        what = _LENGTH if length else ""
        one = Measured(length, *(part.figure(name, what, length) for name in ("first_token", "generation")))
        if _value(one.first_token) is not None or _value(one.generation) is not None:
            yield one


def _measured_row(one: Measured) -> tuple[str, ...]:
    name = _("this machine, measured after {length}").format(length=one.length.strip())
    name = name if one.length else _("this machine, measured")
    return (name, "–", "–", "–", "–", _shown(one.first_token), _shown(one.generation))


def _forecast_row(one: OnDevice) -> tuple[str, ...]:
    cells = [
        _("beyond what it was trained for") if need is None else _fits(need, one.device.room) for need in one.needed
    ]
    limit = f"{one.device.memory_limit_gb:g} GB"
    return (_(one.device.title), limit, *cells, _("not measured"), _("not measured"))


def _fits(need: int, room: float) -> str:
    told = _("{size}, forecast") if need <= room else _("{size}, forecast: too much")
    return told.format(size=_bytes(need))


def _device_json(one: OnDevice) -> dict[str, Any]:
    memory = [
        {"context": context, "bytes": need, "fits": None if need is None else need <= one.device.room, "forecast": True}
        for context, need in zip(CONTEXTS, one.needed, strict=True)
    ]
    return {
        "device": one.device.name, "title": _(one.device.title), "memory_gib": one.device.memory_limit_gb,
        "memory": memory, "first_token_seconds": None, "tokens_per_second": None,
    }  # fmt: skip


def _value(figure: Figure | None) -> float | None:
    return None if figure is None or figure.value is None else round(figure.value, 6)


def _shown(figure: Figure | None) -> str:
    return "–" if figure is None or figure.value is None else f"{figure.value:.3g} {figure.unit}"


def _bytes(count: float) -> str:
    return f"{count / GB:.2f} GB" if count >= GB else f"{count / MB:.0f} MB"
