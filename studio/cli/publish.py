"""`lorewright publish`: a converted model goes into use under a name, once every gate is passed."""

import argparse
import asyncio
import datetime
import sys
from pathlib import Path

from studio.cli.output import print_json, print_line
from studio.cli.own_games import game_for
from studio.errors import UsageError
from studio.evaluation.evaluating import Evaluating
from studio.evaluation.kind import Place
from studio.evaluation.running import opened
from studio.evaluation.suites import find_suite, read_gate
from studio.inference.engine import LlamaEngine, Sampling
from studio.jobs.job import WorkerJob
from studio.jobs.protocol import Fields
from studio.language import _
from studio.publishing.candidate import candidate_for
from studio.publishing.gates import ParityGate, SuiteGate, ValidateGate
from studio.publishing.publishing import Finding, Gate, NotPublishable, asked, publish
from studio.publishing.versions import Shelf, Version, names
from studio.resources import resource
from studio.workspace import Workspace
from studio.workspace.folder import find, open_or_make

SUITE, TRIED = "tool-calls", 8


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
                _prove,
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
    suite = find_suite(args.suite, workspace.root)
    limits = [*suite.limits, *(read_gate(args.gate) if args.gate is not None else ())]
    limits = limits or list(read_gate(resource("gates/publish.yaml")))
    game = game_for(workspace.scenarios / "scenario.md", workspace.root)
    place = Place(workspace.root, workspace.scenarios, game)
    evaluating = Evaluating(opened(suite, place), workspace.results, limits)
    return [
        ValidateGate(),
        ParityGate(lambda folder: _measure_parity(folder, workspace)),
        SuiteGate(evaluating, limits),
    ]


async def _measure_parity(folder: Path, workspace: Workspace) -> None:
    fields: Fields = {
        "model": str(folder),
        "cache": str(workspace.private / "bases"),
        "remembered": str(workspace.private / "parity"),
    }
    job = await WorkerJob.start("parity", workspace.runs, folder.name, fields)
    async for _event in job.events():
        pass


async def _prove(version: Version) -> None:
    """Loads a version as play does, and lets it write a few words."""
    engine = await LlamaEngine.load(version.model, adapter=version.adapter)
    try:
        (ids,) = await engine.tokenise([("The door opens.", False)])
        await engine.generate(ids, Sampling(max_tokens=TRIED))
    finally:
        await engine.close()


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
