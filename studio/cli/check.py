"""`lorewright check`: reads scenarios and says what to mend; knows no diagnostic itself."""

import argparse
import os
import sys
from pathlib import Path

from studio.cli.checking import Findings, Standard, check_files, cores
from studio.cli.output import print_json, print_line
from studio.errors import PathMissing, UsageError
from studio.language import N_, _
from studio.lint import TABLE, explain

_MISSING = N_("Name a file or folder to check, or a code with --explain.")


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `check`."""
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help=_("a scenario, or a folder of them"))
    parser.add_argument("--strict", action="store_true", help=_("warnings count as findings too"))
    parser.add_argument("--explain", metavar="CODE", help=_("print the page of a diagnostic, such as S007"))
    parser.add_argument("--no-cache", action="store_true", help=_("check every file anew, and remember nothing"))
    parser.add_argument("--jobs", type=int, metavar="N", help=_("work on so many files at once; all cores if not said"))


def run(args: argparse.Namespace) -> int:
    """Checks the paths and prints the rows; the exit code is 1 where something must be mended."""
    if args.explain:
        _explain(args.explain, as_json=args.format == "json")
        return 0
    if not args.paths:
        raise UsageError(detail=_(_MISSING))
    for path in args.paths:
        if not os.path.lexists(path):
            raise PathMissing(path=path)
    found = Findings(strict=args.strict)
    check_files(args.paths, found, Standard(), cached=not args.no_cache, processes=args.jobs or cores())
    if args.format == "json":
        print_json(found.rows)
    else:
        for row in found.rows:
            print_line("{path}:{line}:{column}: {severity} {code} {message}".format_map(row))
    print_line(found.summary(), sys.stderr)
    return found.exit_code


def _explain(code: str, *, as_json: bool) -> None:
    page = explain(code)
    if not as_json:
        print_line(page.rstrip("\n"))
        return
    rule = TABLE[code.upper()]
    print_json({"code": rule.code, "severity": str(rule.severity), "title": _(rule.title), "page": page})
