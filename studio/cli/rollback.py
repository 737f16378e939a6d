"""`lorewright rollback`: the version of a published model that was in use before goes into use again, or any other."""

import argparse

from studio.cli.output import print_json, print_line
from studio.language import _
from studio.publishing.versions import Shelf, told_move
from studio.workspace.folder import Workspace, find, named


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `rollback`."""
    parser.add_argument("name", metavar="NAME", help=_("what was published"))
    about = _("the version to put in use, also a newer one (default: the one that was in use before)")
    parser.add_argument("--to", type=_number, metavar="VERSION", help=about)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text) < 10**9:
        told = _("“{text}” is no number of a version; `lorewright publish --list` shows them")
        raise argparse.ArgumentTypeError(told.format(text=text))
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Moves the pointer and says where it stands, and how it is moved to where it was."""
    workspace = Workspace(named(args.workspace) or find())
    shelf = Shelf(workspace.models, args.name)
    left, version = shelf.rollback(args.to)
    card = version.card
    if args.format == "json":
        print_json({"name": args.name, "version": card.version, "path": str(version.path), "left": left})
        return 0
    print_line(told_move(shelf, left, card))
    return 0
