"""Owns `lorewright play`: a scenario against a model in the terminal, or a script of player lines."""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from studio.cli.own_games import game_for
from studio.errors import UsageError
from studio.files import read_text, sha256_of
from studio.inference.engine import LlamaEngine, Sampling
from studio.inference.session import Applied, PlayEvent, Refused, Session, Stopped, TurnAdded, Wrote, open_session
from studio.language import _
from studio.resources import samples
from studio.rules import Rules
from studio.scenario import load
from studio.scenario.game import Game


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `play`."""
    parser.add_argument("model", type=Path, help=_("a GGUF"))
    parser.add_argument("--scenario", type=Path, help=_("the scenario whose SYSTEM is played on"))
    parser.add_argument("--script", type=Path, help=_("a file with a player's line a line, instead of the keyboard"))
    parser.add_argument("--seed", type=int, default=0, help=_("seed of the dice and of the sampling"))
    parser.add_argument("--temperature", type=float, default=0.0, help=_("0 takes the likeliest word"))
    parser.add_argument("--save", type=Path, help=_("where to keep the session (.jsonl)"))


def run(parsed: argparse.Namespace) -> int:
    """Plays until the lines end."""
    path = parsed.scenario or samples() / "roleplay" / "merchant-negotiation.md"
    game = game_for(path, parsed.workspace)
    scenario = load(path, tools=game.tools).scenario
    if scenario.system is None:
        raise UsageError(detail=_("{path} has no SYSTEM block to play on.").format(path=path))
    asyncio.run(_play(parsed, scenario, game))
    return 0


async def _play(parsed: argparse.Namespace, scenario: object, game: Game) -> None:
    engine = await LlamaEngine.load(parsed.model)
    try:
        session = open_session(
            scenario,  # type: ignore[arg-type]  # a Scenario; argparse knows no types
            engine,
            seed=parsed.seed,
            file=parsed.save,
            model_hash=sha256_of(parsed.model),
            rules=Rules.of(game.words),
            tools=game.tools,
            sampling=Sampling(temperature=parsed.temperature, seed=parsed.seed),
        )
        for line in _lines(parsed.script):
            await session.say(line, _printer(parsed.format))
        if parsed.format == "json":
            print(json.dumps(_transcript(session), ensure_ascii=False, indent=1))
    finally:
        await engine.close()


def _lines(script: Path | None) -> Iterator[str]:
    if script is not None:
        yield from (line for line in read_text(script).splitlines() if line.strip())
        return
    while True:
        print("\n> ", end="", flush=True)
        line = sys.stdin.readline()
        if not line:
            return
        if line.strip():
            yield line


def _printer(form: str):  # type: ignore[no-untyped-def]  # a Listener; the closure below carries the types
    stream = sys.stderr if form == "json" else sys.stdout

    def tell(event: PlayEvent) -> None:
        match event:
            case Wrote(text):
                print(text, end="", file=stream, flush=True)
            case TurnAdded(node) if node.kind == "User":
                print(f"> {node.text}\n", file=stream)
            case TurnAdded(node) if node.kind == "DM":
                print(file=stream)
            case Applied(resolution):
                print(f"  · {resolution.sentence}", file=stream)
            case Refused(_call, reason):
                print(f"  · {reason}", file=stream)
            case Stopped(calls):
                print("  · " + _("stopped after {n} calls").format(n=calls), file=stream)

    return tell


def _transcript(session: Session) -> dict[str, object]:
    return {
        "model": session.engine.card.name,
        "seed": session.seed,
        "turns": [{"speaker": node.kind, "content": node.text} for node in session.path()],
        "party": {
            sheet.name: {
                "health": list(sheet.health) if sheet.health else None,
                "inventory": [{"item": item.name, "count": item.count} for item in sheet.inventory],
                "conditions": list(sheet.conditions),
                "level": sheet.level,
            }
            for sheet in session.party.sheets
        },
    }
