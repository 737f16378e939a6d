"""`lorewright validate`: whether a GGUF is sound, held against its base where there is one."""

import argparse
import asyncio
from pathlib import Path

from studio.cli.output import print_json, print_line
from studio.gguf.made_from import base_beside
from studio.gguf.validating import CHECKS, Validation, validated
from studio.language import _
from studio.publishing.listed_models import file_named
from studio.workspace.folder import Workspace, find

_MARKS = {True: "✓", False: "✗", None: "–"}


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `validate`."""
    parser.add_argument("file", type=Path, metavar="FILE", help=_("a GGUF: a model or an adapter, or its name"))
    about = _("the model it came from, a GGUF or a folder (default: the one that the card beside the file names)")
    parser.add_argument("--base", type=Path, help=about)


def run(args: argparse.Namespace) -> int:
    """Prints a row a check; 1 where one failed."""
    file = file_named(Workspace(find(args.workspace)), args.file)
    base = args.base if args.base is not None else base_beside(file)
    found = asyncio.run(validated(file, base))
    if args.format == "json":
        print_json(values(found, base))
    else:
        for row in found.rows:
            print_line(f"{_MARKS[row.ok]} {_(CHECKS[row.check])}: {row.detail}")
        print_line(
            _("{file} is sound.").format(file=args.file)
            if found.ok
            else _("{file} is not sound.").format(file=args.file)
        )
    return 0 if found.ok else 1


def values(found: Validation, base: Path | None) -> dict[str, object]:
    """The same as JSON."""
    rows = [{"check": row.check, "ok": row.ok, "detail": row.detail} for row in found.rows]
    return {"path": str(found.path), "base": None if base is None else str(base), "ok": found.ok, "checks": rows}
