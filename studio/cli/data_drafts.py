"""Owns `lorewright data drafts`: what models drafted, and a person's word on it."""

import argparse
from datetime import date
from pathlib import Path

from studio.cli.output import print_json, print_line
from studio.dataset.drafts import Drafts
from studio.errors import UsageError
from studio.language import _
from studio.workspace import Workspace, find
from studio.workspace.bin import Filing

ACTS = ("list", "accept", "discard")


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `data drafts`."""
    parser.add_argument("act", nargs="?", choices=ACTS, default="list", help=_("what to do (default: list)"))
    parser.add_argument("names", nargs="*", metavar="DRAFT", help=_("the drafts to accept or discard"))


def run(args: argparse.Namespace) -> int:
    """Lists the drafts, makes them scenarios, or puts them into the workspace's bin."""
    workspace = Workspace(find(args.workspace))
    drafts = Drafts(workspace)
    if args.act == "list":
        return _list(drafts, as_json=args.format == "json")
    if not args.names:
        raise UsageError(detail=_("Name the drafts; `lorewright data drafts` lists them."))
    filing = Filing(lambda _path: None, workspace.bin)
    done: list[dict[str, object]] = []
    for path in [drafts.find(name) for name in args.names]:
        done.append(_accepted(drafts, path, filing) if args.act == "accept" else _discarded(drafts, path, filing))
    if args.format == "json":
        print_json(done)
    else:
        for row in done:
            print_line(_("{draft} → {path}").format_map(row))
    return 0


def _list(drafts: Drafts, *, as_json: bool) -> int:
    found = drafts.all()
    if as_json:
        print_json([one.as_json() for one in found])
        return 0
    for one in found:
        text = _("{name}: {title} ({type}, by {writer}), {count} to look at")
        count = len(one.problems)
        names = {"name": one.path.stem, "title": one.title, "type": one.scenario_type, "writer": one.writer}
        print_line(text.format(count=count, **names))
        for problem in one.problems:
            print_line(f"  {problem}")
    return 0


def _accepted(drafts: Drafts, path: Path, filing: Filing) -> dict[str, object]:
    return {"draft": str(path), "path": str(drafts.accept(path, date.today(), filing).scenario)}


def _discarded(drafts: Drafts, path: Path, filing: Filing) -> dict[str, object]:
    return {"draft": str(path), "path": str(drafts.discard(path, filing).after)}
