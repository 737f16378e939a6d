"""Owns a comparison of two texts as rows to look at: lines beside each other, long equal stretches folded.

Knows no colours. The number of rows and the length of a line are bounded, so that any two texts can be shown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from studio.workspace.differences import Kind, Stretch, stretches, words

_AROUND = 3
_LONGEST = 2000
_MOST = 4000

Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Side:
    """A line of one side: its number from 1, its text and the columns in it that differ from the other side."""

    number: int
    text: str
    spans: Spans = ()


@dataclass(frozen=True, slots=True)
class Row:
    """Two lines beside each other; a side is None where the other has no counterpart.

    A row with `folded` rows stands for those; one of kind SAME without sides and without rows for lines left out.
    """

    kind: Kind
    old: Side | None = None
    new: Side | None = None
    folded: tuple["Row", ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Compared:
    """The rows of a comparison, and how many lines are new and gone in all."""

    rows: tuple[Row, ...]
    added: int
    removed: int


def compared(old: str, new: str) -> Compared:
    """Compares two texts line by line."""
    before, after = old.split("\n"), new.split("\n")
    parts = stretches(before, after)
    changes = [part for part in parts if part.kind is not Kind.SAME]
    return Compared(
        tuple(_bounded(_rows(parts, before, after))),
        sum(part.new[1] - part.new[0] for part in changes),
        sum(part.old[1] - part.old[0] for part in changes),
    )


def _rows(parts: Sequence[Stretch], before: Sequence[str], after: Sequence[str]) -> Iterator[Row]:
    for place, part in enumerate(parts):
        rows = _lines(part, before, after)
        if part.kind is not Kind.SAME:
            yield from rows
            continue
        head = _AROUND if place else 0
        tail = _AROUND if place + 1 < len(parts) else 0
        same = list(rows)
        if len(same) <= head + tail + 1:
            yield from same
            continue
        yield from same[:head]
        hidden = same[head : len(same) - tail]
        yield Row(Kind.SAME, folded=tuple(hidden[:_MOST]), left_out=max(0, len(hidden) - _MOST))
        yield from same[len(same) - tail :]


def _lines(part: Stretch, before: Sequence[str], after: Sequence[str]) -> Iterator[Row]:
    pairs = zip_longest(range(*part.old), range(*part.new))
    for i, j in pairs:
        old = _shown(before[i]) if i is not None else None
        new = _shown(after[j]) if j is not None else None
        gone, come = words(old, new) if part.kind is Kind.CHANGED and old is not None and new is not None else ((), ())
        kind = part.kind if part.kind is not Kind.CHANGED else _kind(old, new)
        yield Row(
            kind,
            Side(i + 1, old, gone) if old is not None else None,
            Side(j + 1, new, come) if new is not None else None,
        )


def _kind(old: str | None, new: str | None) -> Kind:
    return Kind.NEW if old is None else Kind.GONE if new is None else Kind.CHANGED


def _shown(line: str) -> str:
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"


def _bounded(rows: Iterator[Row]) -> Iterator[Row]:
    for number, row in enumerate(rows):
        if number >= _MOST:
            yield Row(Kind.SAME, left_out=1 + sum(1 for _row in rows))
            return
        yield row
