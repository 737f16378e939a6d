"""`lorewright rollback`: the version of a published model that was in use before goes into use again."""

import argparse

from studio.cli.output import print_json, print_line
from studio.language import _
from studio.publishing.versions import Shelf
from studio.workspace.folder import find, open_or_make


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `rollback`."""
    parser.add_argument("name", metavar="NAME", help=_("what was published"))


def run(args: argparse.Namespace) -> int:
    """Moves the pointer back and says where it stands."""
    workspace = open_or_make(find(args.workspace))
    version = Shelf(workspace.models, args.name).rollback()
    if args.format == "json":
        print_json({"name": args.name, "version": version.card.version, "path": str(version.path)})
    else:
        told = _("“{name}” is version {version} again, published {day}.")
        print_line(told.format(name=args.name, version=version.card.version, day=version.card.published))
    return 0
