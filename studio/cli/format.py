"""`lorewright format`: lays scenarios out in the one way; knows not which way that is."""

import argparse
from pathlib import Path

from studio.cli.rewriting import Rewrite, Rewriting
from studio.language import _
from studio.scenario import parse
from studio.scenario.formatter import formatted


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `format`."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=_("a scenario, or a folder of them"))
    parser.add_argument("--check", action="store_true", help=_("write nothing; exit with 1 where a file would change"))
    parser.add_argument("--diff", action="store_true", help=_("write nothing; print what would change"))


def run(args: argparse.Namespace) -> int:
    """Lays the files out; with `--check` or `--diff` only says what would change."""
    rewriting = Rewriting()
    rewrites = [Rewrite(path, text, formatted(parse(text, path=path))) for path, text in rewriting.texts(args.paths)]
    if not (args.check or args.diff):
        rewriting.save(rewrites)
    done, due = _("{path}: laid out"), _("{path}: would be laid out")
    rewriting.tell(rewrites, as_json=args.format == "json", diff=args.diff, done=done, due=due)
    return rewriting.exit_code(findings=args.check and any(rewrite.changed for rewrite in rewrites))
