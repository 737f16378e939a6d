"""Owns what is played where a person names a run: its adapter on the GGUF that it was trained on, unconverted.

The adapter is written as a GGUF beside it in the run's folder, once; knows neither window nor terminal.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from studio.errors import InputError, LorewrightError
from studio.files import sha256_of
from studio.gguf.adapter_file import adapter_gguf, base_of, is_of
from studio.gguf.errors import NoAdapter
from studio.gguf.load_forecast import Loadable, Room
from studio.gguf.made_from import base_beside
from studio.gguf.reader import is_adapter
from studio.inference.engine import LlamaEngine
from studio.inference.load_settings import LoadSettings
from studio.inference.opening import SeveralModels
from studio.jobs.runs import CONFIG
from studio.language import N_, _
from studio.training.checkpoints import run_of
from studio.training.starting import adapter_of, check_whole, run_behind

FILE = "adapter.gguf"


class AdapterAlone(InputError):
    """A GGUF is an adapter, and nothing says what it belongs on."""

    sentence = N_(
        "{path} is an adapter and no model by itself. Play the run that it was made from, or a converted model."
    )


class FolderNotPlayed(InputError):
    """A folder is no run and holds no GGUF."""

    sentence = N_(
        "{path} is a folder without a GGUF, and one is played. Name a GGUF or a run; of a Hugging Face folder "
        "`lorewright convert {path}` makes one."
    )


@dataclass(frozen=True, slots=True)
class Played:
    """What is loaded: a model, and the adapter that is put on it, each a GGUF; `name` is what people know it by."""

    name: str
    model: Path
    adapter: Path | None = None

    @property
    def digest(self) -> str:
        """A name for what is loaded, by content; raises the errors of files."""
        digests = [sha256_of(file) for file in (self.model, self.adapter) if file is not None]
        return digests[0] if len(digests) == 1 else hashlib.sha256(" ".join(digests).encode()).hexdigest()


def is_run(path: Path) -> bool:
    """Whether a path is a run's folder or one of its checkpoints."""
    return (path / CONFIG).is_file() or run_of(path) is not None


def played(path: Path) -> Played:
    """What to load for a GGUF, a run's folder or a checkpoint; writes the adapter's GGUF where it is not there yet.

    Raises NothingToStartFrom, NoAdapter, AdapterAlone, FolderNotPlayed, SeveralModels, AdapterRefused, BaseIsNoGguf,
    BaseGone, OtherBase, NotPutOn, NotSaved or what reading the base raises.
    """
    if not is_run(path):
        return _file(path)
    adapter = adapter_of(path) if (path / CONFIG).is_file() else path
    run = run_behind(adapter)
    if run is None:
        raise NoAdapter(path=path, reason=_("it lies in no run"))
    base = base_of(run)
    check_whole(adapter)
    file = (run if adapter.name == "adapter" else adapter) / FILE  # a checkpoint's goes with the checkpoint
    if not is_of(file, adapter):
        adapter_gguf(adapter if adapter.name != "adapter" else run, file)
    name = run.name if adapter.name == "adapter" else f"{run.name} {adapter.name}"
    return Played(name, base, file)


def _file(path: Path) -> Played:
    """A model by itself, also where its folder is named, or an adapter on the base that it belongs to."""
    if path.is_dir():
        path = _model_in(path)
    if not path.is_file() or not is_adapter(path):
        return Played(path.stem, path)
    base = base_beside(path)
    if base is None or base.is_dir():
        raise AdapterAlone(path=path)
    return Played(path.stem, base, path)


def only_model(folder: Path) -> Path | None:
    """The GGUF that a folder means: its only one, or the only one that is no adapter; None where there is no such.

    Raises the errors of files.
    """
    files = sorted(folder.glob("*.gguf"))
    models = files if len(files) == 1 else [file for file in files if not is_adapter(file)]
    return models[0] if len(models) == 1 else None


def _model_in(folder: Path) -> Path:
    found = only_model(folder)
    if found is None:
        files = [file.name for file in sorted(folder.glob("*.gguf"))]
        if not files:
            raise FolderNotPlayed(path=folder)
        raise SeveralModels(path=folder, files=", ".join(files))
    return found


async def load_played(path: Path) -> LlamaEngine:
    """An engine for a GGUF, a run's folder or a checkpoint; raises as `played` and `LlamaEngine.load` do."""
    return await load_what(await asyncio.to_thread(played, path))


async def load_what(
    found: Played, settings: LoadSettings | None = None, on_load: Callable[[float], None] | None = None
) -> LlamaEngine:
    """An engine for what was found, loaded as the settings say; raises as `LlamaEngine.load` does.

    Where they leave open how many layers lie on a card, that many do as there is room for.
    """
    settings = settings if settings is not None else LoadSettings()
    room = await asyncio.to_thread(Room.here)
    layers = await asyncio.to_thread(_layers, found, settings, room)
    settings = settings.settled(card=room.card > 0 and layers != 0)
    engine = await LlamaEngine.load(
        found.model, adapter=found.adapter, settings=settings, gpu_layers=layers, on_load=on_load
    )
    engine.card = replace(engine.card, name=found.name)
    return engine


def _layers(found: Played, settings: LoadSettings, room: Room) -> int | None:
    """How many layers go on a card; None where there is none, or where a file does not say what it holds."""
    if settings.gpu_layers is not None:
        return settings.gpu_layers
    if not room.card:
        return None
    try:
        return Loadable.of(found.model, found.adapter).layers_for(settings, room)
    except (LorewrightError, OSError):
        return None  # whether it can be loaded is the worker's to say
