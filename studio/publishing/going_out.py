"""Owns a whole publishing from a run to a version in use, for a terminal and a window alike.

Puts the gates together with what they need of a workspace; what is shown of it the caller knows.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.evaluation.evaluating import Evaluating
from studio.evaluation.kind import Place
from studio.evaluation.running import opened
from studio.evaluation.suites import find_suite, read_gate
from studio.inference.engine import LlamaEngine, Sampling
from studio.jobs.job import WorkerJob
from studio.jobs.protocol import Fields
from studio.publishing.candidate import Candidate
from studio.publishing.gates import ParityGate, SuiteGate, ValidateGate
from studio.publishing.publishing import Finding, Gate, Told, asked, publish
from studio.publishing.versions import Shelf, Version
from studio.resources import resource
from studio.scenario.game import Game
from studio.workspace import Workspace

SUITE, TRIED = "tool-calls", 8
"""The suite that is measured where none is named, and how many tokens a version is made to write."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the version that is in use now, None where a gate refused, and what every gate found."""

    version: Version | None
    findings: tuple[Finding, ...]


def gates_for(workspace: Workspace, suite: str = SUITE, gate: Path | None = None) -> list[Gate]:
    """The three gates. Limits are the suite's and those of the file `gate`, else the shipped ones.

    Raises UnknownSuite, BadSuite or what reading them raises.
    """
    found = find_suite(suite, workspace.root)
    limits = [*found.limits, *(read_gate(gate) if gate is not None else ())]
    limits = limits or list(read_gate(resource("gates/publish.yaml")))
    place = Place(workspace.root, workspace.scenarios, Game.of(workspace.root))
    evaluating = Evaluating(opened(found, place), workspace.results, limits)

    async def measure(folder: Path) -> None:
        await _measure_parity(folder, workspace)

    return [ValidateGate(), ParityGate(measure), SuiteGate(evaluating, limits)]


async def go_out(
    candidate: Candidate, name: str, workspace: Workspace, gates: Sequence[Gate], told: Told, now: datetime.datetime
) -> Outcome:
    """Asks every gate, and publishes where all are passed; `told` hears the name of each as it is asked.

    Raises UnfitName, PublishingBusy, FirstLoadFailed or NotSaved.
    """
    shelf = Shelf(workspace.models, name)
    findings = await asked(gates, candidate, told)
    if not all(finding.passed for finding in findings):
        return Outcome(None, tuple(findings))
    scores = next((found.figures["scores"] for found in findings if "scores" in found.figures), None)
    version = await publish(
        candidate,
        shelf,
        findings,
        prove,
        tools=list(Game.of(workspace.root).tools.tools),
        scores=scores if isinstance(scores, dict) else {},
        now=now,
    )
    return Outcome(version, tuple(findings))


async def _measure_parity(folder: Path, workspace: Workspace) -> None:
    fields: Fields = {
        "model": str(folder),
        "cache": str(workspace.private / "bases"),
        "remembered": str(workspace.private / "parity"),
    }
    job = await WorkerJob.start("parity", workspace.runs, folder.name, fields)
    async for _event in job.events():
        pass


async def prove(version: Version) -> None:
    """Loads a version as play does, and lets it write a few words; raises what either raises."""
    engine = await LlamaEngine.load(version.model, adapter=version.adapter)
    try:
        (ids,) = await engine.tokenise([("The door opens.", False)])
        await engine.generate(ids, Sampling(max_tokens=TRIED))
    finally:
        await engine.close()
