"""Owns asking before something is done that is not easily undone; knows no command."""

import argparse
import sys

from studio.cli.output import print_line
from studio.errors import Cancelled, UsageError
from studio.language import _


def confirm(args: argparse.Namespace, question: str) -> None:
    """Goes on where `--yes` was said or a person says so at the terminal; raises UsageError or Cancelled."""
    if args.yes:
        return
    if args.format == "json" or not sys.stdin.isatty():
        raise UsageError(detail=_("{question} Nothing was done; say --yes to do it.").format(question=question))
    print_line(question, sys.stderr)
    print_line(_("Type y and Enter to do it, Enter alone to leave it:"), sys.stderr)
    if sys.stdin.readline().strip().lower() not in ("y", "yes", _("y"), _("yes")):
        raise Cancelled
