"""Owns which models Play offers and opening one as it is set: what lies here, runs, what was added, addresses.

Knows no Qt.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from studio.amounts import file_size
from studio.errors import LorewrightError
from studio.gguf.load_forecast import LoadForecast, Room
from studio.inference.engine import Engine
from studio.inference.load_settings import LoadSettings
from studio.language import _
from studio.publishing.known_models import (
    Known,
    NotAPlayedModel,
    Source,
    find_known,
    forecast,
    models_here,
    open_known,
    settings_of,
)
from studio.training.playing import is_run, load_what, played
from studio.ui.play import shelf
from studio.ui.play.shelf import ModelFile
from studio.workspace import Workspace

OnLoad = Callable[[float], None]


def choices(workspace: Workspace, shipped: Path) -> list[ModelFile]:
    """What can be chosen: the files that lie here, then runs, what was added, and addresses."""
    files = shelf.models(workspace, shipped)
    listed = {str(model.path) for model in files}
    more = [known for known in models_here(workspace) if known.source in (Source.RUN, Source.ADDED, Source.ADDRESS)]
    return [*files, *(_choice(known) for known in more if known.id not in listed)]


def _choice(known: Known) -> ModelFile:
    if known.source is Source.RUN and known.path is not None:
        made = shelf.trained(known.path)
        return replace(made, id=known.id, why=known.why)
    path = known.path if known.path is not None else Path(known.id)
    return ModelFile(path, known.name, known.size or 0, starter=False, id=known.id, why=known.why)


def known_of(workspace: Workspace, named: str) -> Known | None:
    """The model of an id, a name or a path; None for a checkpoint of a run, which is in no list."""
    try:
        return find_known(workspace, named)
    except NotAPlayedModel:
        if is_run(Path(named)):
            return None
        raise


async def open_model(workspace: Workspace, named: str, on_load: OnLoad | None = None) -> tuple[Engine, str]:
    """The engine of a model as it is set here, and what a session's file calls it; raises what loading raises."""
    known = await asyncio.to_thread(known_of, workspace, named)
    if known is not None:
        return await open_known(known, settings_of(workspace, known), on_load)
    found = await asyncio.to_thread(played, Path(named))
    opened, digest = await asyncio.gather(
        load_what(found, LoadSettings(), on_load), asyncio.to_thread(lambda: found.digest)
    )
    return opened, digest


def costs(workspace: Workspace, models: Sequence[ModelFile]) -> dict[str, str]:
    """What each model takes as it is set, against what is free, in words by its id; nothing where nobody can tell."""
    room, found = Room.here(), {}
    for model in models:
        try:
            known = known_of(workspace, model.named)
            told = forecast(known, settings_of(workspace, known), room) if known is not None else None
        except (LorewrightError, OSError):
            continue
        if told is not None:
            found[model.named] = cost_words(told, room)
    return found


def cost_words(told: LoadForecast, room: Room) -> str:
    """What a model takes, against what is free."""
    text = _("takes {needed} of {free} free")
    if not told.fits(room):
        text = _("takes {needed}, more than the {free} that are free")
    return text.format(needed=file_size(told.memory.total), free=file_size(room.memory))


def digest_of(path: Path) -> str:
    """What a session's file calls the model; empty where the file cannot be read any more."""
    try:
        return played(path).digest
    except (OSError, LorewrightError):
        return ""
