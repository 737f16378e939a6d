"""Owns the base models on this machine: the starter, fetched ones, and folders and GGUFs that a person added.

Where they lie is known by `gguf.known_bases`; here is what they are, and how one is added and removed. Fetches nothing.
"""

import re
import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from studio.amounts import file_size
from studio.errors import InputError, LorewrightError, NotSaved, PathMissing
from studio.gguf.base import open_base
from studio.gguf.known_bases import (
    STARTER,
    AddedModel,
    added_models,
    fetched_folders,
    keep_added,
    known_base,
    models_folder,
)
from studio.gguf.starter import starter_model
from studio.language import N_
from studio.training.catalogue import CatalogueModel, NoSuchModel, catalogue
from studio.training.fetched import half_fetched, manifest_of

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}\Z")


class UnfitModelName(InputError):
    """A name that no model can have here."""

    sentence = N_("“{name}” can't be a model's name. Use up to 60 of a-z, 0-9, . _ and -, with --name.")


class ModelNameTaken(InputError):
    """There is a model of that name."""

    sentence = N_("There is a model “{name}” already. Choose another name with --name, or remove that one first.")


class ModelStays(InputError):
    """The starter is not ours to remove."""

    sentence = N_("The starter belongs to the program and stays: the first model and the tests stand on it.")


class NotFetchedYet(InputError):
    """A model of the catalogue that is not on this machine."""

    sentence = N_("{name} is not on this machine yet. Fetch it with `lorewright models fetch {name}` ({size}).")


class Origin(StrEnum):
    """How a model came here."""

    STARTER = "starter"
    FETCHED = "fetched"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A base model on this machine; `model` is its entry in the catalogue, `commit` the one it was fetched at."""

    name: str
    path: Path
    origin: Origin
    bytes: int
    model: CatalogueModel | None = None
    commit: str = ""

    @property
    def missing(self) -> bool:
        """Whether it was moved or deleted since it was added."""
        return not self.path.exists()


def local_models() -> tuple[LocalModel, ...]:
    """The models on this machine: the starter, then fetched, then added; raises ModelListDamaged."""
    known = {model.id: model for model in catalogue()}
    found: list[LocalModel] = []
    try:
        path = starter_model()
        found.append(LocalModel(STARTER, path, Origin.STARTER, path.stat().st_size, known[STARTER]))
    except LorewrightError:
        pass  # set-up has not come that far
    for path in fetched_folders():
        manifest = manifest_of(path)
        if manifest is not None:
            model = known.get(path.name)
            found.append(LocalModel(path.name, path, Origin.FETCHED, manifest.bytes, model, manifest.commit))
    found += [LocalModel(one.name, one.path, Origin.ADDED, _size(one.path)) for one in added_models()]
    return tuple(found)


def resolve_base(name: str | Path) -> Path:
    """The folder or GGUF of a base that a person named: a model's name, or a path.

    Raises NotFetchedYet for a model of the catalogue that is not here, NoSuchModel, PathMissing, ModelListDamaged, or
    PartMissing where set-up has not fetched the starter.
    """
    text = str(name)
    known = known_base(text)
    if known is not None:
        if not known.exists():
            raise PathMissing(path=known)
        return known
    path = Path(text).expanduser()
    if path.exists():
        return path.resolve()
    for model in catalogue():
        if model.id == text:
            raise NotFetchedYet(name=text, size=file_size(model.download_bytes))
    if _NAME.match(text) is None or text.endswith(".gguf"):
        raise PathMissing(path=path)
    here = [model.name for model in local_models()]
    raise NoSuchModel.near(text, [*here, *(model.id for model in catalogue())])


def add_model(path: Path, name: str | None = None) -> LocalModel:
    """Remembers a folder or a GGUF under a name, if it can be trained.

    Raises what `open_base` raises for one that cannot, UnfitModelName, ModelNameTaken, ModelListDamaged or NotSaved.
    """
    whole = path.expanduser().resolve()
    open_base(whole)
    chosen = name if name is not None else _name_of(whole)
    if _NAME.match(chosen) is None:
        raise UnfitModelName(name=chosen)
    if chosen in {*(model.name for model in local_models()), *(model.id for model in catalogue())}:
        raise ModelNameTaken(name=chosen)
    keep_added((*added_models(), AddedModel(name=chosen, path=whole)))
    return LocalModel(chosen, whole, Origin.ADDED, _size(whole))


def find_local(name: str) -> LocalModel:
    """The model of that name on this machine; raises NoSuchModel or ModelListDamaged."""
    here = {model.name: model for model in local_models()}
    if name not in here:
        raise NoSuchModel.near(name, list(here))
    return here[name]


def remove_model(model: LocalModel) -> None:
    """Deletes a fetched model's folder; one that was added is only forgotten. Raises ModelStays or NotSaved."""
    if model.origin is Origin.STARTER:
        raise ModelStays
    if model.origin is Origin.ADDED:
        keep_added(tuple(one for one in added_models() if one.name != model.name))
        return
    going = model.path.with_name(f".going-{model.name}")
    try:
        shutil.rmtree(going, ignore_errors=True)
        model.path.rename(going)  # at no moment is there half a model under its name
        shutil.rmtree(going)
    except OSError as error:
        raise NotSaved(path=model.path, reason=error.strerror or str(error)) from error


def begun() -> dict[str, int]:
    """The models whose fetching was begun and not ended, with the bytes that came."""
    return half_fetched(models_folder())


def _name_of(path: Path) -> str:
    """A name for what lies at a path."""
    stem = path.name.removesuffix(".gguf") if path.is_file() else path.name
    return re.sub(r"[^a-z0-9._-]+", "-", stem.lower()).strip("-._")[:60]


def _size(path: Path) -> int:
    """Bytes of a file, or of the files right in a folder; 0 where it is gone."""
    try:
        files = [path] if path.is_file() else [one for one in path.iterdir() if one.is_file()]
        return sum(one.stat().st_size for one in files)
    except OSError:
        return 0
