"""Owns `lorewright data judge NAME --model GGUF`: has a model judge a data set; it goes on where it was stopped."""

import argparse
from pathlib import Path

from studio.cli.judging import at_least, judge_settings, progress, standing_told
from studio.cli.output import print_json, print_line
from studio.dataset.audit.judging import Judging, judge_rows
from studio.dataset.audit.subject import subject
from studio.dataset.verdicts import Decision
from studio.gguf.measure import cutter_of
from studio.language import N_, _
from studio.workspace import find

_TOLD = N_(
    "{model} by the rubric {rubric}: {rows} rows, {remembered} judged before; keep {keep}, flag {flag}, bin {bin}, no"
    " verdict {missing}."
)


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `data judge`."""
    parser.add_argument("what", metavar=_("NAME|FILE"), help=_("a data set, a file of rows or a folder of scenarios"))
    parser.add_argument("--model", type=Path, metavar="GGUF", help=_("the judge (default: the data set's)"))
    parser.add_argument(
        "--rubric", metavar="NAME", help=_("what the judge is asked (default: play, or the data set's)")
    )
    parser.add_argument("--limit", type=at_least(1), metavar="N", help=_("judge the first N rows only"))


def run(args: argparse.Namespace) -> int:
    """Judges, and says what came of it; 1 where a row got no verdict."""
    root = find(args.workspace)
    found = subject(args.what, root, limit=args.limit, cutter_of=cutter_of, told=progress)
    settings = judge_settings(found.settings.judge, args.model, args.rubric)
    rows = tuple({row.key: row for row in found.rows}.values())
    judging = judge_rows(rows, settings, root, told=standing_told())
    values = _values(judging)
    if args.format == "json":
        print_json(values)
    else:
        print_line(_(_TOLD).format_map(values))
        if judging.uniform:
            print_line(_("It says the very same of every row, so it judges nothing: choose another model."))
        for problem in judging.problems:
            print_line(f"  {problem.place}: {problem.sentence}")
    return int(bool(judging.problems))


def _values(judging: Judging) -> dict[str, object]:
    said = [verdict.decision for verdict in judging.verdicts.values()]
    standing = judging.standing
    return {
        "model": judging.model.name,
        "rubric": judging.rubric,
        "rows": standing.of,
        "remembered": standing.remembered,
        "missing": standing.missing,
        "uniform": judging.uniform,
        **{decision.value: said.count(decision) for decision in Decision},
        "prompt_tokens": standing.prompt_tokens,
        "reused": standing.reused,
        "problems": [problem.as_json() for problem in judging.problems],
    }
