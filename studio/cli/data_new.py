"""`lorewright data new NAME`: the first description of a data set, from what the workspace has."""

import argparse

from studio.cli.output import print_json, print_line
from studio.dataset.beginning import begin
from studio.dataset.description import read_description
from studio.language import _
from studio.workspace.folder import find, open_or_make


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `data new`."""
    parser.add_argument("name", metavar="NAME", help=_("what to call the data set"))


def run(args: argparse.Namespace) -> int:
    """Writes the description and says where it is."""
    workspace = open_or_make(find(args.workspace))
    path = begin(workspace, args.name)
    if args.format == "json":
        print_json({"path": str(path), "description": read_description(path).model_dump(mode="json")})
    else:
        print_line(_("{path} is written. Next: lorewright data build {name}").format(path=path, name=path.stem))
    return 0
