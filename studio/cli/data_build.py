"""`lorewright data build NAME`: builds a data set and prints what went in, what stayed out and why."""

import argparse
import sys
from collections.abc import Callable

from studio.cli.output import print_json, print_line
from studio.dataset.build import Built, Setting, build
from studio.dataset.leaking import said
from studio.dataset.manifest import Manifest, SourceAccount
from studio.dataset.problems import RowProblem
from studio.dataset.reading import Progress
from studio.gguf.measure import cutter_of
from studio.language import _, plural
from studio.workspace.folder import find, open_or_make

_SHOWN = 50


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `data build`."""
    parser.add_argument("name", metavar="NAME", help=_("the data set: `datasets/NAME.yaml` describes it"))
    parser.add_argument("--anew", action="store_true", help=_("read every source anew, and remember nothing"))
    parser.add_argument("--jobs", type=int, metavar="N", help=_("work with so many processes; all cores if not said"))


def run(args: argparse.Namespace) -> int:
    """Builds; the exit code is 1 where something in a source had errors and was kept out."""
    workspace = open_or_make(find(args.workspace))
    setting = Setting(told=progress(), remember=not args.anew, processes=args.jobs)
    built = build(args.name, workspace, cutter_of, setting)
    if args.format == "json":
        print_json(result(built))
    else:
        _print(built)
    return 1 if built.build.manifest.errors else 0


def progress() -> Callable[[Progress], None]:
    """Who tells on a terminal how far the work is; nobody where stderr is a file or a pipe."""
    if not sys.stderr.isatty():
        return lambda _progress: None

    def told(now: Progress) -> None:
        whole = f"/{now.of}" if now.of is not None else ""
        print(f"\r\x1b[K{now.part} {now.done}{whole}", end="", file=sys.stderr, flush=True)

    return told


def result(built: Built) -> dict[str, object]:
    """What `--format json` prints; its schema is `data-build.schema.json`."""
    manifest = built.build.manifest
    return {
        "build": built.build.name,
        "path": str(built.build.path),
        "counts": manifest.counts,
        "calls": manifest.calls,
        "out": manifest.out,
        "flagged": manifest.flagged,
        "held_out": list(manifest.held_out),
        "leakage": manifest.leakage,
        "sources": manifest.as_json()["sources"],
        "errors": manifest.errors,
        "problems": [problem.as_json() for problem in built.errors],
        "more": manifest.errors - len(built.errors),
        "warnings": list(manifest.warnings),
    }


def _print(built: Built) -> None:
    manifest = built.build.manifest
    print_line(_head(built.build.name, manifest))
    for source in manifest.sources:
        _print_source(source)
    for code, count in sorted(manifest.out.items(), key=lambda one: -one[1]):
        print_line(_("  out: {code} {count}").format(code=code, count=count))
    if manifest.out:
        print_line(_("  which these are, and why: lorewright data audit {name}").format(name=manifest.name))
    for code, count in sorted(manifest.flagged.items(), key=lambda one: -one[1]):
        print_line(_("  to look at: {code} {count}").format(code=code, count=count))
    print_line(_("  leakage: {said}").format(said=said(manifest.leakage)))
    print_problems(built.errors, manifest.errors)
    _print_warnings(manifest)
    print_line(str(built.build.path))


def _head(name: str, manifest: Manifest) -> str:
    counts = manifest.counts
    return _("{name}: {examples}, {validation} to validate with, {tokens}, {calls}").format(
        name=name,
        examples=plural("{count} example to train on", "{count} examples to train on", counts["training"]),
        validation=counts["validation"],
        tokens=plural("{count} token", "{count} tokens", counts["tokens"]),
        calls=plural("{count} call", "{count} calls", manifest.calls["in"]),
    )


def _print_source(source: SourceAccount) -> None:
    rows = plural("{{kept}} of {count} row in", "{{kept}} of {count} rows in", source.rows).format(kept=source.kept)
    line = _("  {name}: {rows}, weight {weight:g}, {passes:.2f} passes an epoch")
    print_line(line.format(name=source.name, rows=rows, weight=source.weight, passes=source.passes))
    if source.variants:
        print_line(plural("    and {count} variant", "    and {count} variants", source.variants))


def _print_warnings(manifest: Manifest) -> None:
    count, listed = sum(source.warnings for source in manifest.sources), len(manifest.warnings)
    if count > listed:
        said = _("{count} warnings; the manifest has the first {listed}")
        print_line(said.format(count=count, listed=listed))
    elif count:
        print_line(plural("{count} warning stands in the manifest", "{count} warnings stand in the manifest", count))


def print_problems(errors: tuple[RowProblem, ...], count: int) -> None:
    """The errors on stderr, the first of them one a line, and how many there are beside."""
    for problem in errors[:_SHOWN]:
        print_line(f"{problem.place}: {problem.code} {problem.sentence}", sys.stderr)
    if count > _SHOWN:
        more = plural("… and {count} more", "… and {count} more", count - _SHOWN)
        print_line(more, sys.stderr)
