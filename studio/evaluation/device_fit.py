"""Owns what is known of a source's quantisations before one is made: what they lost where measured, and what fits.

Measured losses come from the parity gate, else from the conversion's own comparison. Knows no window and no terminal.
"""

import json
import math
from collections.abc import Collection
from pathlib import Path

from studio.amounts import GB
from studio.errors import LorewrightError
from studio.evaluation.parity_file import CARD, read_parity
from studio.files import read_text
from studio.gguf.devices import Device
from studio.gguf.fitting import Choice, fit
from studio.gguf.made_from import source_told
from studio.gguf.naming import CONVENTION
from studio.gguf.outline import Outline, outline_of_sizes
from studio.jobs.run_base import base_of_run
from studio.jobs.runs import CONFIG
from studio.language import _
from studio.training.catalogue import catalogue
from studio.training.checkpoints import run_of

_MUCH_SMALLER = 0.95
_STARTER = "starter"
_PLAIN = "F16"


def base_under(source: Path) -> Path:
    """The base of a run or of a checkpoint, or what was named itself; raises NotARun or BaseGone."""
    run = run_of(source) or source
    return base_of_run(run) if (run / CONFIG).is_file() else source


def fit_for(
    model: Outline,
    device: Device,
    models: Path,
    source: Path,
    *,
    room: int | None = None,
    context: int | None = None,
    importance: bool = False,
) -> Choice:
    """What fits a device; a `context` that is wanted is shortened to the device's least at worst."""
    if context is not None:
        packing = device.quantization_settings
        least = min(packing.least_context, context)
        packing = packing.model_copy(update={"context": context, "least_context": least})
        device = device.model_copy(update={"quantization_settings": packing})
    measured = measured_losses(models, source, importance=importance)
    return fit(model, device, room, measured=measured, importance=importance, smaller=smaller_than(model))


def smaller_than(model: Outline) -> list[tuple[str, Outline]]:
    """The catalogue's models with fewer weights, without the starter, which nobody trains for its quality."""
    found = [row for row in catalogue() if row.parameters < _MUCH_SMALLER * model.weights and row.id != _STARTER]
    return [(row.id, outline_of_sizes(row.shape)) for row in found]


def measured_losses(models: Path, source: Path, *, importance: bool = False) -> dict[str, float]:
    """What quantisations of this very source were measured to lose, in nats a token.

    With `importance` those that were packed by an importance matrix, else those that were not.
    """
    found: dict[str, float] = {}
    for card in models.glob(f"*/{CARD}"):
        try:
            values = json.loads(read_text(card))
            if source_told(card.parent, values["source"]) != source:
                continue
            rows = [row for row in values["files"] if _packed_alike(row, importance)]
            found |= {str(row["quantisation"]): float(row["comparison"]["divergence"]) for row in rows}
            told = {str(row["file"]) for row in rows}
        except (LorewrightError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
        found |= _by_parity(card.parent, told)
    return {name: loss for name, loss in found.items() if math.isfinite(loss)}


def _packed_alike(row: dict[str, object], importance: bool) -> bool:
    return row["quantisation"] == _PLAIN or bool(row.get("importance")) == importance


def _by_parity(folder: Path, files: Collection[str]) -> dict[str, float]:
    try:
        report = read_parity(folder)
    except LorewrightError:
        return {}
    found: dict[str, float] = {}
    for step in report.steps:
        match = CONVENTION.fullmatch(step.file or "")
        near = (step.measured.near or {}).get("all")
        if step.file in files and match and match["Encoding"] and near is not None:
            found[match["Encoding"]] = near.divergence
    return found


def told_choice(choice: Choice) -> list[str]:
    """What was chosen and given up, a sentence each; else what would fit instead."""
    if choice.row is not None:
        text = _("{name} fits “{device}”: {memory} of {room} GB with {context} tokens of play.")
        values = {"memory": _gb(choice.row.memory.total), "room": _gb(choice.room), "context": choice.context}
        return [text.format(name=choice.row.name, device=choice.device.title, **values), *choice.given_up]
    if choice.smaller is None:
        return [*choice.given_up, _("No smaller base in the catalogue would fit either.")]
    text = _("The base {base} would fit, as {quantisation}: train on that one.")
    return [*choice.given_up, text.format(base=choice.smaller.base, quantisation=choice.smaller.quantisation)]


def _gb(size: int) -> str:
    return f"{size / GB:.2f}"
