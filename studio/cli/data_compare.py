"""`lorewright data compare A [B]`: two builds row by row; with one name its latest build against the one before."""

import argparse

from studio.cli.output import print_json, print_line
from studio.dataset.builds import Build, builds_of, find_build
from studio.dataset.comparing import Comparison, compare
from studio.dataset.rows import Row
from studio.errors import UsageError
from studio.language import _, plural
from studio.workspace.folder import Workspace, find, open_or_make

_SHOWN = 20


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `data compare`."""
    parser.add_argument("before", metavar="A", help=_("NAME, NAME/BUILD or a folder"))
    parser.add_argument(
        "after", nargs="?", metavar="B", help=_("the same; left out, A's two latest builds are compared")
    )


def run(args: argparse.Namespace) -> int:
    """Prints what differs; without B, between the build that is named and the one before it."""
    workspace = open_or_make(find(args.workspace))
    found = compare(*_builds(workspace, args.before, args.after))
    if args.format == "json":
        print_json(found.as_json())
    else:
        _print(found)
    return 0


def _builds(workspace: Workspace, one: str, other: str | None) -> tuple[Build, Build]:
    if other is not None:
        return find_build(workspace, one), find_build(workspace, other)
    after = find_build(workspace, one)
    made = builds_of(workspace, after.manifest.name)
    names = [path.name for path in made]
    earlier = made[names.index(after.path.name) + 1 :] if after.path.name in names else ()
    if not earlier:
        sentence = _("No build of “{name}” was made before this one, so there is nothing to compare it with.")
        raise UsageError(detail=sentence.format(name=one))
    return Build.open(earlier[0]), after


def _print(found: Comparison) -> None:
    print_line(f"{found.before} → {found.after}")
    print_line(f"{', '.join(_counts(found))}.")
    for field, (old, new) in found.settings.items():
        print_line(_("  {field}: {old} → {new}").format(field=field, old=old, new=new))
    _list("+", found.added)
    _list("-", found.removed)
    _list("~", [one.after for one in found.changed])
    for one in found.moved[:_SHOWN]:
        print_line(f"  > {_place(one.row)}  {one.before} → {one.after}")
    _more(">", len(found.moved))


def _counts(found: Comparison) -> tuple[str, ...]:
    """How much is the same and how much is not, each in its own words."""
    return (
        plural("{count} row is the same", "{count} rows are the same", found.same),
        plural("{count} was added", "{count} were added", len(found.added)),
        plural("{count} was removed", "{count} were removed", len(found.removed)),
        plural("{count} says something else", "{count} say something else", len(found.changed)),
        plural("{count} changed sides", "{count} changed sides", len(found.moved)),
        plural("{count} is weighed anew", "{count} are weighed anew", found.reweighted),
    )


def _list(mark: str, rows: "list[Row] | tuple[Row, ...]") -> None:
    for row in rows[:_SHOWN]:
        print_line(f"  {mark} {_place(row)}")
    _more(mark, len(rows))


def _more(mark: str, count: int) -> None:
    """Says how many are not listed."""
    if count > _SHOWN:
        print_line(_("  {mark} … {count} more").format(mark=mark, count=count - _SHOWN))


def _place(row: Row) -> str:
    return f"{row.source}  {row.place}"
