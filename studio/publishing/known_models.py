"""Owns the list of models that can be played here, and opening one as its settings say: the same for window and
terminal. Loads nothing before it is asked to."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from studio.errors import LorewrightError, PathMissing, UsageError
from studio.gguf.adapter_file import base_of
from studio.gguf.load_forecast import Loadable, LoadForecast, Room
from studio.gguf.made_from import base_beside
from studio.gguf.reader import Gguf, is_adapter
from studio.gguf.starter import starter_model
from studio.inference.engine import Engine
from studio.inference.load_settings import LoadSettings
from studio.inference.remote import RemoteEngine
from studio.inference.templates import Offered, suggested
from studio.jobs.runs import Run, runs_in
from studio.language import N_
from studio.publishing.kept_models import Address, Kept, keep_models, kept_models
from studio.publishing.versions import Shelf, names
from studio.training.playing import Played, load_what, played
from studio.workspace import Workspace


class NotAPlayedModel(UsageError):
    """What was to be added holds no GGUF."""

    sentence = N_("{path} is no GGUF, and no folder with one. Choose a .gguf file, or the folder that holds it.")


class Source(StrEnum):
    """Where a model comes from."""

    PUBLISHED = "published"
    CONVERTED = "converted"
    RUN = "run"
    STARTER = "starter"
    ADDED = "added"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Known:
    """A model that can be played. `id` is what it is opened and kept by: a path, an address, or a published name.

    `size` is that of its files in bytes, None of an address; `base` the file that an adapter lies on; `why` says why it
    can't be opened now, and is empty where it can. `key` is the name of an address's key.
    """

    id: str
    name: str
    source: Source
    path: Path | None
    size: int | None = None
    adapter: Path | None = None
    base: Path | None = None
    key: str = ""
    context: int = 0
    why: str = ""


def models_here(workspace: Workspace) -> tuple[Known, ...]:
    """All that can be played: published names, converted models, runs, the starter, what was added, addresses."""
    kept = kept_models(workspace.private)
    return (
        *_published(workspace.models),
        *_converted(workspace.models),
        *_runs(workspace.runs),
        *_starter(),
        *(known for path in kept.paths for known in _added(path)),
        *(_address(one) for one in kept.addresses),
    )


def find_known(workspace: Workspace, model: str) -> Known:
    """The model of that id or name here, or the one that a path or an address means; raises as `add_model` does."""
    here = models_here(workspace)
    for known in here:
        if model in (known.id, known.name):
            return known
    return _one(Path(model).expanduser().resolve(), Source.ADDED)


def _published(models: Path) -> Iterator[Known]:
    for name in names(models):
        known = Known(f"published:{name}", name, Source.PUBLISHED, None)
        try:
            version = Shelf(models, name).current()
        except LorewrightError as error:
            yield replace(known, why=str(error))
            continue
        yield _with_sizes(replace(known, path=version.model, adapter=version.adapter))


def _converted(models: Path) -> Iterator[Known]:
    folders = sorted(path for path in models.iterdir() if path.is_dir()) if models.is_dir() else []
    for folder in folders:
        if not folder.name.startswith("."):
            yield from (_file(path, Source.CONVERTED) for path in _ggufs(folder))


def _runs(runs: Path) -> Iterator[Known]:
    for run in runs_in(runs):
        if run.path.name.endswith("-train") and run.adapter.is_dir():
            yield _run(run)


def _run(run: Run) -> Known:
    weights = run.adapter / "adapter_model.safetensors"
    size = weights.stat().st_size if weights.is_file() else None
    known = Known(str(run.path), run.name, Source.RUN, run.path, size)
    try:
        return replace(known, base=base_of(run.path))
    except LorewrightError as error:
        return replace(known, why=str(error))


def _starter() -> Iterator[Known]:
    try:
        yield _file(starter_model(), Source.STARTER)
    except LorewrightError:
        return  # set-up has not come that far


def _added(path: Path) -> Iterator[Known]:
    """The models of a file or a folder that was added; one that is gone is still listed, and says so."""
    if path.is_dir():
        yield from (_file(file, Source.ADDED) for file in _ggufs(path))
    else:
        yield _file(path, Source.ADDED)


def _address(one: Address) -> Known:
    name = one.named.partition("#")[2] or one.named
    return Known(one.named, name, Source.ADDRESS, None, key=one.key, context=one.context)


def _ggufs(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.gguf") if path.is_file())


def _one(path: Path, source: Source) -> Known:
    """The model that a path means; raises PathMissing or NotAPlayedModel."""
    if not path.exists():
        raise PathMissing(path=path)
    files = _ggufs(path) if path.is_dir() else [path]
    if not files or (path.is_file() and path.suffix.lower() != ".gguf"):
        raise NotAPlayedModel(path=path)
    return _file(files[0], source)


def _file(path: Path, source: Source) -> Known:
    """A GGUF by itself, or one that is an adapter with the base it lies on."""
    known = Known(str(path), path.stem, source, path)
    try:
        if not is_adapter(path):
            return _with_sizes(known)
        base = base_beside(path)
        if base is None or not base.is_file():
            played(path)  # says why not
        return _with_sizes(replace(known, path=base, adapter=path, base=base))
    except LorewrightError as error:
        return replace(known, why=str(error))


def _with_sizes(known: Known) -> Known:
    files = [file for file in (known.path, known.adapter) if file is not None]
    try:
        return replace(known, size=sum(file.stat().st_size for file in files))
    except OSError:
        return replace(known, why=str(PathMissing(path=files[0])))


# -- adding, forgetting, settings


def add_model(workspace: Workspace, path: Path) -> Known:
    """Remembers a GGUF or a folder of them; raises PathMissing, NotAPlayedModel or NotSaved."""
    known = _one(path.expanduser().resolve(), Source.ADDED)
    keep_models(workspace.private, kept_models(workspace.private).with_path(path))
    return known


def add_address(workspace: Workspace, named: str, key: str = "", context: int = 8192) -> Known:
    """Remembers ADDRESS#MODEL with its key's name; raises BadAddress or NotSaved. Nothing is called."""
    one = Address(named=named.strip(), key=key.strip(), context=context)
    RemoteEngine.at(one.named, key=None, context=context)
    keep_models(workspace.private, kept_models(workspace.private).with_address(one))
    return _address(one)


def forget_model(workspace: Workspace, known: Known) -> None:
    """Forgets what was added, with its settings; its files stay. Raises NotSaved."""
    kept = kept_models(workspace.private)
    folder = next((one for one in kept.paths if known.path is not None and known.path.parent == one), None)
    keep_models(workspace.private, kept.without(str(folder) if folder is not None else known.id).without(known.id))


def settings_of(workspace: Workspace, known: Known) -> LoadSettings:
    """How a model is loaded here."""
    return kept_models(workspace.private).settings.get(known.id, LoadSettings())


def keep_settings(workspace: Workspace, known: Known, settings: LoadSettings) -> None:
    """Keeps how a model is loaded here; raises NotTogether or NotSaved."""
    settings.check()
    kept: Kept = kept_models(workspace.private)
    keep_models(workspace.private, kept.with_settings(known.id, settings))


# -- what it takes, and opening it


def loadable(known: Known) -> Loadable | None:
    """What a forecast needs, read once for any settings; None of an address. Raises what reading the file raises."""
    path = known.base if known.source is Source.RUN else known.path
    return Loadable.of(path, known.adapter) if path is not None and path.is_file() else None


def forecast(known: Known, settings: LoadSettings, room: Room) -> LoadForecast | None:
    """What a model takes by its settings; None where nothing of it lies here."""
    found = loadable(known)
    return found.forecast(settings, room) if found is not None else None


def template_needed(known: Known) -> Offered | None:
    """The template to suggest for a model that carries none; None for one that has its own."""
    path = known.base if known.source is Source.RUN else known.path
    if path is None or not path.is_file():
        return None
    with Gguf(path) as gguf:
        if gguf.text("tokenizer.chat_template"):
            return None
        return suggested({one for one in gguf.array("tokenizer.ggml.tokens") if isinstance(one, str)})


async def open_known(
    known: Known, settings: LoadSettings, on_load: Callable[[float], None] | None = None
) -> tuple[Engine, str]:
    """The engine of a model, and what a session's file calls it; raises what loading raises.

    Whoever cancels the waiting ends what was loading.
    """
    if known.source is Source.ADDRESS:
        engine = RemoteEngine.at(known.id, key=known.key or None, context=known.context or settings.context)
        return engine, engine.card.identity
    found = await asyncio.to_thread(_played, known)
    opened, digest = await asyncio.gather(load_what(found, settings, on_load), asyncio.to_thread(lambda: found.digest))
    return opened, digest


def _played(known: Known) -> Played:
    if known.source is Source.RUN and known.path is not None:
        return played(known.path)
    if known.path is None:
        raise PathMissing(path=known.id)
    return Played(known.name, known.path, known.adapter)
