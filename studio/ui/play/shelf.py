"""Owns which models and scenarios there are to play with: looks into the folders for the pickers. Knows no Qt."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from studio.errors import LorewrightError
from studio.gguf import starter
from studio.gguf.reader import is_adapter
from studio.language import _
from studio.publishing.versions import Shelf, names
from studio.scenario import ToolTable, load
from studio.scenario.calls import find_calls
from studio.scenario.model import Scenario, Speaker
from studio.setup.places import Places
from studio.training.checkpoints import run_of
from studio.ui.train.progress import run_title
from studio.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model that can be played; `starter` is the one that set-up fetched.

    `id` is what it is opened by where that is not its path, `why` says why it cannot be opened now.
    """

    path: Path
    name: str
    size: int
    starter: bool
    id: str = ""
    why: str = ""

    @property
    def named(self) -> str:
        """What it is opened and kept by."""
        return self.id or str(self.path)


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
    """The starter, what is in use under a name, then the workspace's own models, newest first.

    What a conversion is still building is left out, and so are published versions that are not in use.
    """
    own = [path for path in workspace.models.rglob("*.gguf") if not _hidden(path.relative_to(workspace.models))]
    fetched = sorted(shipped.glob("*.gguf")) if shipped.is_dir() else []
    found = [_model(path) for path in fetched], [_model(path) for path in own]
    first, rest = ([row for row in rows if row is not None] for rows in found)
    rest.sort(key=lambda row: row[0], reverse=True)
    return [*(model for _changed, model in first), *_published(workspace), *(model for _changed, model in rest)]


def _published(workspace: Workspace) -> Iterator[ModelFile]:
    """What is in use under each name; a name whose version is damaged has none."""
    for name in names(workspace.models):
        try:
            version = Shelf(workspace.models, name).current()
        except LorewrightError:
            continue
        shown = _("{name} · version {number}").format(name=name, number=version.card.version)
        yield ModelFile(version.model, shown, version.model.stat().st_size, starter=False)


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _model(path: Path) -> tuple[float, ModelFile] | None:
    """When a file was changed and what it is; None for an adapter, or where it vanished since it was listed."""
    try:
        status = path.stat()
        if is_adapter(path):
            return None
    except (OSError, LorewrightError):
        return None
    name = (
        f"{path.parent.name} · {path.stem.rsplit('-', 1)[-1]}" if path.stem.startswith(path.parent.name) else path.stem
    )
    return status.st_mtime, ModelFile(path, name, status.st_size, path.name.startswith(starter.NAME))


def model_to_play(models: Sequence[ModelFile], last: str) -> ModelFile | None:
    """Which model to play with where none is loaded: the last one, else the workspace's newest, else the starter."""
    own = [model for model in models if not model.starter]
    used = [model for model in models if str(model.path) == last]
    return next(iter((*used, *own, *models)), None)


def dropped(path: Path) -> ModelFile:
    """A file that was dropped on the window."""
    return ModelFile(path, path.stem, path.stat().st_size if path.exists() else 0, starter=False)


def trained(run: Path) -> ModelFile:
    """What a run has learnt, or had by a checkpoint, played through its adapter."""
    whole = run_of(run)
    name = _("{run}, as trained").format(run=run_title((whole or run).name)[1])
    if whole is not None:
        name = _("{run}, step {step}").format(run=run_title(whole.name)[1], step=int(run.name.rpartition("-")[2]))
    weights = (run if whole is not None else run / "adapter") / "adapter_model.safetensors"
    return ModelFile(run, name, weights.stat().st_size if weights.is_file() else 0, starter=False)


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


def telling_lines(scenario: Scenario) -> tuple[str, ...]:
    """Two of the player's lines that show what play is: one that is rolled for, and a later one that changes a sheet.

    Fewer where the scenario has no such lines; told by the narrator's turn that follows each.
    """
    tools, names = ToolTable.shipped(), [one.name for one in scenario.system.party] if scenario.system else []
    chosen: list[str] = []
    for turn, reply in pairwise(scenario.turns):
        if turn.speaker is not Speaker.USER or reply.speaker is not Speaker.DM:
            continue
        called = {call.name for call in find_calls(reply.content, tools, names)}
        if called and ("roll" in called) is not bool(chosen):
            chosen.append(turn.content)
        if len(chosen) == 2:
            break
    return tuple(chosen)


def shipped_models() -> Path:
    """Where set-up puts the starter model."""
    return Places.here().models
