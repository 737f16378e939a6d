"""`lorewright plan`: what a training would take, part by part, before it starts; loads no weights."""

import argparse

from studio.cli.output import print_json, print_line
from studio.cli.train import add_settings
from studio.cli.train_settings import values_of
from studio.dataset.builds import Build
from studio.dataset.since import changed_sentence, changed_since
from studio.language import _
from studio.training.outlook import Outlook, outlook
from studio.training.prepared import prepared
from studio.training.sizes import gigabytes, part_word
from studio.training.speeds import time_word
from studio.workspace.folder import find, open_or_make


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `plan`: those of `train` that are settings."""
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    """Prints the plan; 1 where the training does not fit."""
    workspace = open_or_make(find(args.workspace))
    config = prepared(values_of(args), workspace)
    found = outlook(config, workspace.runs)
    changed = changed_since(Build.open(config.dataset)) if config.dataset is not None else ()
    if args.format == "json":
        print_json({**_values(found), "changed": list(changed)})
    else:
        for line in (*_lines(found), *filter(None, [changed_sentence(len(changed))])):
            print_line(line)
    return 0 if found.memory.fits else 1


def _lines(found: Outlook) -> list[str]:
    memory, room = found.memory, found.room
    rows = [(part_word(part), gigabytes(size)) for part, size in memory.parts.items()]
    rows.append((_("in all"), gigabytes(memory.total)))
    wide = max(len(name) for name, _size in rows)
    high = max(len(size) for _name, size in rows)
    verdict = _("fits") if memory.fits else _("does not fit")
    have = _("{device}: {room} can be had of {total}").format(
        device=room.name, room=gigabytes(memory.room), total=gigabytes(room.total)
    )
    data = _("{base}, {examples} examples with {tokens} tokens, {longest} in the longest").format(
        base=memory.config.base.name, examples=len(found.lengths), tokens=sum(found.lengths), longest=max(found.lengths)
    )
    time = _("time: {time} {source}").format(time=time_word(found.minutes), source=found.source).rstrip()
    return [data, have, *(f"  {name:<{wide}}  {size:>{high}}" for name, size in rows), verdict, *memory.changes, time]


def _values(found: Outlook) -> dict[str, object]:
    memory, room = found.memory, found.room
    return {
        "base": str(memory.config.base),
        "parameters": found.shape.weights,
        "device": {"name": room.name, "kind": room.kind, "total": room.total, "free": room.free},
        "examples": len(found.lengths),
        "tokens": sum(found.lengths),
        "longest": max(found.lengths),
        "parts": memory.parts,
        "total": memory.total,
        "room": memory.room,
        "fits": memory.fits,
        "changes": list(memory.changes),
        "settings": memory.config.model_dump(mode="json"),
        "minutes": found.minutes,
        "time": time_word(found.minutes),
        "source": found.source,
    }
