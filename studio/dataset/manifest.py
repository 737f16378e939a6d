"""Owns what a build says of itself in `manifest.json`: sources with hashes, settings, counts in and out, licences.

The name of a build is the hash of this file, which holds the hash of every other one; so nothing in it may depend on
when or where it was written. Knows neither how a build is made nor where builds lie.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from studio.dataset.problems import RowProblem
from studio.errors import InputError, LorewrightError
from studio.files import read_bytes
from studio.language import N_, _

MANIFEST, ROWS, OUT, CARD = "manifest.json", "rows.parquet", "out.jsonl", "card.md"
NAME_LENGTH = 12
LISTED = 1000
"""Most errors, and most warnings, that a manifest lists; all are counted."""

_LIMIT = 256 * 1024 * 1024


class BadManifest(InputError):
    """The folder is no build, or its manifest cannot be read."""

    sentence = N_("{path} is no build of a data set ({reason}). `lorewright data build` makes one.")


@dataclass(frozen=True, slots=True)
class SourceAccount:
    """What became of one source. `sha256` names its files by path and content, None where it is not made of files.

    `rows` were read, `kept` of them are in the build, `binned` are out by reason; `variants` were made of them beside.
    `files` is how many it has. `passes` is how often each of its rows is seen on average while as many rows are drawn
    as the training side has.
    """

    name: str
    kind: str
    place: str
    weight: float
    licence: str
    note: str
    sha256: str | None
    files: int
    rows: int
    kept: int
    variants: int
    binned: dict[str, int]
    held_out: int
    errors: int
    warnings: int
    passes: float


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a build says of itself. `problems` and `warnings` are listed up to LISTED each; `errors` counts all of the
    first, and `codes` all of both by code.

    `counts`: rows `read`, `in`, `training`, `validation`, `synthetic`, `variants`, and tokens. `calls`: tool
    calls read, in, out; the variants' are among those that are in.
    `files` has the SHA-256 of the other files of the build; `held_out` the scenarios that are kept to measure with.
    """

    name: str
    title: str
    program: str
    base: str
    base_mark: str
    max_length: int
    settings: dict[str, Any]
    sources: tuple[SourceAccount, ...]
    counts: dict[str, int]
    calls: dict[str, int]
    out: dict[str, int]
    errors: int
    problems: tuple[dict[str, Any], ...]
    warnings: tuple[dict[str, Any], ...]
    held_out: tuple[str, ...]
    licences: dict[str, int]
    flagged: dict[str, int]
    leakage: dict[str, Any]
    files: dict[str, str]
    inputs: dict[str, dict[str, str]] = field(default_factory=dict)
    codes: dict[str, dict[str, int]] = field(default_factory=dict)
    format: int = 1

    def as_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}  # plain already, and much to copy
        sources = tuple(asdict(one) for one in self.sources)
        return {"format": values.pop("format"), **values, "sources": sources}

    def text(self) -> str:
        """The file's text."""
        return json.dumps(self.as_json(), ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n"

    @property
    def build(self) -> str:
        """The build's name."""
        return name_of(self.text().encode("utf-8", "surrogatepass"))


def name_of(manifest: bytes) -> str:
    """The name that the content of a manifest gives a build."""
    return hashlib.sha256(manifest).hexdigest()[:NAME_LENGTH]


def read_manifest(folder: Path) -> tuple[Manifest, str]:
    """The manifest in a build's folder, and the name that its content gives; raises BadManifest."""
    try:
        content = read_bytes(folder / MANIFEST, _LIMIT)
        values = json.loads(content)
        if not isinstance(values, dict) or values.get("format") != 1:
            raise BadManifest(path=folder, reason=_("it was written by another version"))
        return _manifest(values), name_of(content)
    except BadManifest:
        raise
    except (LorewrightError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadManifest(path=folder, reason=str(error) or type(error).__name__) from error


def _manifest(values: Mapping[str, Any]) -> Manifest:
    sources = tuple(SourceAccount(**one) for one in values["sources"])
    lists = {name: tuple(values[name]) for name in ("problems", "warnings", "held_out")}
    for name in ("errors", "max_length"):
        if not isinstance(values[name], int):
            raise TypeError(name)
    return Manifest(**{**values, **lists, "sources": sources})


def listed(problems: tuple[RowProblem, ...]) -> tuple[dict[str, Any], ...]:
    """Problems as a manifest lists them."""
    return tuple(problem.as_json() for problem in problems[:LISTED])
