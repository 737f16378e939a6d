"""`lorewright data list`: the data sets of a workspace and their builds."""

import argparse
from typing import Any

from studio.cli.output import print_json, print_line
from studio.dataset.builds import Build, builds_of, names, when_built
from studio.dataset.description import description_path
from studio.errors import LorewrightError
from studio.language import _, plural
from studio.workspace.folder import Workspace, find, open_or_make


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `data list`."""
    parser.add_argument("name", nargs="?", metavar="NAME", help=_("only this data set"))


def run(args: argparse.Namespace) -> int:
    """Prints every data set with its builds, the latest first."""
    workspace = open_or_make(find(args.workspace))
    wanted = (args.name,) if args.name else names(workspace)
    rows = [_row(workspace, name) for name in wanted]
    if args.format == "json":
        print_json(rows)
        return 0
    if not rows:
        print_line(_("There is no data set yet. `lorewright data new NAME` begins one."))
    for row in rows:
        print_line(str(row["name"]) if row["described"] else _("{name} (not described any more)").format(**row))
        for build in row["builds"]:
            print_line("  " + _line(build))
    return 0


def _row(workspace: Workspace, name: str) -> dict[str, Any]:
    when = when_built(workspace, name)
    builds: list[dict[str, Any]] = []
    for path in builds_of(workspace, name):
        told: dict[str, object] = {"build": f"{name}/{path.name}", "path": str(path), "when": when.get(path.name)}
        try:
            manifest = Build.open(path).manifest
            told |= {"counts": manifest.counts, "errors": manifest.errors, "trouble": None}
        except LorewrightError as error:
            told |= {"counts": None, "errors": None, "trouble": str(error)}
        builds.append(told)
    return {"name": name, "described": description_path(workspace.root, name).is_file(), "builds": builds}


def _line(build: dict[str, object]) -> str:
    counts = build["counts"]
    if not isinstance(counts, dict):
        return f"{build['build']}  {build['trouble']}"
    line = _("{build}  {when}  {training} to train on, {validation} to validate with, {errors}")
    errors = plural("{count} error", "{count} errors", int(str(build["errors"])))
    return line.format(**{**counts, **build, "errors": errors})
