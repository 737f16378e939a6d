"""Owns what `lorewright convert` tells before anything is made: the table of quantisations, and what fits."""

import argparse
import json
import math
from pathlib import Path

from studio.errors import LorewrightError
from studio.evaluation.parity_file import read_parity
from studio.files import read_text
from studio.gguf.devices import DEFAULT_DEVICE, GIB, device
from studio.gguf.fitting import Choice, Row, fit, rows_of
from studio.gguf.naming import CONVENTION
from studio.gguf.outline import Outline, outline_of, outline_of_sizes
from studio.language import _
from studio.training.catalogue import catalogue
from studio.workspace import Workspace

_CARD = "card.json"


def forecast_rows(base: Path, source: Path, args: argparse.Namespace, workspace: Workspace) -> list[Row]:
    """Every quantisation of a base at the context that is asked for, or the device's."""
    told = device(args.device or DEFAULT_DEVICE)
    context = args.context or told.quantization_settings.context
    measured = measured_losses(workspace.models, source)
    return rows_of(outline_of(base), context, measured, importance=args.imatrix)


def chosen_by_fit(base: Path, source: Path, args: argparse.Namespace, workspace: Workspace) -> Choice:
    """The choice for a device and a number of GB."""
    told = device(args.device or DEFAULT_DEVICE)
    if args.context:
        packing = told.quantization_settings.model_copy(update={"context": args.context, "least_context": args.context})
        told = told.model_copy(update={"quantization_settings": packing})
    model = outline_of(base)
    room = round(args.fit_gb * GIB) if args.fit_gb is not None else None
    measured = measured_losses(workspace.models, source)
    return fit(model, told, room, measured=measured, importance=args.imatrix, smaller=_smaller_than(model))


def _smaller_than(model: Outline) -> list[tuple[str, Outline]]:
    """The catalogue's models with fewer weights."""
    found = [(row.id, outline_of_sizes(row.shape)) for row in catalogue() if row.parameters < 0.95 * model.weights]
    return [(name, outline) for name, outline in found if name != "starter"]


def measured_losses(models: Path, source: Path) -> dict[str, float]:
    """What quantisations of this very source were measured to lose: by the parity gate, else when they were made."""
    found: dict[str, float] = {}
    for card in models.glob(f"*/{_CARD}"):
        try:
            values = json.loads(read_text(card))
            if values["source"] != str(source):
                continue
            for row in values["files"]:
                found[str(row["quantisation"])] = float(row["comparison"]["divergence"])
        except (LorewrightError, ValueError, KeyError, TypeError, RecursionError):
            continue
        found |= _by_parity(card.parent)
    return {name: loss for name, loss in found.items() if math.isfinite(loss)}


def _by_parity(folder: Path) -> dict[str, float]:
    try:
        report = read_parity(folder)
    except LorewrightError:
        return {}
    found: dict[str, float] = {}
    for step in report.steps:
        match = CONVENTION.fullmatch(step.file or "")
        near = (step.measured.near or {}).get("all")
        if match and match["Encoding"] and near is not None:
            found[match["Encoding"]] = near.divergence
    return found


def choice_fields(choice: Choice) -> dict[str, object]:
    """A choice as JSON has it."""
    smaller = choice.smaller
    return {
        "device": choice.device.name,
        "room": choice.room,
        "context": choice.context,
        "quantisation": choice.quantisation,
        "memory": choice.row.memory.total if choice.row is not None else None,
        "given_up": list(choice.given_up),
        "smaller_base": {"base": smaller.base, "quantisation": smaller.quantisation} if smaller is not None else None,
    }


def told_choice(choice: Choice) -> list[str]:
    """What was chosen and given up, one sentence a line."""
    lines = []
    if choice.row is not None:
        text = _("{name} fits “{device}”: {memory} of {room} GB with {context} tokens of play.")
        lines.append(
            text.format(name=choice.row.name, device=choice.device.title, memory=_gb(choice.row.memory.total),
                        room=_gb(choice.room), context=choice.context)
        )  # fmt: skip
    lines += choice.given_up
    if choice.row is None:
        if choice.smaller is not None:
            text = _("The base {base} would fit, as {quantisation}: train on that one.")
            lines.append(text.format(base=choice.smaller.base, quantisation=choice.smaller.quantisation))
        else:
            lines.append(_("No smaller base in the catalogue would fit either."))
    return lines


def forecast_table(rows: list[Row]) -> list[str]:
    """The table of quantisations, and what its columns mean."""
    context = rows[0].context if rows else 0
    head = (_("quantisation"), "MB", _("bits a weight"), _("packed wider"), _("GB in play"), _("loss"), "")
    cells = [head, *(_cells(row) for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    return [
        *lines,
        "",
        _("packed wider: matrices whose rows are too narrow for the quantisation, of all matrices."),
        _("GB in play: memory of the program on a processor, with {context} tokens of play.").format(context=context),
        _("loss: nats a token against F16; with * measured on this model, else by others on larger models."),
    ]


def _cells(row: Row) -> tuple[str, ...]:
    told = row.forecast
    loss = "–" if row.loss is None else f"{row.loss:.3f}{'*' if row.measured else ''}"
    about = _(told.quantisation.about)
    if told.needs_importance:
        about = _("only with --imatrix; {about}").format(about=about)
    wider = f"{told.fallbacks}/{told.quantised}"
    return (row.name, f"{told.size / 1e6:.1f}", f"{told.bits:.2f}", wider, _gb(row.memory.total), loss, about)


def _gb(size: int) -> str:
    return f"{size / GIB:.2f}"
