"""Owns writing a build in other programs' formats: `export(build, form, out)`; nothing of it is dropped unsaid.

A row that a format cannot hold is written as several records or listed with the reason; rows in are rows out and
listed. A folder is written whole or not at all. What a row looks like in a format is that format's module's affair.
"""

import json
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from studio.dataset.builds import Build, BuiltRow
from studio.dataset.export.answers import all_said
from studio.dataset.export.forms import FORMS, NotHeld, Record
from studio.dataset.reading import Progress
from studio.dataset.rows import Kind, Place
from studio.dataset.splitting import TRAINING, VALIDATION
from studio.errors import LorewrightError, NotSaved, UsageError, did_you_mean
from studio.language import N_, _

if TYPE_CHECKING:
    from studio.dataset.export.hub_folder import Folder

__all__ = ["EXPORTS", "Exported", "Listed", "export"]

EXPORTS = (*FORMS, "parquet", "datasets")
"""The formats, by the words of the command line."""

_EVERY = 1000


class UnknownFormat(UsageError):
    """There is no such format."""

    sentence = N_("“{form}” is no format to export in.{question} There are: {forms}.")


class OutExists(UsageError):
    """There is something already where the export is to go."""

    sentence = N_("There is something at {path} already, and nothing is overwritten. Give another place.")


class RowsUntold(LorewrightError):
    """Rows vanished while they were written: our mistake."""

    sentence = N_(
        "This is a mistake in Lorewright, not yours: {rows} rows were to be exported, {written} were and {listed} are "
        "listed. Nothing was kept."
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """A row that the format cannot hold."""

    key: str
    place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: `rows` of the build, `written` of them as `records`; `files` with how many records each has."""

    path: Path
    form: str
    rows: int
    written: int
    records: int
    files: dict[str, int]
    listed: tuple[Listed, ...] = ()


def export(build: Build, form: str, out: Path, told: Callable[[Progress], None] | None = None) -> Exported:
    """Writes a build to the folder `out`, which must not exist.

    Raises UnknownFormat, OutExists, NotSaved or BuildChanged.
    """
    if form not in EXPORTS:
        near = did_you_mean(form, EXPORTS)
        question = _(" Did you mean “{near}”?").format(near=near) if near else ""
        raise UnknownFormat(form=form, question=question, forms=", ".join(EXPORTS))
    if out.exists():
        raise OutExists(path=out)
    part = out.with_name(f".{out.name[:40]}.{secrets.token_hex(6)}.part")
    try:
        part.mkdir(parents=True)
        exported = _write(build, form, part, out, told)
        part.rename(out)
    except OSError as error:
        raise NotSaved(path=out, reason=error.strerror or str(error)) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return exported


def _write(build: Build, form: str, part: Path, out: Path, told: Callable[[Progress], None] | None) -> Exported:
    if form == "parquet":
        return _parquet(build, part, out)
    writer: _Lines | Folder = _hub_folder(build, part) if form == "datasets" else _Lines(part)
    records_of = FORMS["messages" if form == "datasets" else form]
    listed: list[Listed] = []
    rows = written = 0
    with writer:
        for rows, one in enumerate(build.rows(), start=1):
            if told is not None and rows % _EVERY == 0:
                told(Progress(form, rows))
            try:
                records = records_of(one.row)
                all_said(one.row, records)
                writer.add(one, split_of(one.side), records)
                written += 1
            except NotHeld as error:
                listed.append(Listed(one.row.key, one.row.place, str(error)))
    writer.describe(build)
    if rows != written + len(listed):
        raise RowsUntold(rows=rows, written=written, listed=len(listed))
    return Exported(out, form, rows, written, sum(writer.files.values()), dict(writer.files), tuple(listed))


def _hub_folder(build: Build, part: Path) -> "Folder":
    from studio.dataset.export.hub_folder import Folder

    return Folder(part, {source.name: source.licence for source in build.manifest.sources})


def split_of(side: str) -> str:
    """What a side of a build is called elsewhere; raises NotHeld where a row is on neither."""
    split = _SPLITS.get(side)
    if split is None:
        raise NotHeld(reason=_("It is on neither side: it is too like what the validation has."))
    return split


_SPLITS = {TRAINING: "train", VALIDATION: "validation"}


def _parquet(build: Build, part: Path, out: Path) -> Exported:
    """The rows as they stand in the build, a file a split."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = build.table()
    files: dict[str, int] = {}
    for side, split in _SPLITS.items():
        rows = table.filter(pc.equal(table.column("side"), side))
        if rows.num_rows:
            pq.write_table(rows, part / f"{split}.parquet")
            files[f"{split}.parquet"] = rows.num_rows
    listed = []
    for one in build.rows() if sum(files.values()) < table.num_rows else ():
        try:
            split_of(one.side)
        except NotHeld as error:
            listed.append(Listed(one.row.key, one.row.place, str(error)))
    written = sum(files.values())
    return Exported(out, "parquet", table.num_rows, written, written, files, tuple(listed))


@dataclass(slots=True)
class _Lines:
    """JSON lines, a file for each side; preferences have their own, since their records have other columns."""

    folder: Path
    files: dict[str, int] = field(default_factory=dict)
    _open: dict[str, IO[str]] = field(default_factory=dict)

    def __enter__(self) -> "_Lines":
        return self

    def __exit__(self, *_args: object) -> None:
        for stream in self._open.values():
            stream.close()

    def describe(self, build: Build) -> None:
        """Lines have no place for a description."""

    def add(self, one: BuiltRow, split: str, records: list[Record]) -> None:
        """Writes the records of one row."""
        name = f"{split}-preferences.jsonl" if one.row.kind is Kind.PREFERENCE else f"{split}.jsonl"
        stream = self._open.get(name)
        if stream is None:
            stream = self._open[name] = (self.folder / name).open("w", encoding="utf-8", newline="\n")
        for line in _lines(records):
            stream.write(line)
        self.files[name] = self.files.get(name, 0) + len(records)


def _lines(records: list[Record]) -> Iterator[str]:
    for record in records:
        yield json.dumps(record, ensure_ascii=False) + "\n"
