"""`lorewright verify`: whether a game pack is whole, and its model says what it said when the pack was made."""

import argparse
import asyncio
import sys
from pathlib import Path

from studio.cli.output import print_json, print_line
from studio.language import _
from studio.publishing.verifying import verify


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `verify`."""
    parser.add_argument("pack", type=Path, metavar="PACK", help=_("a game pack, a folder or a zip"))


def run(args: argparse.Namespace) -> int:
    """Checks and prints every check; 1 where one fails."""
    checks = asyncio.run(verify(args.pack, lambda what: print_line(f"[{what}]", sys.stderr)))
    passed = all(check.passed for check in checks)
    if args.format == "json":
        print_json({"pack": str(args.pack), "passed": passed, "checks": [check.as_json() for check in checks]})
        return 0 if passed else 1
    for check in checks:
        print_line(f"{check.what}: " + (_("as it was packed") if check.passed else _("differs")))
        for problem in check.problems:
            print_line(f"  - {problem}")
    return 0 if passed else 1
