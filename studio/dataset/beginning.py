"""Owns the first description of a data set: what a workspace has, as sources with sensible weights."""

from pathlib import Path
from typing import Any

import yaml

from studio.dataset.builds import folder_of
from studio.dataset.description import Description, description_path
from studio.errors import UsageError
from studio.files import save_atomic
from studio.language import N_, _
from studio.workspace.folder import Workspace, scenario_files

GOLD, PLAYED, SILVER = 5.0, 2.0, 1.0
"""Weights: what a person wrote, what a person corrected, what came of play."""


class AlreadyDescribed(UsageError):
    """The data set exists."""

    sentence = N_("{path} exists already and was left as it is. Edit it, or choose another name.")


class NothingToDescribe(UsageError):
    """The workspace has no source."""

    sentence = N_("{path} has no scenario, session or correction to begin a data set with. Write a scenario first.")


def begin(workspace: Workspace, name: str) -> Path:
    """Writes the first description; raises AlreadyDescribed, NothingToDescribe, OutsideFolder or NotSaved."""
    path = description_path(workspace.root, name)
    folder_of(workspace, name)
    if path.exists():
        raise AlreadyDescribed(path=path)
    sources = first_sources(workspace)
    if not sources:
        raise NothingToDescribe(path=workspace.root)
    values = {"format": 1, "title": path.stem.replace("-", " "), "sources": sources}
    Description.model_validate(values)
    head = _("# A data set. `lorewright data build {name}` builds it.").format(name=path.stem)
    save_atomic(path, f"{head}\n{yaml.safe_dump(values, sort_keys=False, allow_unicode=True)}")
    return path


def first_sources(workspace: Workspace) -> list[dict[str, Any]]:
    """What the workspace has, as sources."""
    found: list[dict[str, Any]] = []
    if workspace.scenarios.is_dir() and next(scenario_files(workspace.scenarios), None) is not None:
        found.append({"name": "scenarios", "scenarios": "scenarios", "weight": GOLD})
    if next(workspace.sessions.glob("*.jsonl"), None) is not None:
        found.append({"name": "play", "sessions": "sessions", "weight": SILVER})
    if (workspace.root / "corrections.jsonl").is_file():
        found.append({"name": "corrections", "corrections": "corrections.jsonl", "weight": PLAYED})
    return found
