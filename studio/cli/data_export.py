"""`lorewright data export NAME --as FORMAT --out PATH`: a build in another program's format.

With `--format json` it prints one value; its schema is `data-export.schema.json`.
"""

import argparse
from pathlib import Path

from studio.cli.output import print_json, print_line
from studio.dataset.builds import find_build
from studio.dataset.export import EXPORTS, Exported, export
from studio.language import _, plural
from studio.workspace.folder import Workspace, find


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `data export`."""
    parser.add_argument("name", metavar="NAME", help=_("the data set (its latest build), or NAME/BUILD"))
    parser.add_argument("--as", dest="form", choices=EXPORTS, required=True, help=_("the format"))
    parser.add_argument("--out", type=Path, required=True, metavar="PATH", help=_("the folder to make"))


def run(args: argparse.Namespace) -> int:
    """Writes the folder and says what is in it."""
    build = find_build(Workspace(find(args.workspace)), args.name)
    build.verify()
    exported = export(build, args.form, args.out.expanduser())
    if args.format == "json":
        print_json({"build": build.name, **as_json(exported)})
    else:
        show(exported)
    return 0


def as_json(exported: Exported) -> dict[str, object]:
    """An export as plain values."""
    listed = [{"key": one.key, "place": str(one.place), "reason": one.reason} for one in exported.listed]
    return {
        "path": str(exported.path), "format": exported.form, "rows": exported.rows, "written": exported.written,
        "records": exported.records, "files": exported.files, "listed": listed,
    }  # fmt: skip


def show(exported: Exported) -> None:
    """Prints an export for people."""
    sentence = plural(
        "{{written}} of {{rows}} in {{path}}, as {count} record.",
        "{{written}} of {{rows}} in {{path}}, as {count} records.",
        exported.records,
    )
    rows = plural("{count} row", "{count} rows", exported.rows)
    print_line(sentence.format(written=exported.written, rows=rows, path=exported.path))
    for name, count in exported.files.items():
        print_line(f"  {name}  {count}")
    if exported.listed:
        count = len(exported.listed)
        print_line(plural("{count} row has no form there:", "{count} rows have no form there:", count))
    for one in exported.listed:
        print_line(f"  {one.place}  {one.reason}")
