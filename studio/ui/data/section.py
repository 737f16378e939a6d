"""Owns what a part of a report is, as values. Knows no Qt and no report."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report: figures (value, what it is), or a table; `targets` say where each of its rows leads.

    `numbers` are the columns that stand at the right, `wide` the one that takes what is free; `narrow` are those of
    long places, which take no more than their share. `action` is a button.
    """

    title: str
    sentence: str = ""
    figures: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    targets: tuple[object, ...] = ()
    numbers: frozenset[int] = frozenset()
    wide: int = 0
    narrow: frozenset[int] = frozenset()
    action: str = ""
    run: Callable[[], object] | None = field(default=None, compare=False)
