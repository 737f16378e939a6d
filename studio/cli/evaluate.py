"""Owns `lorewright evaluate`: how well models call the tools on held-out scenarios."""

import argparse
import asyncio
from pathlib import Path

from studio.cli.output import print_json
from studio.cli.own_games import game_for
from studio.errors import PathMissing
from studio.evaluation.held_out import NothingHeldOut, Split, cases_in
from studio.evaluation.measure import engine_for, measure
from studio.evaluation.toolcalls import Case, Scores, scores
from studio.language import _
from studio.resources import samples
from studio.rules import Rules
from studio.scenario.tools import ToolTable


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `evaluate`."""
    parser.add_argument("models", type=Path, nargs="+", metavar="MODEL", help=_("a GGUF"))
    parser.add_argument("--scenarios", type=Path, help=_("a folder with held-out scenarios (default: the samples)"))


def run(parsed: argparse.Namespace) -> int:
    """Measures every model and prints the scores."""
    folder = parsed.scenarios or samples()
    if not folder.exists():
        raise PathMissing(path=folder)
    game = game_for(folder / "scenario.md", parsed.workspace)
    table = game.tools
    cases = cases_in(Split.of(folder).held_out, Rules.of(game.words), table)
    if not cases:
        raise NothingHeldOut(folder=folder)
    found = [asyncio.run(_measured(path, cases, table)) for path in parsed.models]
    if parsed.format == "json":
        print_json([score.as_json() for score in found])
    else:
        for score in found:
            print(as_text(score))
    return 0


async def _measured(path: Path, cases: list[Case], table: ToolTable) -> Scores:
    engine = await engine_for(path)
    try:
        return scores(path.stem, await measure(engine, cases, table))
    finally:
        await engine.close()


def as_text(score: Scores) -> str:
    """Scores as a few aligned lines."""
    rows = [
        (_("right"), score.right),
        (_("where calls are due"), score.right_with_calls),
        (_("where none is due"), score.right_without),
        (_("invented a call"), score.invented),
        (_("calls well-formed"), score.well_formed),
        *((f"  {tool}", share) for tool, share in score.by_tool.items()),
    ]
    lines = [score.name]
    for label, share in rows:
        low, high = share.interval or (0.0, 0.0)
        figure = "-" if share.share is None else f"{share.share:6.1%}  ({low:.1%} to {high:.1%})"
        lines.append(f"  {label:<22} {share.count:>4} of {share.of:<4} {figure}")
    return "\n".join(lines)
