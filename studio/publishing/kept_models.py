"""Owns what a workspace keeps of the models that are played: files, folders and addresses that a person added, and how
each model is loaded. One JSON file in the workspace's private folder; knows no engine.

A key is kept by its name alone. A damaged file is set aside, and said; what was in it is asked for again.
"""

import json
import logging
from pathlib import Path

import pydantic

from studio.errors import LorewrightError, PathMissing
from studio.files import read_text, save_atomic
from studio.inference.load_settings import LoadSettings

FILE = "models.json"
_log = logging.getLogger(__name__)


class Address(pydantic.BaseModel):
    """An OpenAI-compatible address with its model, as ADDRESS#MODEL, the name of its key, and its context."""

    model_config = pydantic.ConfigDict(frozen=True)

    named: str
    key: str = ""
    context: int = pydantic.Field(default=8192, ge=256)


class Kept(pydantic.BaseModel):
    """All that is kept; `settings` by a model's id."""

    model_config = pydantic.ConfigDict(frozen=True)

    format: int = 1
    paths: tuple[Path, ...] = ()
    addresses: tuple[Address, ...] = ()
    settings: dict[str, LoadSettings] = {}

    def with_path(self, path: Path) -> "Kept":
        """The same with a file or a folder, once."""
        whole = path.expanduser().resolve()
        return self.model_copy(update={"paths": (*(one for one in self.paths if one != whole), whole)})

    def with_address(self, address: Address) -> "Kept":
        """The same with an address, in place of one of that name."""
        others = (one for one in self.addresses if one.named != address.named)
        return self.model_copy(update={"addresses": (*others, address)})

    def with_settings(self, model: str, settings: LoadSettings) -> "Kept":
        """The same with the settings of a model; those that are the usual ones are not kept."""
        others = {name: one for name, one in self.settings.items() if name != model}
        told = {} if settings == LoadSettings() else {model: settings}
        return self.model_copy(update={"settings": others | told})

    def without(self, model: str) -> "Kept":
        """The same without a path or an address, and without its settings."""
        return self.model_copy(
            update={
                "paths": tuple(one for one in self.paths if str(one) != model),
                "addresses": tuple(one for one in self.addresses if one.named != model),
                "settings": {name: one for name, one in self.settings.items() if name != model},
            }
        )


def kept_models(private: Path) -> Kept:
    """What a workspace keeps; nothing where nothing was, or where its file is damaged, which is then set aside."""
    path = private / FILE
    try:
        return Kept.model_validate(json.loads(read_text(path)))
    except PathMissing:
        return Kept()
    except (LorewrightError, ValueError, RecursionError) as error:
        aside = path.with_suffix(".json.damaged")
        _log.warning("%s could not be read, and is kept as %s: %s", path, aside, error)
        path.replace(aside)
        return Kept()


def keep_models(private: Path, kept: Kept) -> None:
    """Saves it; raises NotSaved."""
    private.mkdir(parents=True, exist_ok=True)
    save_atomic(private / FILE, json.dumps(kept.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n")
