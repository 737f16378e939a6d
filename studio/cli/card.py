"""`lorewright card`: character cards into a scenario, and a member of a party out as a card."""

import argparse
from pathlib import Path

from studio.cli.output import print_json, print_line
from studio.errors import UsageError
from studio.files import save_atomic
from studio.language import N_, _
from studio.scenario import load
from studio.scenario.cards import scenario_from
from studio.scenario.cards.importing import PLAYER
from studio.scenario.parser import TYPES
from studio.workspace import Workspace, find
from studio.workspace.beginnings import free_path
from studio.workspace.cards import KeptCards, export_card, import_cards


class WouldOverwrite(UsageError):
    """A file stands where one should be written."""

    sentence = N_("{path} exists. Name another file with `-o`, or add `--force` to write over it.")


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `card`."""
    words = parser.add_subparsers(dest="deed", required=True, metavar=_("import|export"))
    taken = words.add_parser("import", help=_("make a scenario of SillyTavern character cards (JSON or PNG)"))
    taken.add_argument("files", type=Path, nargs="+", metavar="FILE", help=_("a card"))
    taken.add_argument("--title", help=_("the scenario's title; the names, where it is not given"))
    taken.add_argument("--player", default=PLAYER, help=_("who plays; put in for {{user}}"))
    taken.add_argument("--type", choices=TYPES, default="roleplay", help=_("the scenario's type"))
    given = words.add_parser("export", help=_("write a member of a scenario's party as a card"))
    given.add_argument("scenario", type=Path, metavar="SCENARIO", help=_("a scenario"))
    given.add_argument("name", metavar="NAME", help=_("a character of its party"))
    given.add_argument("--picture", type=Path, metavar="PNG", help=_("the picture to put the card into"))
    given.add_argument("--onto", type=Path, metavar="CARD", help=_("a card to keep all other fields from"))
    for word in (taken, given):
        word.add_argument("-o", "--output", type=Path, metavar="FILE", help=_("where to write it"))
        word.add_argument("--force", action="store_true", help=_("write over a file that exists"))
        word.add_argument("--workspace", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        word.add_argument("--format", choices=("text", "json"), default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Imports or exports, and says what was written."""
    workspace = Workspace(find(args.workspace))
    path, names = _import(args, workspace) if args.deed == "import" else _export(args, workspace)
    if args.format == "json":
        print_json({"path": str(path), "characters": names})
    else:
        print_line(_("{names}: {path}").format(names=", ".join(names), path=path))
    return 0


def _import(args: argparse.Namespace, workspace: Workspace) -> tuple[Path, list[str]]:
    cards = import_cards(args.files, KeptCards.of(workspace))
    names = [card.name for card in cards]
    title = args.title or " & ".join(names)
    path = _free(args) or free_path(workspace.scenarios / args.type, title)
    save_atomic(path, scenario_from(cards, title, args.player))
    return path, names


def _export(args: argparse.Namespace, workspace: Workspace) -> tuple[Path, list[str]]:
    scenario = load(args.scenario).scenario
    path = _free(args) or _beside(args)
    kept = KeptCards.of(workspace)
    card = export_card(scenario, args.name, path, kept, onto=args.onto, picture=args.picture)
    return path, [card.name]


def _beside(args: argparse.Namespace) -> Path:
    """A name in the current folder; a picture was asked for by naming one."""
    return free_path(Path.cwd(), args.name, ".png" if args.picture is not None else ".json")


def _free(args: argparse.Namespace) -> Path | None:
    path: Path | None = args.output
    if path is not None and path.exists() and not args.force:
        raise WouldOverwrite(path=path)
    return path
