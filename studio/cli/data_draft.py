"""Owns `lorewright data draft`: a model drafts a scenario that is missing; the draft waits for a person."""

import argparse
import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from studio.cli.data_coverage import described, report
from studio.cli.output import print_json, print_line
from studio.dataset.drafting import Draft, LocalWriter, RemoteWriter, Wanted, draft, key_from, wanted_for, with_gap
from studio.dataset.drafts import Drafts
from studio.dataset.reading import Progress
from studio.errors import UsageError
from studio.inference.engine import LlamaEngine
from studio.language import _
from studio.scenario.game import Game
from studio.scenario.model import plain_name
from studio.scenario.parser import TYPES
from studio.workspace import Workspace, find

_CONTEXT = 4096


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `data draft`."""
    parser.add_argument("name", nargs="?", help=_("a data set: drafts the scenario that it needs most"))
    parser.add_argument("--model", help=_("a GGUF; with --address the model's name there"))
    parser.add_argument("--address", help=_("an OpenAI-compatible address, such as http://localhost:11434/v1"))
    parser.add_argument(
        "--key-env", metavar="VAR", help=_("the name of the key: an environment variable, or what `data key` kept")
    )
    parser.add_argument("--timeout", type=_number(1, 3600), default=60, help=_("seconds that an answer may take"))
    gap = _("what to fill, such as skill=persuasion; may be given several times")
    parser.add_argument("--gap", action="append", default=[], metavar="WHAT=VALUE", help=gap)
    parser.add_argument("--type", choices=TYPES, help=_("the type of scenario"))
    parser.add_argument("--skill", action="append", default=[], help=_("a check; may be given several times"))
    parser.add_argument("--tool", action="append", default=[], help=_("another call; may be given several times"))
    parser.add_argument("--class", dest="class_name", help=_("the player's class"))
    parser.add_argument("--level", type=_number(1, 30), help=_("the player's level"))
    parser.add_argument("--turns", type=_number(1, 60), help=_("how many turns the narrator has, at least"))
    parser.add_argument("--note", default="", help=_("a wish in words, for the writer"))
    parser.add_argument("--seed", type=int, default=0, help=_("another seed makes another draft"))
    parser.add_argument(
        "--tries", type=_number(1, 20), default=3, help=_("how often a line and the whole are tried at most")
    )


def _number(low: int, high: int) -> Callable[[str], int]:
    """A whole number within bounds, as an argument."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text[:9]) <= high:
            raise argparse.ArgumentTypeError(_("a number from {low} to {high} is needed").format(low=low, high=high))
        return int(text)

    return read


def run(args: argparse.Namespace) -> int:
    """Drafts one scenario into the workspace's drafts; its problems are listed."""
    workspace = Workspace(find(args.workspace))
    wanted = _wanted(args, workspace)
    made = asyncio.run(_drafted(args, wanted, Game.of(workspace.root)))
    path = Drafts(workspace).save(made)
    if args.format == "json":
        told = {"title": made.title, "type": made.scenario_type, "writer": made.writer, "errors": made.errors}
        print_json({"path": str(path), **told, "problems": list(made.problems)})
    else:
        for problem in made.problems:
            print_line(f"  {problem}")
        accept = _("{path}: read it, then `lorewright data drafts accept {name}` or `discard {name}`")
        print_line(accept.format(path=path, name=path.stem))
    return 1 if made.errors else 0


def _wanted(args: argparse.Namespace, workspace: Workspace) -> Wanted:
    wanted = _most_needed(args.name, workspace) if args.name else Wanted()
    for gap in args.gap:
        wanted = with_gap(wanted, gap)
    given = {
        "scenario_type": args.type,
        "skills": (*wanted.skills, *map(plain_name, args.skill)) if args.skill else None,
        "tools": (*wanted.tools, *map(plain_name, args.tool)) if args.tool else None,
        "class_name": args.class_name,
        "level": args.level,
        "turns": args.turns,
        "note": args.note or None,
    }
    return replace(wanted, **{key: value for key, value in given.items() if value is not None})


def _most_needed(name: str, workspace: Workspace) -> Wanted:
    """What the first scenario that a data set lacks asks for."""
    written = report(described(name, workspace.root), workspace.root, 1).written
    if not written:
        raise UsageError(detail=_("{name} lacks nothing. Say with --gap or --skill what to draft.").format(name=name))
    print_line(written[0].sentence, sys.stderr)
    return wanted_for(written[0])


async def _drafted(args: argparse.Namespace, wanted: Wanted, game: Game) -> Draft:
    if not args.model:
        raise UsageError(detail=_("Say who writes: --model with a GGUF, or --address with --model for its name there."))
    if args.address:
        key = key_from(args.key_env) if args.key_env else ""
        writer = RemoteWriter(args.model, args.address, key, args.timeout)
        return await draft(wanted, writer, game, seed=args.seed, tries=args.tries, told=_told)
    engine = await LlamaEngine.load(Path(args.model), context=_CONTEXT)
    try:
        return await draft(wanted, LocalWriter(engine), game, seed=args.seed, tries=args.tries, told=_told)
    finally:
        await engine.close()


def _told(progress: Progress) -> None:
    print_line(f"{progress.part} {progress.done}/{progress.of}", sys.stderr)
