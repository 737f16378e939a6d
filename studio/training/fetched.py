"""Owns what a fetched model's folder says of itself, and which files of a repository go into it; fetches nothing."""

import re
from pathlib import Path
from typing import Self

import pydantic

from studio.errors import LorewrightError
from studio.files import read_text
from studio.gguf.known_bases import MANIFEST
from studio.setup.lock import Lock

HALF = ".half"
"""Beside the fetched folders: those that were begun and not ended."""

_NAMES = (
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "tokenizer.model",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "chat_template.json",
    "chat_template.jinja",
    "model.safetensors.index.json",
    *("LICENSE", "LICENSE.txt", "LICENSE.md", "NOTICE", "NOTICE.txt"),
)
"""What is fetched beside the weights; nothing that could be run is among it."""

_WEIGHTS = re.compile(r"model(-\d{5}-of-\d{5})?\.safetensors")


class FetchedFile(pydantic.BaseModel):
    """A file of a commit: its SHA-256 where the Hub keeps large files, else the id that git gives it."""

    model_config = pydantic.ConfigDict(frozen=True)

    name: str = pydantic.Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=200)
    size: int = pydantic.Field(ge=0)
    sha256: str | None = pydantic.Field(None, pattern=r"^[0-9a-f]{64}$")
    git: str | None = pydantic.Field(None, pattern=r"^[0-9a-f]{40}$")

    @pydantic.model_validator(mode="after")
    def _can_be_checked(self) -> Self:
        if self.sha256 is None and self.git is None:
            raise ValueError("no hash")
        return self


class Fetched(pydantic.BaseModel):
    """What a folder holds: the repository, the revision that was asked for, the commit that it was, the files."""

    model_config = pydantic.ConfigDict(frozen=True)

    format: int = 1
    repo: str
    revision: str
    commit: str = pydantic.Field(pattern=r"^[0-9a-f]{40}$")
    files: tuple[FetchedFile, ...]

    @property
    def bytes(self) -> int:
        """The size of all files."""
        return sum(one.size for one in self.files)


def manifest_of(folder: Path) -> Fetched | None:
    """What a fetched folder says of itself; None where it was not fetched, or says nothing usable."""
    try:
        return Fetched.model_validate_json(read_text(folder / MANIFEST))
    except (LorewrightError, pydantic.ValidationError):
        return None


def is_there(folder: Path, manifest: Fetched) -> bool:
    """Whether every file of a fetched folder is there with its size; hashes were checked when they came."""
    try:
        return all((folder / one.name).stat().st_size == one.size for one in manifest.files)
    except OSError:
        return False


def lock_of(half: Path) -> Lock:
    """The lock that whoever fetches into a half folder holds."""
    return Lock(half.with_name(f"{half.name}.lock"))


def being_fetched(half: Path) -> bool:
    """Whether a process fetches into a half folder now."""
    with lock_of(half) as lock:
        return not lock.acquire()


def half_fetched(models: Path) -> dict[str, int]:
    """The models that were begun and not ended, with the bytes that are there."""
    half = models / HALF
    folders = [path for path in half.iterdir() if path.is_dir()] if half.is_dir() else []
    return {path.name: sum(one.stat().st_size for one in path.iterdir()) for path in sorted(folders)}


def wanted(name: str) -> bool:
    """Whether a file of a repository is one that training reads."""
    return name in _NAMES or is_weights(name)


def is_weights(name: str) -> bool:
    """Whether a file holds weights in the form that is read here."""
    return _WEIGHTS.fullmatch(name) is not None
