"""Owns writing a build: the rows as Parquet, what is out as lines, the manifest, the card; the same bytes every time.

Knows neither where builds lie nor how rows were chosen.
"""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from studio import __version__
from studio.dataset.card import card_of
from studio.dataset.columns import column
from studio.dataset.deciding import Decided
from studio.dataset.description import Description, SourceSettings
from studio.dataset.gathered import Gathered, left_out, place_of
from studio.dataset.manifest import CARD, MANIFEST, OUT, ROWS, Manifest, SourceAccount, listed, name_of
from studio.dataset.reading import Reading
from studio.dataset.rows import table_of
from studio.dataset.sides import TRAINING, Sides
from studio.dataset.sources.scenarios import HELD_OUT, UNACCEPTED
from studio.dataset.sources.tables import LEFT_OUT as BELOW_SCORE
from studio.dataset.verdicts import Decision
from studio.errors import NotSaved
from studio.files import sha256_of, sync_folder

_GROUP = 10_000
"""Rows in one group of the Parquet file."""
_QUIET = (HELD_OUT, UNACCEPTED, BELOW_SCORE)
"""What is left out as it was asked for: counted, and listed by no one."""


@dataclass(frozen=True, slots=True)
class Making:
    """All that a build consists of, before it is written."""

    name: str
    description: Description
    reading: Reading
    gathered: Gathered
    decided: Decided
    sides: Sides


def write(made: Making, folder: Path) -> str:
    """Writes the files of a build into an empty folder and returns its name; raises NotSaved."""
    try:
        pq.write_table(_table(made), folder / ROWS, row_group_size=_GROUP, compression="zstd", store_schema=False)
        (folder / OUT).write_text("".join(_out(made.gathered)), encoding="utf-8", errors="backslashreplace")
        files = {name: sha256_of(folder / name) for name in (ROWS, OUT)}
        manifest = manifest_of(made, files)
        text = manifest.text().encode("utf-8", "backslashreplace")
        (folder / CARD).write_text(card_of(manifest, name_of(text)), encoding="utf-8", errors="backslashreplace")
        (folder / MANIFEST).write_bytes(text)
        for path in folder.iterdir():
            with path.open("rb+") as stream:
                os.fsync(stream.fileno())
        sync_folder(folder)
    except OSError as error:
        raise NotSaved(path=folder, reason=error.strerror or str(error)) from error
    return name_of(text)


def _table(made: Making) -> pa.Table:
    """The rows with their side, weight, ids and verdict."""
    rows, sides, tokens = made.gathered.rows, made.sides, made.reading.notes.tokens
    verdicts = made.decided.verdicts
    keep = Decision.KEEP.value
    found = [verdicts.get(row.key) for row in rows]
    codes = [json.dumps([why.code for why in one.reasons]) if one and one.reasons else "[]" for one in found]
    columns: list[tuple[str, pa.DataType, list[Any]]] = [
        ("side", pa.string(), [sides.of(row) for row in rows]),
        ("weight", pa.float64(), [round(sides.weight(row), 6) for row in rows]),
        ("tokens", pa.int32(), [tokens.get(row.key, 0) for row in rows]),
        ("verdict", pa.string(), [keep if one is None else one.decision.value for one in found]),
        ("reasons", pa.string(), codes),
    ]
    table = table_of(rows)
    for name, kind, values in columns:
        table = table.append_column(pa.field(name, kind), column(kind, values))
    return table.combine_chunks()


def _out(gathered: Gathered) -> Iterator[str]:
    """A line for each row that is not in the build."""
    for out in gathered.out:
        row, reason = out.row, out.reason
        told = {"source": row.source, "path": row.place.path, "line": row.place.line, "key": row.key}
        yield json.dumps({**told, "code": reason.code, "message": reason.sentence}, ensure_ascii=False) + "\n"


def manifest_of(made: Making, files: dict[str, str]) -> Manifest:
    """What the build says of itself."""
    gathered, description, reading = made.gathered, made.description, made.reading
    errors = tuple(problem for problem in gathered.problems if problem.error)
    wrong, told = (gathered.problems.codes(error=error) for error in (True, False))
    warnings = tuple(one for one in gathered.problems if not one.error and one.code not in _QUIET)
    out = Counter(out.reason.code for out in gathered.out)
    out.update({code: told.pop(code) for code in _QUIET if code in told})
    licences = Counter[str]()
    by_source = {source.name: source.licence for source in description.sources}
    licences.update(by_source.get(row.source, "") for row in gathered.rows)
    settings = description.model_dump(mode="json")
    cutter = reading.cutter
    return Manifest(
        name=made.name,
        title=description.title,
        program=__version__,
        base=description.base.as_posix() if description.base is not None else "",
        base_mark=cutter.mark if cutter is not None else "",
        max_length=description.max_length,
        settings=settings,
        sources=tuple(_account(source, made) for source in description.sources),
        counts=_counts(made),
        calls=_calls(gathered),
        out=_sorted(out),
        errors=wrong.total(),
        problems=listed(errors),
        warnings=listed(warnings),
        held_out=left_out(gathered.problems, HELD_OUT),
        licences=_sorted(licences),
        flagged=_sorted(_flagged(made)),
        codes={"errors": _sorted(wrong), "warnings": _sorted(told)},
        leakage=dict(made.sides.leakage.as_json()),
        files=files,
        inputs={name: dict(sorted(found.items())) for name, found in sorted(reading.notes.files.items())},
    )


def _flagged(made: Making) -> Counter[str]:
    """Why rows that are in should be looked at."""
    found = (made.decided.verdicts.get(row.key) for row in made.gathered.rows)
    flagged = (one for one in found if one is not None and one.decision is Decision.FLAG)
    return Counter(why.code for one in flagged for why in one.reasons if why.decision is Decision.FLAG)


def _sorted(counted: Counter[str]) -> dict[str, int]:
    return dict(sorted(counted.items()))


def _counts(made: Making) -> dict[str, int]:
    gathered, sides, tokens = made.gathered, made.sides, made.reading.notes.tokens
    trained = [row for row in gathered.rows if sides.of(row) == TRAINING]
    return {
        "read": gathered.read.total(),
        "in": len(gathered.rows),
        "training": len(trained),
        "validation": len(gathered.rows) - len(trained),
        "synthetic": sum(row.synthetic for row in gathered.rows),
        "variants": len(gathered.rows) + len(gathered.out) - gathered.read.total(),
        "tokens": sum(tokens.get(row.key, 0) for row in gathered.rows),
        "training_tokens": sum(tokens.get(row.key, 0) for row in trained),
    }


def _calls(gathered: Gathered) -> dict[str, int]:
    return {
        "read": gathered.calls.total(),
        "in": sum(row.calls for row in gathered.rows),
        "out": sum(out.row.calls for out in gathered.out),
    }


def _account(source: SourceSettings, made: Making) -> SourceAccount:
    gathered, files = made.gathered, made.reading.notes.files.get(source.name, {})
    wrong, told = (gathered.problems.codes(error=error, source=source.name) for error in (True, False))
    out = Counter(out.reason.code for out in gathered.out if out.row.source == source.name)
    kept = gathered.read[source.name] - out.total()
    return SourceAccount(
        name=source.name,
        kind=source.kind,
        place=place_of(source),
        weight=source.weight,
        licence=source.licence,
        note=source.note,
        sha256=_hash_of(files),
        files=len(files),
        rows=gathered.read[source.name],
        kept=kept,
        variants=sum(row.source == source.name for row in gathered.rows) - kept,
        binned=_sorted(out),
        held_out=told[HELD_OUT],
        errors=wrong.total(),
        warnings=sum(count for code, count in told.items() if code not in _QUIET),
        passes=round(made.sides.weights.passes.get(source.name, 0.0), 4),
    )


def _hash_of(files: dict[str, str]) -> str | None:
    if not files:
        return None
    told = "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(files.items()))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
