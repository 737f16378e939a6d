"""Owns which models there are to measure: published names, files, runs, folders, and what a person added. No Qt."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.amounts import file_size
from studio.gguf import starter
from studio.gguf.quantisations import BY_QUANTISATION
from studio.inference.remote import is_address
from studio.jobs.runs import CONFIG
from studio.language import N_, _
from studio.publishing.versions import names
from studio.training.checkpoints import checkpoints_of
from studio.ui.play.shelf import models as model_files
from studio.ui.train.progress import run_title
from studio.workspace import Workspace

KINDS = {
    "published": (N_("published"), "flag"), "gguf": (N_("GGUF"), "model"), "run": (N_("as trained"), "train"),
    "checkpoint": (N_("checkpoint"), "train"), "folder": (N_("folder"), "folder"), "service": (N_("address"), "serve"),
}  # fmt: skip
"""A kind of model: its word, and its icon."""


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model that can be measured: `word` is what the command line takes, `about` a line below its name."""

    word: str
    name: str
    kind: str
    about: str
    added: bool = False


def model_rows(workspace: Workspace, shipped: Path, added: Sequence[str]) -> list[ModelRow]:
    """Every model there is, those in use first; what was added and is gone is left out."""
    rows = [*_published(workspace), *_files(workspace, shipped), *_folders(workspace), *_runs(workspace)]
    known = {row.word for row in rows}
    return [*rows, *(row for word in added if word not in known and (row := _added(word)) is not None)]


def read_added(text: str) -> list[str]:
    """The models that a person added, as the settings keep them."""
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return []
    return [word for word in found if isinstance(word, str)] if isinstance(found, list) else []


def written_added(words: Iterable[str]) -> str:
    """The same, as the settings keep them."""
    return json.dumps(list(dict.fromkeys(words)))


def run_checkpoints(workspace: Workspace) -> list[ModelRow]:
    """The checkpoints of every run, the newest first."""
    runs = sorted(workspace.runs.glob("*-train"), reverse=True)
    return [_checkpoint(found.path) for run in runs for found in checkpoints_of(run)]


def _published(workspace: Workspace) -> Iterator[ModelRow]:
    for name in names(workspace.models):
        yield ModelRow(name, name, "published", _("the version in use"))


def _files(workspace: Workspace, shipped: Path) -> Iterator[ModelRow]:
    found = [file for file in model_files(workspace, shipped) if not _is_version(file.path, workspace)]
    for file in [*(one for one in found if not one.starter), *(one for one in found if one.starter)]:
        about = file_size(file.size)
        if file.starter:
            about = _("{size}, untrained").format(size=about)
        starts = file.path.name.startswith(starter.NAME) and file.path.parent == shipped
        name = _("Starter") if starts else _short(file.path, workspace) or file.name
        yield ModelRow(str(file.path), name, "gguf", about)


def _is_version(path: Path, workspace: Workspace) -> bool:
    """Whether a file belongs to a published version, which stands in the table by its name."""
    inside = path.relative_to(workspace.models).parts if path.is_relative_to(workspace.models) else ()
    return any(part.startswith(".") for part in inside)


def _short(path: Path, workspace: Workspace) -> str:
    """A converted file by its model's name and its quantisation: the rest of a file's name is the same for all."""
    kind = path.stem.rpartition("-")[2]
    return f"{path.parent.name} {kind}" if path.parent.parent == workspace.models and kind in BY_QUANTISATION else ""


def _folders(workspace: Workspace) -> Iterator[ModelRow]:
    for config in sorted(workspace.models.glob("*/config.json")):
        yield ModelRow(str(config.parent), config.parent.name, "folder", _("Hugging Face folder"))


def _runs(workspace: Workspace) -> Iterator[ModelRow]:
    """Runs with an adapter; of those that have none yet, the newest checkpoint."""
    for run in sorted(workspace.runs.glob("*-train"), reverse=True):
        day, name = run_title(run.name)
        if (run / "adapter").is_dir() and (run / CONFIG).is_file():
            yield ModelRow(str(run), name, "run", day)
        elif found := checkpoints_of(run):
            yield _checkpoint(found[0].path)


def _checkpoint(path: Path) -> ModelRow:
    _day, name = run_title(path.parent.parent.name)
    step = path.name.rpartition("-")[2].lstrip("0") or "0"
    return ModelRow(str(path), name, "checkpoint", _("step {step}").format(step=step))


def _added(word: str) -> ModelRow | None:
    if is_address(word):
        address, _mark, name = word.partition("#")
        return ModelRow(word, name or address, "service", address, added=True)
    path = Path(word)
    if not path.exists():
        return None
    if path.parent.name == "checkpoints":
        row = _checkpoint(path)
        return ModelRow(row.word, row.name, row.kind, row.about, added=True)
    kind = "gguf" if path.is_file() else "run" if (path / CONFIG).is_file() else "folder"
    return ModelRow(word, path.stem if path.is_file() else path.name, kind, str(path.parent), added=True)
