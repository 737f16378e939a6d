"""`lorewright storage`: what runs, models, builds and caches take on disk, and giving it back."""

import argparse
from dataclasses import asdict
from pathlib import Path

from studio.amounts import MB
from studio.cli.asking import confirm
from studio.cli.output import print_json, print_line
from studio.errors import UsageError
from studio.language import _
from studio.setup.places import Places
from studio.training.storage import chosen, free
from studio.training.stored import Stored, stored
from studio.workspace import Workspace
from studio.workspace.bin import Filing
from studio.workspace.folder import find, named
from studio.workspace.system_bin import throw


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `storage`."""
    freed = _("give back the room of this thing, by its key in the list; may be repeated")
    parser.add_argument("--free", action="append", default=[], metavar="KEY", help=freed)
    safe = _("give back the room of everything that nothing needs any more or that is made or fetched again")
    parser.add_argument("--free-safe", action="store_true", help=safe)
    parser.add_argument("--yes", action="store_true", help=_("do it without asking"))


def run(args: argparse.Namespace) -> int:
    """Lists, or frees what was named."""
    workspace, cache = Workspace(named(args.workspace) or find()), Places.here().cache
    listed = stored(workspace, cache)
    keys = [*args.free, *(one.key for one in listed if args.free_safe and one.safe and not one.kept)]
    if keys or args.free_safe:
        return _free(args, keys, listed, workspace, cache)
    if args.format == "json":
        print_json({"items": [_plain(one) for one in listed], "bytes": sum(one.bytes for one in listed)})
        return 0
    width = max((len(one.key) for one in listed), default=0)
    for one in listed:
        mark = one.kept or (_("safe to free") if one.safe else "")
        print_line(f"{one.bytes / MB:>10.1f} MB  {one.key:<{width}}  {one.purpose} {mark}".rstrip())
    print_line(_("{size:.1f} MB in all. `lorewright storage --free KEY` gives room back.").format(
        size=sum(one.bytes for one in listed) / MB
    ))  # fmt: skip
    return 0


def _free(
    args: argparse.Namespace, keys: list[str], listed: tuple[Stored, ...], workspace: Workspace, cache: Path
) -> int:
    wanted = chosen(keys, listed)
    if not wanted:
        raise UsageError(
            detail=_("Nothing here is safe to free without a look; `lorewright storage` lists what there is.")
        )
    told = [f"{one.key} ({one.bytes / MB:.1f} MB): {one.loss}" for one in wanted]
    confirm(args, "\n".join([_("This goes:"), *told]))
    freed = free(keys, workspace, cache, Filing(throw, workspace.bin))
    size = sum(one.bytes for one in freed)
    if args.format == "json":
        print_json({"freed": [_plain(one) for one in freed], "bytes": size})
    else:
        print_line(_("{size:.1f} MB were given back or lie in the bin.").format(size=size / MB))
    return 0


def _plain(one: Stored) -> dict[str, object]:
    return {**asdict(one), "kind": one.kind.value, "paths": [str(path) for path in one.paths]}
