"""`lorewright inspect`: what a GGUF says of itself; loads no weights."""

import argparse
from pathlib import Path
from typing import Any

from studio.cli.output import print_json, print_line
from studio.gguf.inspecting import inspected
from studio.language import _
from studio.publishing.listed_models import file_named
from studio.workspace.folder import Workspace, find


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `inspect`."""
    parser.add_argument("file", type=Path, metavar="FILE", help=_("a GGUF, or a name such as `starter`"))
    parser.add_argument("--whole", action="store_true", help=_("show long lists to their end"))


def run(args: argparse.Namespace) -> int:
    """Prints it."""
    found = inspected(file_named(Workspace(find(args.workspace)), args.file), whole=args.whole)
    if args.format == "json":
        print_json(found)
    else:
        for line in lines(found):
            print_line(line)
    return 0


def lines(found: dict[str, Any]) -> list[str]:
    """The same for people: head, what it is packed as, metadata, tensors, template."""
    none = "–"
    rows = [
        (_("file"), f"{found['path']} ({found['size']:,} bytes, GGUF {found['version']}, {found['type']})"),
        (_("name"), found["name"] or none),
        (_("family"), found["architecture"] or none),
        (_("licence"), found["licence"] or _("it names none")),
        (_("context"), found["context"] or none),
        (_("layers"), found["layers"] or none),
        (_("weights"), f"{found['parameters']:,}"),
        (_("bits a weight"), f"{found['bits_per_weight']:.3f}"),
    ]
    wide = max(len(name) for name, _value in rows)
    told = [f"{name:<{wide}}  {value}" for name, value in rows]
    told += [f"  {row['type']:<8} {row['tensors']:>5} tensors {row['size']:>14,} bytes" for row in found["types"]]
    told += ["", _("Metadata"), *(f"  {key} = {_shown(value)}" for key, value in found["metadata"].items())]
    told += ["", _("Tensors"), *map(_tensor, found["tensors"])]
    return [*told, "", _("Chat template"), found["template"] or none]


def _shown(value: Any) -> str:
    if not isinstance(value, dict):
        return repr(value) if isinstance(value, str) else str(value)
    items = ", ".join(map(repr, value["items"]))
    more = ", …" if value["length"] > len(value["items"]) else ""
    return f"{value['length']} × [{items}{more}]"


def _tensor(row: Any) -> str:
    return f"  {row['name']:<40} {row['type']:<8} {'×'.join(map(str, row['shape'])):>16} {row['size']:>14,}"
