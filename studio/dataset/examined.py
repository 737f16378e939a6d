"""Owns the table of a data set that a person looks at: every example with its verdict and why, as Arrow columns.

It is written as a file and opened without being read into memory; searching, filtering and ordering are Arrow's. Knows
no window, no source and no check: the verdicts and marks come as arguments.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from studio.chat.messages import USER
from studio.dataset.columns import column
from studio.dataset.rows import SCHEMA, Row, rows_in, table_of
from studio.dataset.verdicts import By, Decision, Reason, Verdict
from studio.errors import InputError, PathMissing
from studio.language import N_

_BATCH = 1000
_FIRST_WORDS = 200
_SEPARATOR = "\n"

EXAMINED = pa.schema(
    [
        *SCHEMA,
        ("decision", pa.string()),
        ("why", pa.string()),
        ("reasons", pa.string()),
        ("voices", pa.string()),
        ("text", pa.string()),
        ("turns", pa.int32()),
        ("length", pa.int32()),
        ("marks", pa.string()),
    ]
)
"""SCHEMA, and of each row: the decision, the first reason, the reasons' codes (each between line ends), all voices as
JSON, the first words, how many answers and words it has, and its marks (`what=value`, each between line ends)."""


class BadTable(InputError):
    """The file is no such table, or was written by another version."""

    sentence = N_("{path} cannot be shown ({reason}). Examine the data set again; nothing else is lost.")


@dataclass(frozen=True, slots=True)
class Examined:
    """A row with the verdict that counts, what every voice said, and what is counted of it (`what`, value)."""

    row: Row
    verdict: Verdict
    voices: tuple[Verdict, ...] = ()
    marks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows to show and in what order; what is empty holds back nothing. `mark` is a pair (`what`, value)."""

    text: str = ""
    decision: str = ""
    source: str = ""
    kind: str = ""
    reason: str = ""
    mark: tuple[str, str] | None = None
    order: str = ""
    descending: bool = False


def write_table(path: Path, rows: Iterable[Examined]) -> int:
    """Writes the table and returns how many rows it has; memory holds a thousand of them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, EXAMINED) as writer:
        for batch in _batches(rows):
            writer.write_table(batch)
            count += batch.num_rows
    return count


def _batches(rows: Iterable[Examined]) -> Iterator[pa.Table]:
    waiting = iter(rows)
    while some := list(islice(waiting, _BATCH)):
        table = table_of(one.row for one in some)
        for number in range(len(SCHEMA), len(EXAMINED)):
            field = EXAMINED.field(number)
            table = table.append_column(field, column(field.type, [_VALUES[field.name](one) for one in some]))
        yield table


def _first_words(one: Examined) -> str:
    messages = one.row.messages
    first = next((message for message in messages if message.role == USER), messages[0] if messages else None)
    return " ".join(first.content[: 2 * _FIRST_WORDS].split())[:_FIRST_WORDS] if first is not None else ""


def _between(words: Iterable[str]) -> str:
    told = _SEPARATOR.join(dict.fromkeys(words))
    return f"{_SEPARATOR}{told}{_SEPARATOR}" if told else ""


_VALUES: Mapping[str, Callable[[Examined], object]] = {
    "decision": lambda one: one.verdict.decision.value,
    "why": lambda one: why(one.verdict),
    "reasons": lambda one: _between(reason.code for voice in (one.verdict, *one.voices) for reason in voice.reasons),
    "voices": lambda one: json.dumps([as_json(voice) for voice in one.voices], ensure_ascii=False),
    "text": _first_words,
    "turns": lambda one: one.row.turns,
    "length": lambda one: sum(len(message.content.split()) for message in one.row.messages),
    "marks": lambda one: _between(f"{what}={value}" for what, value in one.marks),
}


def why(verdict: Verdict) -> str:
    """The first of the reasons that the decision rests on."""
    return next((one.sentence for one in verdict.reasons if one.decision == verdict.decision), "")


def as_json(verdict: Verdict) -> dict[str, object]:
    """A verdict as plain values."""
    reasons = [
        {"code": one.code, "sentence": one.sentence, "decision": one.decision, "value": one.value, "limit": one.limit}
        for one in verdict.reasons
    ]
    return {
        "key": verdict.key, "by": verdict.by, "decision": verdict.decision, "score": verdict.score, "reasons": reasons,
    }  # fmt: skip


def verdict_from(values: Mapping[str, object]) -> Verdict:
    """The verdict that `as_json` wrote."""
    told = values["reasons"]
    assert isinstance(told, list)
    reasons = tuple(
        Reason(one["code"], one["sentence"], Decision(one["decision"]), one["value"], one["limit"]) for one in told
    )
    score = values["score"]
    return Verdict(
        str(values["key"]), By(str(values["by"])), Decision(str(values["decision"])), reasons,
        float(score) if isinstance(score, int | float) else None,
    )  # fmt: skip


def open_table(path: Path) -> pa.Table:
    """The table of a file, laid into memory by the system where it is looked at; raises PathMissing or BadTable."""
    if not path.is_file():
        raise PathMissing(path=path)
    try:
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    except (pa.ArrowException, OSError) as error:
        raise BadTable(path=path, reason=str(error).splitlines()[0]) from error
    if not table.schema.equals(EXAMINED):
        raise BadTable(path=path, reason="its columns are others")
    return table


def pick(table: pa.Table, wanted: Wanted) -> pa.Array:
    """The places of the wanted rows in their order, as 64-bit numbers."""
    masks = [
        pc.equal(table.column(name), column(pa.string(), [value])[0])  # a bare value loads pandas
        for name in ("decision", "source", "kind")
        if (value := getattr(wanted, name))
    ]
    if wanted.reason:
        masks.append(pc.match_substring(table.column("reasons"), f"{_SEPARATOR}{wanted.reason}{_SEPARATOR}"))
    if wanted.mark is not None:
        masks.append(pc.match_substring(table.column("marks"), f"{_SEPARATOR}{'='.join(wanted.mark)}{_SEPARATOR}"))
    places = column(pa.int64(), []) if not table.num_rows else _places(table, masks)
    if wanted.text:
        places = _saying(table, places, wanted.text)
    return _ordered(table, places, wanted) if wanted.order else places


def _places(table: pa.Table, masks: Sequence[pa.ChunkedArray]) -> pa.Array:
    if not masks:
        return _upto(table.num_rows)
    held = masks[0]
    for mask in masks[1:]:
        held = pc.and_(held, mask)
    return pc.indices_nonzero(held).cast(pa.int64())


def _upto(count: int) -> pa.Array:
    import numpy as np

    return pa.Array.from_buffers(pa.int64(), count, [None, pa.py_buffer(np.arange(count, dtype=np.int64))])


def _saying(table: pa.Table, places: pa.Array, text: str) -> pa.Array:
    """Those of the places whose messages hold the text, whatever its case."""
    found: set[int] = set()
    before = 0
    for chunk in table.column("messages").chunks:
        content = chunk.flatten().field("content")
        holds = pc.match_substring(content, text, ignore_case=True)
        owners = pc.list_parent_indices(chunk)
        found.update(before + at for at in pc.unique(owners.filter(holds)).to_pylist())
        before += len(chunk)
    return places.filter(pc.is_in(places, column(pa.int64(), sorted(found))))


def _ordered(table: pa.Table, places: pa.Array, wanted: Wanted) -> pa.Array:
    values = table.column(wanted.order).take(places)
    if wanted.order == "decision":
        values = pc.index_in(values, column(pa.string(), _STERN))
    direction = "descending" if wanted.descending else "ascending"
    return places.take(pc.sort_indices(pa.table({"value": values}), [("value", direction)]))


_STERN = tuple(one.value for one in (Decision.BIN, Decision.FLAG, Decision.KEEP))


def counted(table: pa.Table, column: str) -> dict[str, int]:
    """How many rows have each value of `decision`, `source`, `kind` or `reasons`, the most frequent first."""
    values = table.column(column)
    if column == "reasons":
        values = pc.list_flatten(pc.split_pattern(pc.utf8_trim(values, _SEPARATOR), _SEPARATOR))
    found = {row["values"]: row["counts"] for row in pc.value_counts(values).to_pylist() if row["values"]}
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def decided_by(table: pa.Table, verdicts: Mapping[str, Verdict]) -> pa.Table:
    """The table with the verdicts of these rows in the place of what stood there."""
    if not verdicts:
        return table
    at = pc.index_in(table.column("key"), column(pa.string(), list(verdicts)))
    for name, values in (
        ("decision", [one.decision.value for one in verdicts.values()]),
        ("why", [why(one) for one in verdicts.values()]),
    ):
        place = table.schema.get_field_index(name)
        told = pc.coalesce(column(pa.string(), values).take(at), table.column(name))
        table = table.set_column(place, name, told)
    return table


def example_at(table: pa.Table, place: int) -> tuple[Row, tuple[Verdict, ...]]:
    """A whole row and what every voice says of it."""
    one = table.slice(place, 1)
    row = next(rows_in(one))
    return row, tuple(verdict_from(values) for values in json.loads(one.column("voices")[0].as_py()))


def place_of_key(table: pa.Table, key: str) -> int:
    """Where the first row with a key stands; -1 where there is none."""
    found = pc.indices_nonzero(pc.equal(table.column("key"), key))
    return int(found[0].as_py()) if len(found) else -1
