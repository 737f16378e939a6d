"""Owns what was found out about a data set when it was last looked at: a table of its rows and a page of figures.

Reads them back, quickly and without what made them. Knows no source, no check and no window.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.dataset.audit.people import PeopleFile
from studio.dataset.description import Description, placed
from studio.errors import LorewrightError
from studio.files import read_text

FORMAT = 3
FIGURES = "examined.json"


@dataclass(frozen=True, slots=True)
class SourceFigures:
    """What was found of one source; `problems` are its errors.

    `passes` is how often an epoch reads a row of it on the average; None where none stays.
    """

    rows: int
    problems: int
    remarks: int = 0
    found: str = ""
    passes: float | None = None


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found out. `problems` are RowProblems as plain values, at most some thousands of all `errors` and
    `remarks`; `words` has the first words of the rows that `agreement` names; `missing` are scenarios to write;
    `enough` says of all whether there is enough, `short` of what there is too little.

    `description` is the text that was looked at, so that a later one shows.
    """

    table: Path
    rows: int
    description: str
    decisions: dict[str, int]
    reasons: dict[str, int]
    sources: dict[str, SourceFigures]
    problems: tuple[dict[str, Any], ...]
    errors: int
    remarks: int
    counts: dict[str, dict[str, int]]
    targets: dict[str, dict[str, int]]
    enough: tuple[str, ...]
    short: tuple[str, ...]
    missing: tuple[dict[str, Any], ...]
    agreement: dict[str, Any] | None
    words: dict[str, str]


def folder_of(root: Path, name: str) -> Path:
    """Where what was found out about a data set lies."""
    return root / ".lorewright" / "examined" / name


def last_examination(root: Path, name: str) -> Examination | None:
    """What was found out last; None where nothing was, or another version wrote it."""
    folder = folder_of(root, name)
    try:
        values = json.loads(read_text(folder / FIGURES))
        return examination_of(folder, values) if values["format"] == FORMAT else None
    except (LorewrightError, ValueError, KeyError, TypeError):
        return None


def examination_of(folder: Path, values: Mapping[str, Any]) -> Examination:
    """What plain values say; the table lies in the folder."""
    told = {name: value for name, value in values.items() if name != "format"}
    sources = {name: SourceFigures(**one) for name, one in told["sources"].items()}
    lists = {name: tuple(told[name]) for name in ("problems", "enough", "short", "missing")}
    return Examination(**{**told, **lists, "sources": sources, "table": folder / told["table"]})


def outdated(root: Path, description: Description, seen: Examination) -> bool:
    """Whether a file of a source was changed since it was looked at, or a person decided since; by the files' times."""
    try:
        since = seen.table.stat().st_mtime_ns
        return any(one.stat().st_mtime_ns > since for one in _files(root, description))
    except (OSError, LorewrightError):
        return True  # something is gone


def _files(root: Path, description: Description) -> Iterator[Path]:
    verdicts = PeopleFile(root).path
    if verdicts.exists():
        yield verdicts
    for source in description.sources:
        if source.hub is None:
            path = placed(root, getattr(source, source.kind))
            yield path
            if path.is_dir():
                yield from path.rglob("*")
