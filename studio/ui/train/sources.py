"""Owns what a training can be made from: models to start from, the workspace's scenarios, builds of data. No Qt."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.dataset.builds import Build, builds_of, names
from studio.dataset.since import changed_sentence, changed_since
from studio.errors import LorewrightError
from studio.language import _, plural
from studio.training.config import TrainingConfig, read_config
from studio.ui.play.shelf import ModelFile, ScenarioFile
from studio.workspace import Workspace


@dataclass(frozen=True, slots=True)
class BaseModel:
    """A model that can be trained on."""

    path: Path
    name: str
    size: int
    about: str


@dataclass(frozen=True, slots=True)
class BuildChoice:
    """The latest build of a data set; `errors` were left out of it, and then a training has to be told to go on.

    `changed` says what changed of its files since it was made.
    """

    path: Path
    name: str
    sentence: str
    errors: int
    max_length: int
    changed: str = ""


def build_choices(workspace: Workspace) -> list[BuildChoice]:
    """The latest build of each data set; one that cannot be read is left out."""
    latest = (path for name in names(workspace) for path in builds_of(workspace, name)[:1])
    return [made for path in latest if (made := _build_choice(path)) is not None]


def _build_choice(path: Path) -> BuildChoice | None:
    try:
        build = Build.open(path)
        changed = changed_sentence(len(changed_since(build)))
    except (LorewrightError, OSError):
        return None
    manifest, counts = build.manifest, build.manifest.counts
    told = plural("{count} example to learn from", "{count} examples to learn from", counts.get("training", 0))
    watched = _("{told}, {validation} to watch by.").format(told=told, validation=counts.get("validation", 0))
    return BuildChoice(path, manifest.name, watched, manifest.errors, manifest.max_length, changed)


def bases(models: Sequence[ModelFile]) -> list[BaseModel]:
    """The starter; other models come as folders in the Hub's own layout."""
    about = _("the starter, trains on any machine")
    return [BaseModel(model.path, model.name.split(".")[0], model.size, about) for model in models if model.starter]


def data_sentence(scenarios: Sequence[ScenarioFile]) -> str:
    """What is learned from, and what is kept out to measure with."""
    training = [entry for entry in scenarios if not entry.held_out]
    kept = len(scenarios) - len(training)
    replies = sum(entry.replies for entry in training)
    if not training:
        return _("This workspace has no scenario to learn from. Write one first.")
    many = plural("{count} scenario of this workspace", "{count} scenarios of this workspace", len(training))
    told = _("{scenarios}: {replies} turns of the narrator.").format(scenarios=many, replies=replies)
    out = plural("{count} more is kept out to measure with.", "{count} more are kept out to measure with.", kept)
    return f"{told} {out}" if kept else told


def defaults(base: Path, scenarios: Sequence[Path]) -> TrainingConfig:
    """The settings that suffice."""
    return read_config({"base": str(base), "scenarios": [str(path) for path in scenarios] or ["-"]})
