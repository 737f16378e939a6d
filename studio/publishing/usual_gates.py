"""Owns the gates that every publishing goes through, with the suite and the limits that hold; and the first load.

Command line and window publish by these. What is measured already is not measured again.
"""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from studio.evaluation.beside import Heard
from studio.evaluation.evaluating import Evaluating
from studio.evaluation.kind import Place
from studio.evaluation.limits import measurable
from studio.evaluation.running import opened
from studio.evaluation.suites import find_suite, read_gate
from studio.inference.engine import LlamaEngine, Sampling
from studio.jobs.protocol import Fields
from studio.publishing.gates import ParityGate, SuiteGate, ValidateGate
from studio.publishing.publishing import Gate
from studio.publishing.version import Version
from studio.resources import resource
from studio.scenario.game import Game
from studio.workspace import Workspace

SUITE = "tool-calls"
_TRIED = 8

Measure = Callable[[Path], Awaitable[None]]
"""Measures a converted model's folder with the parity gate, which leaves its report there."""


def usual_gates(
    workspace: Workspace,
    game: Game,
    measure: Measure,
    *,
    suite: str = SUITE,
    gates: Sequence[Path] = (),
    heard: Heard | None = None,
) -> list[Gate]:
    """Validation, parity, and a suite with its own limits and those of the `gates` files; raises what reading gives.

    Where neither sets limits, those hold that are shipped for publishing, if the suite measures what they are on.
    Rivals are measured only where a limit asks to beat one. `heard` follows the suite's cases.
    """
    found = find_suite(suite, workspace.root)
    limits = [*found.limits, *(limit for path in gates for limit in read_gate(path, found.parts))]
    usual = read_gate(resource("gates/publish.yaml"))
    if not limits and measurable(usual, found.parts):
        limits = list(usual)
    place = Place(workspace.root, workspace.scenarios, game)
    asks = any(limit.beats is not None for limit in limits)  # the base with help takes longer than the model itself
    evaluating = Evaluating(opened(found, place), workspace.results, limits, rivals=asks, heard=heard)
    return [ValidateGate(), ParityGate(measure), SuiteGate(evaluating, limits)]


def parity_fields(folder: Path, workspace: Workspace) -> Fields:
    """What the parity worker is told of a converted model."""
    return {
        "model": str(folder),
        "cache": str(workspace.private / "bases"),
        "remembered": str(workspace.private / "parity"),
    }


async def written_with(version: Version) -> None:
    """Loads a version as play does, and lets it write a few words; raises where it does not."""
    engine = await LlamaEngine.load(version.model, adapter=version.adapter)
    try:
        (ids,) = await engine.tokenise([("The door opens.", False)])
        await engine.generate(ids, Sampling(max_tokens=_TRIED))
    finally:
        await engine.close()
