"""Owns what a parity gate is about: a model's folder, what it was made of, and what names its results."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from studio.errors import LorewrightError, PathMissing
from studio.evaluation.parity_errors import NoCard
from studio.evaluation.parity_file import CARD
from studio.files import inside, read_bytes, sha256_of
from studio.gguf.identity import identity_of
from studio.gguf.made_from import files_there, source_told
from studio.workers._merge import Source, source_of
from studio.workers._ways import ORIGINAL, settings_of

_LIMIT = 16 * 1024 * 1024
_FORMAT = "1"
"""Part of every mark; raised when what is measured changes."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of the model; `kind` is its quantisation, `importance` whether it was made by an importance matrix."""

    path: Path
    kind: str
    sha256: str
    importance: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """A model and what it was made of: `config` are the settings of its run, `way` names how its adapter was merged,
    `mark` the merged model and `base_mark` its base, both by content."""

    folder: Path
    source: Source
    config: Mapping[str, object]
    files: tuple[File, ...]
    way: str
    mark: str
    base_mark: str


def subject_of(folder: Path) -> Subject:
    """The subject in a model's folder; raises NoCard, and what reading its source raises."""
    card = _card(folder)
    files = tuple(_file(folder, row) for row in files_there(folder, card.get("files")))
    if not files:
        raise NoCard(folder=folder, reason=f"{CARD} names no file that is there")
    source = replace(source_of(source_told(folder, card.get("source")) or folder / "-", None), name=folder.name)
    way = str(card.get("merge") or ORIGINAL)
    base = identity_of(source.base.path, source.base.name).digest
    return Subject(folder, source, settings_of(source), files, way, _mark(base, _adapter(source), way), _mark(base))


def _card(folder: Path) -> dict[str, object]:
    try:
        card = json.loads(read_bytes(folder / CARD, _LIMIT))
    except PathMissing as error:
        raise NoCard(folder=folder, reason=f"it has no {CARD}") from error
    except (LorewrightError, ValueError, RecursionError) as error:
        raise NoCard(folder=folder, reason=f"{CARD} is damaged") from error
    if not isinstance(card, dict):
        raise NoCard(folder=folder, reason=f"{CARD} is damaged")
    return card


def _file(folder: Path, row: Mapping[str, object]) -> File:
    path = inside(folder, str(row["file"]))
    try:
        return File(path, str(row.get("quantisation")), sha256_of(path), bool(row.get("importance")))
    except OSError as error:
        raise NoCard(folder=folder, reason=f"{path.name}: {error.strerror}") from error


def _adapter(source: Source) -> str:
    return sha256_of(source.adapter / "adapter_model.safetensors") if source.adapter is not None else ""


def _mark(*parts: str) -> str:
    return hashlib.sha256("\n".join((_FORMAT, *parts)).encode()).hexdigest()[:16]
