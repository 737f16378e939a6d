"""Owns which scenarios a pack's transcripts are recorded on: what the model never learnt from, short ones first."""

from collections.abc import Iterable
from pathlib import Path

from studio.errors import LorewrightError
from studio.publishing.candidate import Candidate, files_of
from studio.resources import samples
from studio.scenario import load
from studio.workspace import Workspace

_MOST = 2


def scenarios_to_tell(candidate: Candidate, workspace: Workspace) -> list[Path]:
    """Two scenarios: those that the run kept back, else held-out ones of the workspace, else of the samples."""
    kept_back = [path for path in files_of(candidate.run, "held_out") if path.is_file()]
    for paths in (kept_back, workspace.scenario_files(), sorted(samples().rglob("*.md"))):
        found = _held_out(paths)
        if found:
            return found
    return []


def _held_out(paths: Iterable[Path]) -> list[Path]:
    rows = []
    for path in paths:
        try:
            scenario = load(path).scenario
        except LorewrightError:
            continue
        if scenario.held_out and scenario.system is not None:
            rows.append((len(scenario.system.content), path))
    return [path for _length, path in sorted(rows)[:_MOST]]
