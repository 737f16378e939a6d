"""Owns one published version: its card, its files by size and hash, and how a file gets into its folder.

Knows neither which version is in use nor why one may be published.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pydantic

from studio.errors import InputError, LorewrightError
from studio.files import inside, read_text, sha256_of
from studio.jobs.protocol import Fields
from studio.language import N_

CARD = "card.json"
LIMIT = 4 << 20
"""Bytes of the longest card or pointer that is read."""


class VersionDamaged(InputError):
    """A file of a version is missing or is not what it was."""

    sentence = N_(
        "Version {version} of “{name}” is damaged ({file}). Go back with `lorewright rollback {name}`, or publish."
    )


class VersionFile(pydantic.BaseModel):
    """One file of a version; `role` is what it is for: the whole `model`, or an `adapter` upon it."""

    model_config = pydantic.ConfigDict(frozen=True)

    file: str
    role: Literal["model", "adapter"]
    size: int = pydantic.Field(ge=0)
    sha256: str = pydantic.Field(pattern=r"^[0-9a-f]{64}$")


class Card(pydantic.BaseModel):
    """What is known of a version. `data` names the build it learnt from; `gates` says what each gate found."""

    model_config = pydantic.ConfigDict(frozen=True)

    format: Literal[1] = 1
    name: str
    version: int = pydantic.Field(gt=0)
    published: str
    source: str
    base: str
    quantisation: str
    data: str
    tools: tuple[str, ...]
    scores: dict[str, pydantic.JsonValue]
    gates: tuple[dict[str, pydantic.JsonValue], ...]
    files: tuple[VersionFile, ...] = pydantic.Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Version:
    """One version by its folder."""

    path: Path
    card: Card

    @property
    def model(self) -> Path:
        """The GGUF to load."""
        return next(self.path / one.file for one in self.card.files if one.role == "model")

    @property
    def adapter(self) -> Path | None:
        """The adapter to put on it, if it is not a whole model."""
        return next((self.path / one.file for one in self.card.files if one.role == "adapter"), None)

    def check_sizes(self) -> None:
        """Raises VersionDamaged where a file is missing or was cut short; quick, for each load."""
        for one in self.card.files:
            path = inside(self.path, one.file)
            if not path.is_file() or path.stat().st_size != one.size:
                raise self._damaged(one.file)

    def verify(self) -> None:
        """Raises VersionDamaged where a file is not what was published, bit by bit."""
        self.check_sizes()
        for one in self.card.files:
            if sha256_of(self.path / one.file) != one.sha256:
                raise self._damaged(one.file)

    def _damaged(self, file: str) -> VersionDamaged:
        return VersionDamaged(name=self.card.name, version=self.card.version, file=file)


def read_version(path: Path, name: str, number: int) -> Version:
    """The version of a name in its folder; raises VersionDamaged where it is not whole."""
    try:
        card = Card.model_validate_json(read_text(path / CARD, LIMIT))
    except (LorewrightError, pydantic.ValidationError) as error:
        raise VersionDamaged(name=name, version=number, file=CARD) from error
    if card.version != number or card.name != name or not any(one.role == "model" for one in card.files):
        raise VersionDamaged(name=name, version=number, file=CARD)
    for one in card.files:
        inside(path, one.file)
    return Version(path, card)


def place(path: Path, folder: Path, name: str = "") -> Path:
    """Puts a file into a folder: as a second name of it where the disk has such, for models are large; else a copy.

    It is on disk when this returns. Raises OSError.
    """
    target = folder / (name or path.name)
    try:
        os.link(path.resolve(), target)
    except OSError:
        shutil.copyfile(path, target)
    with target.open("r+b" if os.name == "nt" else "rb") as stream:  # Windows syncs only what is open for writing
        os.fsync(stream.fileno())
    return target


def file_row(role: str, path: Path) -> Fields:
    """What a card says of a file; raises OSError."""
    return {"file": path.name, "role": role, "size": path.stat().st_size, "sha256": sha256_of(path)}
