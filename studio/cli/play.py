"""Owns `lorewright play`: a scenario against a model or a run in the terminal, or a script of player lines."""

import argparse
import asyncio
import contextlib
import math
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from studio.cli.output import print_json
from studio.cli.own_games import game_for
from studio.errors import InputError
from studio.files import read_text
from studio.inference.engine import LlamaEngine
from studio.inference.sampling import Sampling
from studio.jobs.run_names import find_run
from studio.language import N_, _
from studio.play.events import Applied, Listener, Malformed, PlayEvent, Refused, Stopped, TurnAdded, Wrote
from studio.play.session import Session, open_session
from studio.publishing.publishing import load_published
from studio.publishing.version import Version
from studio.publishing.versions import published
from studio.resources import samples
from studio.rules import Rules
from studio.scenario import load
from studio.scenario.game import Game
from studio.scenario.model import Scenario
from studio.training.playing import Played, load_what, played
from studio.workspace.folder import find


class NothingToPlayOn(InputError):
    """A scenario has no SYSTEM block, so there is no world and no party."""

    sentence = N_("{path} has no SYSTEM block to play on. Write one, or choose another scenario.")


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `play`."""
    about = _("a published name, a GGUF, or a run: its adapter is put on its base, nothing is converted")
    parser.add_argument("model", type=Path, metavar="MODEL", help=about)
    parser.add_argument("--scenario", type=Path, help=_("the scenario whose SYSTEM is played on"))
    parser.add_argument("--script", type=Path, help=_("a file with a player's line a line, instead of the keyboard"))
    parser.add_argument("--seed", type=int, default=0, help=_("seed of the dice and of the sampling"))
    parser.add_argument("--temperature", type=_temperature, default=0.0, help=_("0 takes the likeliest word"))
    parser.add_argument("--save", type=Path, help=_("where to keep the session (.jsonl)"))


def _temperature(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 <= (value := float(text)) < math.inf:
            return value
    raise argparse.ArgumentTypeError(_("“{text}” is no temperature; 0 or more, such as 0.8").format(text=text))


def run(parsed: argparse.Namespace) -> int:
    """Plays until the lines end."""
    path = parsed.scenario or samples() / "roleplay" / "merchant-negotiation.md"
    game = game_for(path, parsed.workspace)
    scenario = load(path, tools=game.tools).scenario
    if scenario.system is None:
        raise NothingToPlayOn(path=path)
    asyncio.run(_play(parsed, scenario, game))
    return 0


async def _opened(parsed: argparse.Namespace) -> tuple[LlamaEngine, str]:
    """The engine of what was named, and a name for it by content.

    A published version that was never loaded before and does not load is rolled back.
    """
    root = find(parsed.workspace)
    shelf = published(root / "models", str(parsed.model)) if not parsed.model.exists() else None
    if shelf is None:
        found = played(_named(parsed.model, root))
        return await load_what(found), found.digest

    name = shelf.name

    async def load(version: Version) -> tuple[LlamaEngine, str]:
        found = Played(name, version.model, version.adapter)
        return await load_what(found), found.digest

    return await load_published(shelf, load)


def _named(model: Path, workspace: Path) -> Path:
    """The file or folder that a person means: a path, or the name of a run."""
    if model.exists() or model.suffix.lower() == ".gguf":
        return model.resolve()
    return find_run(workspace / "runs", str(model)).path


async def _play(parsed: argparse.Namespace, scenario: Scenario, game: Game) -> None:
    engine, digest = await _opened(parsed)
    try:
        session = open_session(
            scenario,
            engine,
            seed=parsed.seed,
            file=parsed.save,
            model_hash=digest,
            rules=Rules.of(game.words),
            tools=game.tools,
            sampling=Sampling(temperature=parsed.temperature, seed=parsed.seed),
        )
        for line in _lines(parsed.script):
            await session.say(line, _printer(parsed.format))
        if parsed.format == "json":
            print_json(_transcript(session))
    finally:
        await engine.close()


def _lines(script: Path | None) -> Iterator[str]:
    if script is not None:
        yield from (line for line in read_text(script).splitlines() if line.strip())
        return
    while True:
        with _interruptible():
            print("\n> ", end="", flush=True)
            line = sys.stdin.readline()
        if not line:
            return
        if line.strip():
            yield line


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl+C ends the waiting for a line at once; asyncio's own handler would wait until the line is there."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _printer(form: str) -> Listener:
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
            case Refused(_call, reason) | Malformed(_call, reason):
                print(f"  · {reason}", file=stream)
            case Stopped(calls, _alike):
                print("  · " + _("stopped after {n} calls").format(n=calls), file=stream)

    return tell


def _transcript(session: Session) -> dict[str, object]:
    return {
        "model": session.model_name,
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
