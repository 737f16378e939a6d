"""Owns the problems that the window lists, by file; knows neither the checks nor the editor."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from studio.language import N_, _

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
COLUMNS = (N_("Problem"), N_("Code"), N_("File"), N_("Line"))
_ORDER = {"error": 0, "warning": 1, "hint": 2}


class Scope(StrEnum):
    """Which problems are listed."""

    FILE = "file"
    WORKSPACE = "workspace"


@dataclass(frozen=True, slots=True)
class Problem:
    """One row: what is wrong where. `line` counts from 1; `start` and `end` are code points of the text."""

    path: Path
    title: str
    code: str
    severity: str
    line: int
    start: int
    end: int
    message: str


class Problems(QAbstractTableModel):
    """The problems of one file or of all, errors first. `counted` is emitted when any file's problems change."""

    counted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._by_path: dict[Path, tuple[Problem, ...]] = {}
        self._rows: list[Problem] = []
        self._scope = Scope.WORKSPACE
        self._current: Path | None = None

    @property
    def rows(self) -> tuple[Problem, ...]:
        """The listed problems."""
        return tuple(self._rows)

    @property
    def scope(self) -> Scope:
        """Which problems are listed."""
        return self._scope

    def count(self, severity: str, path: Path | None = None) -> int:
        """How many problems of a severity there are, in one file or in all."""
        groups = self._by_path.values() if path is None else (self._by_path.get(path, ()),)
        return sum(1 for group in groups for item in group if item.severity == severity)

    def put(self, path: Path, problems: tuple[Problem, ...]) -> None:
        """Takes in the problems of a file."""
        if self._by_path.get(path, ()) == problems:
            return
        self._by_path[path] = problems
        if self._scope is Scope.WORKSPACE or path == self._current:
            self._refill()
        self.counted.emit()

    def forget(self, path: Path) -> None:
        """Drops the problems of a file."""
        self.put(path, ())

    def show(self, scope: Scope, current: Path | None) -> None:
        """Lists the problems of `current`, or of all files."""
        if (scope, current) != (self._scope, self._current):
            self._scope, self._current = scope, current
            self._refill()

    def _refill(self) -> None:
        if self._scope is Scope.FILE:
            rows = list(self._by_path.get(self._current, ())) if self._current else []
        else:
            rows = [item for group in self._by_path.values() for item in group]
        rows.sort(key=lambda item: (_ORDER.get(item.severity, 3), item.path, item.start))
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """How many problems are listed."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        """The sentence, its code, the file and the line."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        """The words over the columns."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _(COLUMNS[section])
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The cell's words, or the problem itself as user data."""
        if not index.isValid():
            return None
        item = self._rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return item
        if role == Qt.ItemDataRole.DisplayRole:
            return (item.message, item.code, item.title, str(item.line))[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return item.message
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{item.severity}: {item.message}"
        return None
