"""Owns `lorewright data audit FILE|NAME`: looks through rows and says which should not be learnt, and why."""

import argparse
from pathlib import Path

from studio.cli.judging import at_least, judge_settings, progress, standing_told
from studio.cli.output import print_json, print_line
from studio.dataset.audit.agreement import SAMPLE
from studio.dataset.audit.report import audit_report
from studio.dataset.audit.subject import subject
from studio.dataset.audit.telling import told
from studio.gguf.measure import cutter_of
from studio.language import _
from studio.workspace import find


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `data audit`."""
    parser.add_argument("what", metavar=_("FILE|NAME"), help=_("a file of rows, a folder of scenarios, or a data set"))
    parser.add_argument("--judge", type=Path, metavar="GGUF", help=_("a model that judges each row too"))
    parser.add_argument(
        "--rubric", metavar="NAME", help=_("what the judge is asked (default: play, or the data set's)")
    )
    parser.add_argument("--limit", type=at_least(1), metavar="N", help=_("look at the first N rows only"))
    by_hand = _("how many rows to decide by hand")
    parser.add_argument("--sample", type=at_least(0), default=SAMPLE, metavar="N", help=by_hand)
    parser.add_argument("--seed", type=int, default=0, help=_("another seed draws another sample"))
    parser.add_argument("--all", action="store_true", help=_("list the rows that are kept too (JSON)"))


def run(args: argparse.Namespace) -> int:
    """Audits and prints the report; 1 where something could not be read."""
    root = find(args.workspace)
    found = subject(args.what, root, limit=args.limit, cutter_of=cutter_of, told=progress)
    settings = found.settings.judge
    if args.judge is not None or args.rubric is not None:
        settings = judge_settings(settings, args.judge, args.rubric)
    report = audit_report(
        found, root, judge=settings, sample=args.sample, seed=args.seed, told=progress, judging_told=standing_told()
    )
    if args.format == "json":
        print_json(report.as_json(every=args.all))
    else:
        for line in told(report):
            print_line(line)
    return int(any(problem.error for problem in report.problems))
