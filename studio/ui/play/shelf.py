"""Owns which models and scenarios there are to play with: looks into the folders for the pickers. Knows no Qt."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.errors import LorewrightError
from studio.gguf import starter
from studio.scenario import load
from studio.scenario.model import Scenario, Speaker
from studio.setup.places import Places
from studio.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A GGUF that can be played; `starter` is the one that set-up fetched."""

    path: Path
    name: str
    size: int
    starter: bool


@dataclass(frozen=True, slots=True)
class ScenarioFile:
    """A scenario that can be played, with the player's first line as a suggestion; `replies` are the narrator's."""

    path: Path
    title: str
    kind: str
    held_out: bool
    opening: str
    replies: int = 0


def models(workspace: Workspace, shipped: Path) -> list[ModelFile]:
    """The starter, then the workspace's own models, newest first."""
    own = sorted(workspace.models.rglob("*.gguf"), key=lambda path: path.stat().st_mtime, reverse=True)
    fetched = sorted(shipped.glob("*.gguf")) if shipped.is_dir() else []
    return [_model(path, fetched=path.name.startswith(starter.NAME)) for path in (*fetched, *own)]


def _model(path: Path, *, fetched: bool) -> ModelFile:
    name = (
        f"{path.parent.name} · {path.stem.rsplit('-', 1)[-1]}" if path.stem.startswith(path.parent.name) else path.stem
    )
    return ModelFile(path, name, path.stat().st_size, fetched)


def dropped(path: Path) -> ModelFile:
    """A file that was dropped on the window."""
    return ModelFile(path, path.stem, path.stat().st_size if path.exists() else 0, starter=False)


def scenarios(files: Sequence[Path]) -> list[ScenarioFile]:
    """What can be played of these files: those with a SYSTEM, by kind and title. Unreadable ones are left out."""
    found = [entry for path in files if (entry := _scenario(path)) is not None]
    return sorted(found, key=lambda entry: (entry.kind, entry.title.lower()))


def _scenario(path: Path) -> ScenarioFile | None:
    scenario = read(path)
    if scenario is None or scenario.system is None:
        return None
    opening = next((turn.content for turn in scenario.turns if turn.speaker is Speaker.USER), "")
    replies = sum(turn.speaker is Speaker.DM for turn in scenario.turns)
    kind = scenario.scenario_type or path.parent.name
    return ScenarioFile(path, title_of(scenario), kind, scenario.held_out, opening, replies)


def read(path: Path) -> Scenario | None:
    """The scenario in a file, or None where the file cannot be read."""
    try:
        return load(path).scenario
    except LorewrightError:
        return None


def title_of(scenario: Scenario) -> str:
    """What to call a scenario."""
    title = scenario.metadata.get("title")
    if isinstance(title, str) and title.strip():
        return title.strip()
    return scenario.path.stem if scenario.path else ""


def shipped_models() -> Path:
    """Where set-up puts the starter model."""
    return Places.here().models
