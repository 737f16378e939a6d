"""Owns comparing two builds row by row: added, removed, changed in place, moved to the other side; shows nothing.

A row is the same where it says the same, wherever it stands. Of those that are not, two that stand at the same place of
the same source are one row that changed; of several at a place the order decides.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from studio.dataset.builds import Build, BuiltRow
from studio.dataset.rows import Row


@dataclass(frozen=True, slots=True)
class Changed:
    """A row that says something else than before."""

    before: Row
    after: Row


@dataclass(frozen=True, slots=True)
class Moved:
    """A row that says the same and stands on the other side of the split."""

    row: Row
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two builds; `same` counts the rows that do not. `settings` are those that differ, by field,
    before and after."""

    before: str
    after: str
    same: int
    added: tuple[Row, ...]
    removed: tuple[Row, ...]
    changed: tuple[Changed, ...]
    moved: tuple[Moved, ...]
    reweighted: int
    settings: dict[str, tuple[Any, Any]]

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return not (self.added or self.removed or self.changed or self.moved or self.settings or self.reweighted)

    def as_json(self) -> dict[str, object]:
        """The comparison as plain values."""
        return {
            "before": self.before,
            "after": self.after,
            "same": self.same,
            "reweighted": self.reweighted,
            "added": [_told(row) for row in self.added],
            "removed": [_told(row) for row in self.removed],
            "changed": [{"before": _told(one.before), "after": _told(one.after)} for one in self.changed],
            "moved": [{**_told(one.row), "before": one.before, "after": one.after} for one in self.moved],
            "settings": {field: {"before": old, "after": new} for field, (old, new) in self.settings.items()},
        }


def _told(row: Row) -> dict[str, object]:
    return {"key": row.key, "source": row.source, "path": row.place.path, "line": row.place.line, "kind": row.kind}


def compare(before: Build, after: Build) -> Comparison:
    """What differs between two builds; raises BuildChanged where one cannot be read."""
    old, new = ({one.row.key: one for one in build.rows()} for build in (before, after))
    both = [key for key in old if key in new]
    moved = tuple(Moved(new[key].row, old[key].side, new[key].side) for key in both if old[key].side != new[key].side)
    reweighted = sum(old[key].weight != new[key].weight for key in both if old[key].side == new[key].side)
    changed, removed, added = _paired(
        (one for key, one in old.items() if key not in new), (one for key, one in new.items() if key not in old)
    )
    settings = _settings(before.manifest.settings, after.manifest.settings)
    same = len(both) - len(moved)
    return Comparison(before.name, after.name, same, added, removed, changed, moved, reweighted, settings)


def _paired(
    gone: Iterable[BuiltRow], come: Iterable[BuiltRow]
) -> tuple[tuple[Changed, ...], tuple[Row, ...], tuple[Row, ...]]:
    """Rows at the same place are one that changed; the others were removed or added."""
    waiting: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for one in gone:
        waiting[one.row.source, one.row.place.path].append(one.row)
    changed, added = [], []
    for one in come:
        there = waiting.get((one.row.source, one.row.place.path), [])
        place = next((at for at, row in enumerate(there) if row.place.line == one.row.place.line), None)
        if place is None:
            added.append(one.row)
        else:
            changed.append(Changed(there.pop(place), one.row))
    return tuple(changed), tuple(row for rows in waiting.values() for row in rows), tuple(added)


def _settings(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The settings that differ, each alone: `sources.tavern.weight`, not the whole list of sources."""
    return dict(_differing("", before, after))


def _differing(field: str, old: Any, new: Any) -> Iterator[tuple[str, tuple[Any, Any]]]:
    if old == new:
        return
    parts, others = _parts(old), _parts(new)
    if parts is None or others is None:
        yield field, (_short(old), _short(new))
        return
    found = [
        one
        for name in dict.fromkeys([*parts, *others])
        for one in _differing(f"{field}.{name}" if field else str(name), parts.get(name), others.get(name))
    ]
    yield from found or [(field, (list(parts), list(others)))]  # nothing but their order


def _parts(value: Any) -> dict[str, Any] | None:
    """What a setting consists of, by name; None where it is one thing."""
    if isinstance(value, list) and value and all(isinstance(one, dict) and "name" in one for one in value):
        return {str(one["name"]): one for one in value}
    return value if isinstance(value, dict) else None


def _short(value: Any) -> Any:
    """A setting without what is not said in it."""
    return {name: one for name, one in value.items() if one not in (None, "", {})} if isinstance(value, dict) else value
