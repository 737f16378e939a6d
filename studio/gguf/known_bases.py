"""Owns which base models this machine knows by name: fetched ones in the user's cache, and those that a person added.

Fetched models serve all workspaces; of an added one only its name and place are remembered, among the user's settings.
Knows neither what can be fetched nor what a model is good for.
"""

from pathlib import Path

import pydantic

from studio.errors import InputError, LorewrightError, PathMissing
from studio.files import read_text, save_atomic
from studio.gguf.starter import starter_model
from studio.language import N_
from studio.setup.places import Places
from studio.workspace.places import config_folder

STARTER = "starter"
"""The name of the model that set-up fetches."""

MANIFEST = "fetched.json"
"""In a fetched folder: where it came from, and the hash of every file. Without it a folder is no fetched model."""

_LIST = "models.json"


class ModelListDamaged(InputError):
    """The list of what was added cannot be read."""

    sentence = N_(
        "{path} is damaged, so which models were added is not known. Mend it, or delete it and add them again."
    )


class AddedModel(pydantic.BaseModel):
    """A folder or a GGUF of a person's own, by the name that it was added under."""

    model_config = pydantic.ConfigDict(frozen=True)

    name: str
    path: Path


class _AddedList(pydantic.BaseModel):
    format: int = 1
    models: tuple[AddedModel, ...] = ()


def models_folder() -> Path:
    """Where fetched models lie."""
    return Places.here().cache / "models"


def fetched_folders() -> tuple[Path, ...]:
    """The folders of the models that were fetched whole, by name."""
    folder = models_folder()
    found = sorted(folder.iterdir()) if folder.is_dir() else ()
    return tuple(path for path in found if not path.name.startswith(".") and (path / MANIFEST).is_file())


def added_models() -> tuple[AddedModel, ...]:
    """What was added, in that order; raises ModelListDamaged."""
    path = config_folder() / _LIST
    try:
        return _AddedList.model_validate_json(read_text(path)).models
    except PathMissing:
        return ()
    except (LorewrightError, pydantic.ValidationError) as error:
        raise ModelListDamaged(path=path) from error


def keep_added(models: tuple[AddedModel, ...]) -> None:
    """Remembers these models and no others; raises NotSaved."""
    save_atomic(config_folder() / _LIST, _AddedList(models=models).model_dump_json(indent=1) + "\n")


def known_base(name: str) -> Path | None:
    """Where the model of that name lies, which need not be there any more; None where none is known.

    Raises ModelListDamaged, or PartMissing where set-up has not fetched the starter.
    """
    if name == STARTER:
        return starter_model()
    places = {path.name: path for path in fetched_folders()}
    return places.get(name) or next((one.path for one in added_models() if one.name == name), None)
