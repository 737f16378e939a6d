"""Owns which model a person means in a terminal, and loading it: a path, a run, a published name, one of the list."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from studio.inference.engine import Engine, LlamaEngine
from studio.jobs.run_names import find_run
from studio.publishing.known_models import Known, Source, models_here, open_known, settings_of
from studio.publishing.publishing import load_published
from studio.publishing.version import Version
from studio.publishing.versions import published
from studio.training.playing import Played, load_what, played
from studio.workspace import Workspace

STARTER = "starter"
"""The name by which the model that set-up fetched is played."""


async def opened(model: str, root: Path) -> tuple[Engine, str]:
    """The engine of what was named in a workspace, and a name for it by content; raises what loading raises.

    A published version that was never loaded before and does not load is rolled back.
    """
    if not Path(model).exists():
        shelf = published(root / "models", model)
        if shelf is not None:
            return await load_published(shelf, _load_version(shelf.name))
        known = _listed(Workspace(root), model)
        if known is not None:
            return await open_known(known, settings_of(Workspace(root), known))
    found = played(_named(Path(model), root))
    return await load_what(found), found.digest


def _load_version(name: str) -> Callable[[Version], Awaitable[tuple[LlamaEngine, str]]]:
    async def load(version: Version) -> tuple[LlamaEngine, str]:
        found = Played(name, version.model, version.adapter)
        return await load_what(found), found.digest

    return load


def _listed(workspace: Workspace, model: str) -> Known | None:
    """A model of the list by its name: one that was converted or added, an address, or `starter`; None for others."""
    if "://" in model:
        kept = [one for one in models_here(workspace) if one.id == model]
        return kept[0] if kept else Known(model, model.partition("#")[2], Source.ADDRESS, None)
    usual = (Source.CONVERTED, Source.ADDED, Source.ADDRESS, Source.STARTER)
    rows = [one for one in models_here(workspace) if one.source in usual and not one.why]
    named = [one for one in rows if model == one.name or (model == STARTER and one.source is Source.STARTER)]
    return named[0] if named else None


def _named(model: Path, workspace: Path) -> Path:
    """The file or folder that a person means: a path, or the name of a run."""
    if model.exists() or model.suffix.lower() == ".gguf":
        return model.resolve()
    return find_run(workspace / "runs", str(model)).path
