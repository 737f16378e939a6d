"""`lorewright pack`: a model with all that a game needs to run it and to check it."""

import argparse
import asyncio
import sys
from pathlib import Path

from studio.cli.output import print_json, print_line
from studio.cli.own_games import game_for
from studio.errors import PathMissing, UsageError
from studio.language import _
from studio.publishing.candidate import Candidate, OneFile, candidate_for, of_version, with_adapter
from studio.publishing.evaluation_card import card_of
from studio.publishing.packing import Wanted, make_pack
from studio.publishing.recording import MOST_TOKENS
from studio.publishing.told_scenarios import scenarios_to_tell
from studio.publishing.version import Card
from studio.publishing.versions import published
from studio.workspace import Workspace
from studio.workspace.folder import find, named

LONGEST = 1024
"""Tokens of a recorded reply: prompt and reply must fit into what a pack is recorded with."""


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `pack`."""
    parser.add_argument(
        "model", metavar="NAME|RUN|MODEL", help=_("a published name, a run, a converted model, a GGUF or `starter`")
    )
    parser.add_argument("--out", type=Path, metavar="PATH", help=_("the pack's folder, or a file that ends with .zip"))
    parser.add_argument("--quant", metavar="KIND", help=_("which of a model's files (default: Q4_K_M, else the first)"))
    parser.add_argument("--adapter", action="store_true", help=_("pack a run's base and adapter, not one model"))
    about = _("the text of the base's licence, or a notice that must go along; can be given several times")
    parser.add_argument("--licence", action="append", type=Path, default=[], metavar="FILE", help=about)
    about = _("a scenario to record transcripts on; can be given several times (default: two that are held out)")
    parser.add_argument("--scenario", action="append", type=Path, default=[], metavar="FILE", help=about)
    about = _("tokens a recorded reply may have (default: {count})").format(count=MOST_TOKENS)
    parser.add_argument("--tokens", type=_tokens, metavar="N", default=MOST_TOKENS, help=about)


def _tokens(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= LONGEST:
        told = _("{text} is no number of tokens from 1 to {most}")
        raise argparse.ArgumentTypeError(told.format(text=text, most=LONGEST))
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Makes the pack and says what other programs make of it."""
    workspace = Workspace(named(args.workspace) or find())
    candidate, name, card = _candidate(args, workspace)
    missing = next((path for path in (*args.licence, *args.scenario) if not path.is_file()), None)
    if missing is not None:
        raise PathMissing(path=missing)
    game = game_for(workspace.scenarios / "scenario.md", workspace.root)
    target = (args.out or Path.cwd() / f"{name}-pack").resolve()
    wanted = Wanted(
        name=name,
        version=card.version if card is not None else None,
        card=card_of(candidate, list(game.tools.tools), card),
        game=game,
        game_folder=workspace.root,
        scenarios=args.scenario or scenarios_to_tell(candidate, workspace),
        licences=args.licence,
        max_tokens=args.tokens,
        told=lambda what: print_line(f"[{what}]", sys.stderr),
    )
    report = asyncio.run(make_pack(candidate, wanted, target))
    if args.format == "json":
        print_json({"pack": str(target), "compatibility": report})
        return 0
    print_line(_("{path} is ready. Check it anywhere with `lorewright verify {path}`.").format(path=target))
    for line in _engines(report["engines"]):
        print_line(line)
    return 0


def _candidate(args: argparse.Namespace, workspace: Workspace) -> tuple[Candidate, str, Card | None]:
    shelf = published(workspace.models, args.model)
    if args.adapter and shelf is not None:
        raise UsageError(detail=_("“{name}” is published as one model. Name the run for --adapter.").format(
            name=shelf.name))  # fmt: skip
    if args.quant is not None and args.adapter:
        raise UsageError(detail=_("--adapter packs the base as it is, so --quant can't choose. Leave one of them out."))
    if args.quant is not None and shelf is not None:
        raise OneFile(given=shelf.name, quantisation=args.quant)
    if shelf is not None:
        version = shelf.current()
        return of_version(version), shelf.name, version.card
    if args.adapter:
        candidate = with_adapter(args.model, workspace)
        return candidate, candidate.folder.name, None
    candidate = candidate_for(args.model, workspace, args.quant)
    return candidate, candidate.folder.name, None


def _engines(rows: object) -> list[str]:
    """A line an engine, and its remarks."""
    lines = []
    for row in rows if isinstance(rows, list) else []:
        tried = _("loaded and written with here") if row["loaded_here"] else _("not tried here")
        lines.append(f"  {row['engine']}: {row.get('template') or tried}")
        lines += [f"    - {one['sentence']}" for one in row.get("rows", ()) if one["state"] != "ok"]
    return lines
