"""`lorewright export`: one zip of a workspace, without models and keys."""

import argparse
from dataclasses import asdict
from pathlib import Path

from studio.cli.output import print_json, print_line
from studio.errors import PathMissing
from studio.language import _, plural
from studio.publishing.exporting import export
from studio.workspace import Workspace
from studio.workspace.folder import find


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `export`."""
    parser.add_argument("--out", type=Path, metavar="FILE", help=_("the zip (default: the workspace's name, here)"))


def run(args: argparse.Namespace) -> int:
    """Writes the zip and says what was left out."""
    root = find(args.workspace)
    if not root.is_dir():
        raise PathMissing(path=root)
    workspace = Workspace(root)
    done = export(workspace, (args.out or Path.cwd() / f"{workspace.name}.zip").resolve())
    if args.format == "json":
        print_json(
            {"path": str(done.path), "files": list(done.names), "left_out": [asdict(one) for one in done.left_out]}
        )
        return 0
    told = plural("{count} file", "{count} files", len(done.names))
    print_line(_("{path}: {files}, without models and keys.").format(path=done.path, files=told))
    for one in done.left_out:
        print_line(_("  left out: {name} ({reason})").format(name=one.name, reason=one.reason))
    return 0
