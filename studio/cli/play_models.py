"""Owns which model a person means in a terminal, and loading it: a path, a run, a published name, one of the list."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from studio.inference.engine import Engine, LlamaEngine
from studio.inference.remote import is_address
from studio.language import _
from studio.publishing.candidate import usual_file
from studio.publishing.known_models import Known, Source, open_known, settings_of
from studio.publishing.listed_models import listed, run_named
from studio.publishing.named_models import TAKEN
from studio.publishing.publishing import load_published
from studio.publishing.version import Version
from studio.publishing.versions import published
from studio.training.playing import Played, load_what, played
from studio.workspace import Workspace


async def opened(model: str, root: Path) -> tuple[Engine, str]:
    """The engine of what was named in a workspace, and a name for it by content; raises what loading raises.

    A published version that was never loaded before and does not load is rolled back.
    """
    workspace = Workspace(root)
    if not Path(model).exists():
        shelf = published(workspace.models, model)
        if shelf is not None:
            return await load_published(shelf, _load_version(shelf.name))
        known = _address(workspace, model) or listed(workspace, model)
        if known is not None:
            return await open_known(known, settings_of(workspace, known))
    path = _named(Path(model), workspace)
    found, known = played(path), Known(str(path), path.stem, Source.ADDED, path)
    return await load_what(found, settings_of(workspace, known)), found.digest


def _load_version(name: str) -> Callable[[Version], Awaitable[tuple[LlamaEngine, str]]]:
    async def load(version: Version) -> tuple[LlamaEngine, str]:
        found = Played(name, version.model, version.adapter)
        return await load_what(found), found.digest

    return load


def _address(workspace: Workspace, model: str) -> Known | None:
    """An address as it is kept here, else as it was typed; None for anything else."""
    if not is_address(model):
        return None
    return listed(workspace, model) or Known(model, model.partition("#")[2], Source.ADDRESS, None)


def _named(model: Path, workspace: Workspace) -> Path:
    """The file or folder that a person means: a path, or the name of a run. Raises PathMissing or UnknownModel."""
    if not model.exists():
        return run_named(workspace, str(model), _(TAKEN))
    return (usual_file(model) or model).resolve()
