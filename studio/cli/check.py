"""`lorewright check`: reads scenarios and says what to mend; knows no diagnostic itself."""

import argparse
import os
import sys
from pathlib import Path

from studio.cli.checking import Findings, Standard, check_files, cores
from studio.cli.output import print_json, print_line
from studio.cli.scenario_files import find
from studio.errors import PathMissing, UsageError
from studio.language import N_, _
from studio.lint import TABLE, explain
from studio.lint.selection import codes_of
from studio.lint.table import no_diagnostic, unknown_code
from studio.scenario.game import Game
from studio.workspace.folder import named
from studio.workspace.game import Games
from studio.workspace.selections import Selections

_MISSING = N_("Name a file or folder to check, or a code with --explain.")


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `check`."""
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help=_("a scenario, or a folder of them"))
    parser.add_argument("--strict", action="store_true", help=_("warnings count as findings too"))
    parser.add_argument("--fix", action="store_true", help=_("apply what can be mended surely, and save"))
    parser.add_argument("--select", metavar="CODES", help=_("only these rules, such as R or S007,R103"))
    parser.add_argument("--ignore", metavar="CODES", help=_("not these rules, on top of the workspace's settings"))
    parser.add_argument("--explain", metavar="CODE", help=_("print the page of a diagnostic, such as S007"))
    parser.add_argument("--no-cache", action="store_true", help=_("check every file anew, and remember nothing"))
    jobs = _("work on so many files at once; all cores if not said")
    parser.add_argument("--jobs", type=_processes, metavar="N", help=jobs)


def _processes(text: str) -> int:
    """How many at once, from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(_("“{text}” is not a whole number from 1").format(text=text))
    return int(text)


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
    root = named(args.workspace)
    games = Games(Game.of(root) if root is not None else None)
    found, standard = Findings(strict=args.strict), Standard(games, _selections(args, root))
    if args.fix:
        from studio.cli.fixing import fix_files  # most checks mend nothing

        fix_files([Path(one.shown) for one in find(args.paths, lambda _error: None)], standard.judge, found.failed)
    check_files(args.paths, found, standard, cached=not args.no_cache, processes=args.jobs or cores())
    if args.format == "json":
        print_json(found.rows)
    else:
        for row in found.rows:
            print_line("{path}:{line}:{column}: {severity} {code} {message}".format_map(row))
    print_line(found.summary(), sys.stderr)
    return found.exit_code


def _selections(args: argparse.Namespace, root: Path | None) -> Selections:
    """The selections of the workspaces, with what the command names; raises BadSelection or UnknownCode."""
    select, ignore = codes_of(args.select or "", "--select"), codes_of(args.ignore or "", "--ignore")
    unknown = unknown_code((*select, *ignore))
    if unknown is not None:
        raise no_diagnostic(unknown)
    return Selections(select, ignore, root)


def _explain(code: str, *, as_json: bool) -> None:
    page = explain(code)
    if not as_json:
        print_line(page.rstrip("\n"))
        return
    rule = TABLE[code.upper()]
    print_json({"code": rule.code, "severity": str(rule.severity), "title": _(rule.title), "page": page})
