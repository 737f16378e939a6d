"""`lorewright publish`: a converted model goes into use under a name, once every gate is passed."""

import argparse
import asyncio
import datetime
from collections.abc import Iterator, Sequence
from pathlib import Path

from studio.cli.jobs import heard
from studio.cli.output import print_json, print_line
from studio.cli.own_games import game_for
from studio.cli.parity import said
from studio.cli.progress import Cases, Meter
from studio.errors import LorewrightError, UsageError
from studio.jobs.job import WorkerJob
from studio.jobs.protocol import Fields
from studio.language import _
from studio.publishing.candidate import candidate_for
from studio.publishing.going_out import Outcome, go_out
from studio.publishing.publishing import Finding
from studio.publishing.usual_gates import SUITE, parity_fields, usual_gates
from studio.publishing.versions import Pointer, Shelf, names
from studio.workspace import Workspace
from studio.workspace.folder import find, named


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `publish`."""
    parser.add_argument(
        "source", nargs="?", metavar="RUN|MODEL", help=_("a run, a converted model, its GGUF, or `starter`")
    )
    parser.add_argument("--to", metavar="NAME", help=_("the name to publish under"))
    parser.add_argument("--quant", metavar="KIND", help=_("which of its files (default: Q4_K_M, else the first)"))
    parser.add_argument(
        "--suite", default=SUITE, help=_("the suite that is measured (default: {name})").format(name=SUITE)
    )
    parser.add_argument("--gate", type=Path, metavar="FILE", help=_("limits to keep to, besides the suite's own"))
    parser.add_argument("--list", action="store_true", help=_("list what is published, and the versions of each name"))


def run(args: argparse.Namespace) -> int:
    """Publishes, or lists what is published; 1 where a gate refuses."""
    workspace = Workspace(named(args.workspace) or find())
    if args.list:
        return _listed(args, workspace)
    if args.source is None or args.to is None:
        raise UsageError(detail=_("Say what to publish and under which name: `lorewright publish RUN --to NAME`."))
    shelf = Shelf(workspace.models, args.to)  # a name that can't be used is told before anything is measured
    candidate = candidate_for(args.source, workspace, args.quant)
    game = game_for(workspace.scenarios / "scenario.md", workspace.root)
    limits = [args.gate] if args.gate is not None else []

    meter = Meter()

    async def measure(folder: Path) -> None:
        fields = parity_fields(folder, workspace)
        await heard(WorkerJob.start("parity", workspace.runs, folder.name, fields), said, meter)

    gates = usual_gates(workspace, game, measure, suite=args.suite, gates=limits, heard=Cases(meter))
    now = datetime.datetime.now(datetime.UTC)
    try:
        done = asyncio.run(go_out(candidate, shelf, gates, game, lambda gate: meter.says(f"[{gate}]"), now))
    finally:
        meter.ends()
    if args.format == "json":
        print_json(values(args.to, done))
    elif done.version is None:
        _refused(args.to, done.findings)
    else:
        told = _("“{name}” is version {version} now, made from {file}. Play it with `lorewright play {name}`.")
        print_line(told.format(name=args.to, version=done.version.card.version, file=candidate.model.name))
    return 0 if done.version is not None else 1


def values(name: str, done: Outcome) -> Fields:
    """What came of it as JSON has it: the version's card with its place, or what every gate found."""
    if done.version is None:
        return {"name": name, "published": None, "gates": [finding.as_json() for finding in done.findings]}
    return {**done.version.card.model_dump(mode="json"), "path": str(done.version.path)}


def _refused(name: str, findings: Sequence[Finding]) -> None:
    """Every reason, by gate; what was in use stays in use."""
    print_line(_("Not published as “{name}”; what was in use stays in use:").format(name=name))
    for finding in findings:
        print_line(f"  {finding.gate}: " + (_("passed") if finding.passed else _("refused")))
        for reason in finding.reasons:
            print_line(f"    - {reason}")
        if finding.advice:
            print_line(f"    {finding.advice}")


def _listed(args: argparse.Namespace, workspace: Workspace) -> int:
    shelves = [Shelf(workspace.models, name) for name in names(workspace.models)]
    if args.format == "json":
        print_json([_row(shelf) for shelf in shelves])
        return 0
    for shelf in shelves:
        for line in _versions(shelf):
            print_line(line)
    if not shelves:
        print_line(_("Nothing is published here yet."))
    return 0


def _versions(shelf: Shelf) -> Iterator[str]:
    """A line a version; the one in use has a star, and damage is told in its place."""
    pointer, trouble = _pointer(shelf)
    if trouble:
        yield f"  {shelf.name}: {trouble}"
    for number in shelf.numbers():
        mark = "*" if pointer is not None and pointer.version == number else " "
        try:
            card = shelf.version(number).card
        except LorewrightError as error:
            yield f"{mark} {shelf.name} {number}  {error}"
            continue
        yield f"{mark} {shelf.name} {number}  {card.published}  {card.quantisation}  {card.data}".rstrip()


def _pointer(shelf: Shelf) -> tuple[Pointer | None, str]:
    """The pointer, and what is wrong with it."""
    try:
        return shelf.pointer(), ""
    except LorewrightError as error:
        return None, str(error)


def _row(shelf: Shelf) -> Fields:
    pointer, trouble = _pointer(shelf)
    versions, troubles = [], [trouble] if trouble else []
    for number in shelf.numbers():
        try:
            versions.append(shelf.version(number).card.model_dump(mode="json"))
        except LorewrightError as error:
            troubles.append(str(error))
    return {
        "name": shelf.name,
        "version": pointer.version if pointer is not None else None,
        "before": list(pointer.before) if pointer is not None else [],
        "versions": versions,
        "damaged": troubles,
    }
