"""Owns what a row of a data set is, whatever it came from, and its form as an Arrow table.

A row is a talk: messages of which some are trained on. It knows where it came from, what it must stay together with
when the data is split, and what happens in it. It knows no source's format, no model and no verdict.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from studio.chat.messages import ASSISTANT, Message

if TYPE_CHECKING:
    import pyarrow as pa

_KEY_LENGTH = 20
_PART = 10_000
_TOLD = json.JSONEncoder(ensure_ascii=False, sort_keys=True)
KEY = re.compile(rf"[0-9a-f]{{{_KEY_LENGTH}}}")
"""What the key of a row looks like."""


class Kind(StrEnum):
    """What a row is an example of."""

    SCENARIO = "scenario"
    CHAT = "chat"
    PAIR = "pair"
    PREFERENCE = "preference"
    DECISION = "decision"
    PLAY = "play"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands: `path` as the source names it (inside the workspace: from its root, with `/`), `line` from 1
    (the line of a text file, the number of a record elsewhere; of a scenario its first turn's)."""

    path: str
    line: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Row:
    """One example before it is rendered.

    `messages` end with an assistant's; those with `trained` set are learnt. `rejected` is the worse answer of a
    preference. Rows of one `group` stay on one side of the split (a scenario, a game, a session). `facts` say what
    happens in it, by name: `type, tool, skill, dc, outcome, class, level, game`, each with all its values in order.
    `parent` is the key of the row or the path of the scenario that a synthetic one was made from; `calls` counts the
    tool calls in the trained messages.
    """

    kind: Kind
    source: str
    place: Place
    messages: tuple[Message, ...]
    group: str
    rejected: str | None = None
    calls: int = 0
    synthetic: bool = False
    parent: str | None = None
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    _key: str = field(default="", init=False, repr=False, compare=False)

    @property
    def key(self) -> str:
        """The row by what is learnt from it: equal rows have one key wherever they stand. Worked out once."""
        if not self._key:
            object.__setattr__(self, "_key", self._named())
        return self._key

    def _named(self) -> str:
        spoken = [[message.role, message.content, message.trained] for message in self.messages]
        told = json.dumps([self.kind, spoken, self.rejected], ensure_ascii=False).encode("utf-8", "surrogatepass")
        return hashlib.sha256(told).hexdigest()[:_KEY_LENGTH]

    @property
    def prompt(self) -> str:
        """All that stands before the last message."""
        return "\n\n".join(message.content for message in self.messages[:-1])

    @property
    def answer(self) -> str:
        """The last message: what the model is to say."""
        return self.messages[-1].content if self.messages else ""

    @property
    def trained_text(self) -> str:
        """All that is learnt."""
        return "\n\n".join(message.content for message in self.messages if message.trained)

    @property
    def turns(self) -> int:
        """How many answers it has."""
        return sum(message.role == ASSISTANT for message in self.messages)


Authority = tuple[float, bool]
"""How much a row counts beside one that says the same: by its source's weight, then whether a person wrote it."""


def authority_of(row: Row, weights: Mapping[str, float]) -> Authority:
    """The authority of a row; `weights` are those of the sources by name, 1 where one is not described."""
    return weights.get(row.source, 1.0), not row.synthetic


@cache
def _schema() -> "pa.Schema":
    import pyarrow as pa

    return pa.schema(
        [
            ("key", pa.string()),
            ("kind", pa.string()),
            ("source", pa.string()),
            ("path", pa.string()),
            ("line", pa.int64()),
            ("group", pa.string()),
            (
                "messages",
                pa.list_(
                    pa.struct(
                        [("role", pa.string()), ("content", pa.string()), ("turn", pa.int32()), ("trained", pa.bool_())]
                    )
                ),
            ),
            ("rejected", pa.string()),
            ("calls", pa.int32()),
            ("synthetic", pa.bool_()),
            ("parent", pa.string()),
            ("facts", pa.string()),
        ]
    )


if TYPE_CHECKING:
    SCHEMA: pa.Schema
    """A table of rows; `facts` is JSON."""


def __getattr__(name: str) -> object:
    """SCHEMA, made when it is asked for: what only knows rows does without Arrow, which set-up fetches later."""
    if name == "SCHEMA":
        return _schema()
    raise AttributeError(name)


def table_of(rows: Iterable[Row]) -> "pa.Table":
    """Rows as a table with SCHEMA, in their order."""
    import pyarrow as pa

    coming, parts = iter(rows), []
    while part := list(islice(coming, _PART)):
        parts.append(_batch(part))
    return pa.Table.from_batches(parts, _schema())


def _batch(rows: Sequence[Row]) -> "pa.RecordBatch":
    import pyarrow as pa

    from studio.dataset.columns import column, lists

    schema = _schema()
    spoken = schema.field("messages").type
    told = [message for row in rows for message in row.messages]
    told_of = [len(row.messages) for row in rows]
    plain = {name: [take(row) for row in rows] for name, take in _PLAIN.items()}
    columns = [
        lists(spoken, told_of, _messages(spoken.value_type, told))
        if field.name == "messages"
        else column(field.type, plain[field.name])
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _messages(kind: "pa.StructType", told: Sequence[Message]) -> "pa.Array":
    from studio.dataset.columns import column, structs

    fields: tuple[list[Any], ...] = (
        [message.role for message in told],
        [message.content for message in told],
        [message.turn_index for message in told],
        [message.trained for message in told],
    )
    return structs(kind, [column(kind.field(at).type, one) for at, one in enumerate(fields)], len(told))


_PLAIN: dict[str, Callable[[Row], Any]] = {
    "key": lambda row: row.key,
    "kind": lambda row: row.kind.value,
    "source": lambda row: row.source,
    "path": lambda row: row.place.path,
    "line": lambda row: row.place.line,
    "group": lambda row: row.group,
    "rejected": lambda row: row.rejected,
    "calls": lambda row: row.calls,
    "synthetic": lambda row: row.synthetic,
    "parent": lambda row: row.parent,
    "facts": lambda row: _TOLD.encode(dict(row.facts)),
}
"""The columns but the messages."""


def rows_in(table: "pa.Table") -> Iterator[Row]:
    """The rows of a table that has at least the columns of SCHEMA."""
    for batch in table.select(_schema().names).to_batches(max_chunksize=1000):
        for record in batch.to_pylist():
            yield _row(record)


def _row(record: Mapping[str, object]) -> Row:
    spoken = record["messages"]
    assert isinstance(spoken, list)
    return Row(
        kind=Kind(str(record["kind"])),
        source=str(record["source"]),
        place=Place(str(record["path"]), int(str(record["line"]))),
        messages=tuple(Message(one["role"], one["content"], one["turn"], one["trained"]) for one in spoken),
        group=str(record["group"]),
        rejected=None if record["rejected"] is None else str(record["rejected"]),
        calls=int(str(record["calls"])),
        synthetic=bool(record["synthetic"]),
        parent=None if record["parent"] is None else str(record["parent"]),
        facts={name: tuple(values) for name, values in json.loads(str(record["facts"])).items()},
    )
