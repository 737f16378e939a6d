"""`lorewright publish`: a converted model goes into use under a name, once every gate is passed."""

import argparse
import asyncio
import datetime
import sys
from pathlib import Path

from studio.cli.output import print_json, print_line
from studio.cli.own_games import game_for
from studio.errors import UsageError
from studio.jobs.protocol import Fields
from studio.language import _
from studio.publishing.candidate import candidate_for
from studio.publishing.publishing import Finding, Gate, NotPublishable, asked, publish
from studio.publishing.usual_gates import SUITE, measure_parity, usual_gates, written_with
from studio.publishing.versions import Shelf, names
from studio.workspace import Workspace
from studio.workspace.folder import find, open_or_make


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `publish`."""
    parser.add_argument("source", nargs="?", metavar="RUN|MODEL", help=_("a run, a converted model, or its GGUF"))
    parser.add_argument("--to", metavar="NAME", help=_("the name to publish under"))
    parser.add_argument("--quant", metavar="KIND", help=_("which of its files (default: Q4_K_M, else the first)"))
    parser.add_argument(
        "--suite", default=SUITE, help=_("the suite that is measured (default: {name})").format(name=SUITE)
    )
    parser.add_argument("--gate", type=Path, metavar="FILE", help=_("limits to keep to, besides the suite's own"))
    parser.add_argument("--list", action="store_true", help=_("list what is published, and the versions of each name"))


def run(args: argparse.Namespace) -> int:
    """Publishes, or lists what is published; 1 where a gate refuses."""
    workspace = open_or_make(find(args.workspace))
    if args.list:
        return _listed(args, workspace)
    if args.source is None or args.to is None:
        raise UsageError(detail=_("Say what to publish and under which name: `lorewright publish RUN --to NAME`."))
    shelf = Shelf(workspace.models, args.to)
    candidate = candidate_for(args.source, workspace, args.quant)
    gates = _gates(args, workspace)
    findings = [found for gate in gates for found in asyncio.run(asked([gate], candidate, _told))]
    game = game_for(workspace.scenarios / "scenario.md", workspace.root)
    scores = next((found.figures.get("scores") for found in findings if "scores" in found.figures), None)
    try:
        version = asyncio.run(
            publish(
                candidate,
                shelf,
                findings,
                written_with,
                tools=list(game.tools.tools),
                scores=scores if isinstance(scores, dict) else {},
                now=datetime.datetime.now(datetime.UTC),
            )
        )
    except NotPublishable as refused:
        return _refused(args, refused, findings)
    if args.format == "json":
        print_json({"published": args.to, **version.card.model_dump(mode="json"), "path": str(version.path)})
    else:
        told = _("“{name}” is version {version} now, made from {file}. Play it with `lorewright play {name}`.")
        print_line(told.format(name=args.to, version=version.card.version, file=candidate.model.name))
    return 0


def _gates(args: argparse.Namespace, workspace: Workspace) -> list[Gate]:
    game = game_for(workspace.scenarios / "scenario.md", workspace.root)
    given = () if args.gate is None else (args.gate,)

    async def measure(folder: Path) -> None:
        await measure_parity(folder, workspace)

    return usual_gates(workspace, game, measure, suite=args.suite, gates=given)


def _told(gate: str) -> None:
    print_line(f"[{gate}]", sys.stderr)


def _refused(args: argparse.Namespace, refused: NotPublishable, findings: list[Finding]) -> int:
    """Every reason, by gate; what was in use stays in use."""
    if args.format == "json":
        print_json({"published": None, "gates": [finding.as_json() for finding in findings]})
        return 1
    print_line(_("Not published as “{name}”; the version before stays in use:").format(name=refused.fields["name"]))
    for finding in findings:
        print_line(f"  {finding.gate}: " + (_("passed") if finding.passed else _("refused")))
        for reason in finding.reasons:
            print_line(f"    - {reason}")
    return 1


def _listed(args: argparse.Namespace, workspace: Workspace) -> int:
    shelves = [Shelf(workspace.models, name) for name in names(workspace.models)]
    if args.format == "json":
        print_json([_row(shelf) for shelf in shelves])
        return 0
    for shelf in shelves:
        pointer = shelf.pointer()
        for number in shelf.numbers():
            card = shelf.version(number).card
            mark = "*" if pointer is not None and pointer.version == number else " "
            print_line(f"{mark} {shelf.name} {number}  {card.published}  {card.quantisation}  {card.data}".rstrip())
    if not shelves:
        print_line(_("Nothing is published here yet."))
    return 0


def _row(shelf: Shelf) -> Fields:
    pointer = shelf.pointer()
    return {
        "name": shelf.name,
        "version": pointer.version if pointer is not None else None,
        "before": list(pointer.before) if pointer is not None else [],
        "versions": [shelf.version(number).card.model_dump(mode="json") for number in shelf.numbers()],
    }
