"""Owns the card of where a model can be played: its size, its memory by context length, its speed, a device a row.

Memory is forecast, and called so; speed stands there only where a suite measured it, with the machine it was
measured on: nobody can tell a phone's from a header.
"""

from dataclasses import dataclass
from pathlib import Path

from studio.errors import LorewrightError
from studio.evaluation.speed import NAME as SPEED
from studio.evaluation.summary import PartSummary, Summary
from studio.gguf.devices import GIB, Device, devices
from studio.gguf.memory import laid_out_anew, memory_of
from studio.gguf.outline import Outline, Piece, outline_of
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
class DeviceCard:
    """The card as people read it: a sentence on the file, HEAD's rows, and what is forecast and what measured."""

    about: str
    rows: tuple[tuple[str, ...], ...]
    note: str


def card_of(path: Path, summary: Summary | None = None) -> DeviceCard | None:
    """The card of a GGUF, with the speed that a suite measured; None for what is no readable GGUF."""
    try:
        with Gguf(path) as gguf:
            pieces = [(Piece(row.name, row.shape, row.type.name), row.type) for row in gguf.tensors]
            weights = sum(row.size for row in gguf.tensors)
        model = outline_of(path)
        found = devices()
    except (LorewrightError, OSError):
        return None
    doubled = laid_out_anew([Packed(piece, kind, kind, False, False) for piece, kind in pieces])
    needed = [memory_of(model, weights, doubled, context).total for context in CONTEXTS]
    about = _("{size} on disk, {bits:.2f} bits a weight, trained for {context} tokens.").format(
        size=_bytes(path.stat().st_size), bits=8 * weights / max(1, model.weights), context=model.context
    )
    rows = [_row(device, needed, model) for device in found]
    measured = _measured(summary)
    return DeviceCard(about, (*measured, *rows), _note(_peak(summary) if measured else None))


def _row(device: Device, needed: list[int], model: Outline) -> tuple[str, ...]:
    room = device.memory_limit_gb * GIB
    cells = [
        _fits(need, room) if context <= model.context else _("beyond what it was trained for")
        for context, need in zip(CONTEXTS, needed, strict=True)
    ]
    return (_(device.title), f"{device.memory_limit_gb:g} GiB", *cells, _("not measured"), _("not measured"))


def _fits(need: int, room: float) -> str:
    told = _("{size}, forecast") if need <= room else _("{size}, forecast: too much")
    return told.format(size=_bytes(need))


def _note(peak: str | None) -> str:
    """What is forecast and what measured; `peak` is the most memory that was measured, None where nothing was."""
    note = _("Memory is forecast for a processor, from the file's header, by context length. ")
    if peak is None:
        return note + _("Speed was not measured: a suite with a part of kind “speed” does that.")
    return note + _("Speed was measured on this machine alone; at the longest text it took {peak}.").format(peak=peak)


def _measured(summary: Summary | None) -> list[tuple[str, ...]]:
    """A row for each length of text at which a suite measured this machine's speed; none where it measured none."""
    part = _part(summary)
    lengths = [group.value for group in part.groups if group.what == _LENGTH] if part is not None else []
    named = [(_("this machine, measured after {length}").format(length=one.strip()), one) for one in lengths]
    rows = [
        (name, "–", "–", "–", "–", _figure(part, "first_token", length), _figure(part, "generation", length))
        for name, length in named or [(_("this machine, measured"), "")]
    ]
    return [row for row in rows if row[-2:] != ("–", "–")]


def _part(summary: Summary | None) -> PartSummary | None:
    return next((one for one in summary.parts if one.kind == SPEED), None) if summary is not None else None


def _peak(summary: Summary | None) -> str:
    return _figure(_part(summary), "peak")


def _figure(part: PartSummary | None, name: str, length: str = "") -> str:
    found = part.figure(name, _LENGTH if length else "", length) if part is not None else None
    return "–" if found is None or found.value is None else f"{found.value:.3g} {found.unit}"


def _bytes(count: float) -> str:
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
