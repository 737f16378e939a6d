"""Owns what `lorewright convert` tells before anything is made: the table of quantisations, and what fits."""

import argparse
from pathlib import Path

from studio.amounts import GB, MB
from studio.cli.output import columns
from studio.evaluation.device_fit import fit_for, measured_losses
from studio.gguf.devices import DEFAULT_DEVICE, device
from studio.gguf.fitting import Choice, Row, rows_of
from studio.gguf.outline import outline_of
from studio.language import _
from studio.workspace import Workspace


def forecast_rows(base: Path, source: Path, args: argparse.Namespace, workspace: Workspace) -> list[Row]:
    """Every quantisation of a base at the context that is asked for, or the device's."""
    told = device(args.device or DEFAULT_DEVICE)
    context = args.context or told.quantization_settings.context
    measured = measured_losses(workspace.models, source, importance=args.imatrix)
    return rows_of(outline_of(base), context, measured, importance=args.imatrix)


def chosen_by_fit(base: Path, source: Path, args: argparse.Namespace, workspace: Workspace) -> Choice:
    """The choice for a device and a number of GB; a context that was named is not shortened."""
    told = device(args.device or DEFAULT_DEVICE)
    if args.context:
        packing = told.quantization_settings.model_copy(update={"context": args.context, "least_context": args.context})
        told = told.model_copy(update={"quantization_settings": packing})
    room = round(args.fit_gb * GB) if args.fit_gb is not None else None
    return fit_for(outline_of(base), told, workspace.models, source, room=room, importance=args.imatrix)


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


def forecast_table(rows: list[Row]) -> list[str]:
    """The table of quantisations, and what its columns mean."""
    context = rows[0].context if rows else 0
    head = (_("quantisation"), "MB", _("bits a weight"), _("packed wider"), _("GB in play"), _("loss"), "")
    return [
        *columns([head, *(_cells(row) for row in rows)]),
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
    return (row.name, f"{told.size / MB:.1f}", f"{told.bits:.2f}", wider, _gb(row.memory.total), loss, about)


def _gb(size: int) -> str:
    return f"{size / GB:.2f}"
