"""Owns what `lorewright session ratings` and `judge` print: what people said, and how far a judge agrees with them."""

import argparse
import asyncio
import sys
from pathlib import Path

from studio.cli.output import print_json, print_line
from studio.cli.play_models import opened
from studio.dataset.audit.agreement import Kappa
from studio.errors import UsageError
from studio.evaluation.session_judge import Agreed, NothingRated, judge
from studio.intervals import Share
from studio.language import _, plural
from studio.play.ratings import QUESTIONS, Ratings
from studio.play.reading import read_book
from studio.play.said import FILE, answers, pairings, read, standings
from studio.play.session import Session
from studio.workspace import Workspace


def ratings(args: argparse.Namespace, workspace: Workspace) -> int:
    """Prints how sessions were rated and which models were voted for."""
    said = read(workspace.root / FILE)
    rated, voted = answers(said.rated), standings(said.voted, blind_only=args.blind)
    pairs = pairings(said.voted, blind_only=args.blind)
    if args.format == "json":
        print_json({
            "ratings": [one.as_json() for one in rated],
            "standings": [one.as_json() for one in voted],
            "pairings": [one.as_json() for one in pairs],
            "damaged": list(said.damaged),
        })  # fmt: skip
        return 0
    for line in said.damaged:
        print_line(_("Line {line} of {file} is damaged and was left out.").format(line=line, file=FILE), sys.stderr)
    if not rated and not voted:
        print_line(_("Nobody has rated or voted here yet."))
    for one in rated:
        print_line(f"{one.name}  {plural('{count} session', '{count} sessions', one.sessions)}")
        for name, share in one.yes.items():
            print_line(f"  {_(QUESTIONS[name])}  {_share(share)}")
    for standing in voted:
        ties = _(", {count} undecided").format(count=standing.ties) if standing.ties else ""
        print_line(_("{name} won {share}{ties}").format(name=standing.name, share=_share(standing.won), ties=ties))
    for pair in pairs if len(voted) > 2 else ():
        print_line(f"  {pair.first} : {pair.second}  {_share(pair.won)}")
    return 0


def judged(args: argparse.Namespace, workspace: Workspace) -> int:
    """Prints how far a model that judges sessions agrees with the people who rated them."""
    if not args.name:
        raise UsageError(detail=_("Name the model that is to judge, as in `lorewright session judge starter`."))
    rated = []
    for said in read(workspace.root / FILE).rated:
        path = workspace.sessions / f"{Path(said.session).name}.jsonl"
        if said.session and path.is_file():
            rated.append((said.ratings, read_book(path)))
    agreed = asyncio.run(_judged(args.name, workspace, rated))
    if args.format == "json":
        print_json({"judge": args.name, "sessions": len(rated), "agreement": [one.as_json() for one in agreed]})
        return 0
    print_line(_("{name} on {count} sessions that people rated:").format(name=args.name, count=len(rated)))
    for one in agreed:
        print_line(f"  {_(QUESTIONS[one.question])}  {_share(one.same)}  {_kappa(one.kappa)}")
    return 0


async def _judged(model: str, workspace: Workspace, rated: list[tuple[Ratings, Session]]) -> list[Agreed]:
    if not rated:
        raise NothingRated
    engine, _digest = await opened(model, workspace.root)
    try:
        return await judge(engine, rated, lambda done, of: print_line(f"[{done + 1}/{of}]", sys.stderr))
    finally:
        await engine.close()


def _kappa(kappa: Kappa) -> str:
    if kappa.value is None or kappa.interval is None:
        return _("agreement {grade}").format(grade=kappa.grade)
    low, high = kappa.interval
    return f"kappa {kappa.value:.2f} ({low:.2f}–{high:.2f}), {kappa.grade}"


def _share(share: Share) -> str:
    bounds = share.interval
    if bounds is None or share.share is None:
        return _("nobody said")
    return f"{share.count}/{share.of} = {share.share:.0%} ({bounds[0]:.0%}–{bounds[1]:.0%})"
