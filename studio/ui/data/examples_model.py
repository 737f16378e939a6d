"""Owns the model of the table of examples: cells are read from Arrow columns when they are drawn, and nothing else.

The rows that are shown, and their order, are an Arrow array of places; whoever filters makes it on another thread.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from studio.language import N_, _
from studio.ui.data.words import DECISION_ICONS, DECISIONS, KIND_ICONS, KINDS

if TYPE_CHECKING:
    import pyarrow as pa

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
COLUMNS = ("decision", "text", "why", "source", "kind", "turns", "calls", "length")
_TITLES = (
    N_("Verdict"), N_("Begins"), N_("Why"), N_("Source"), N_("Kind"), N_("Turns"), N_("Calls"), N_("Words"),
)  # fmt: skip
NUMBERS = frozenset({"turns", "calls", "length"})
_ROLE = Qt.ItemDataRole
Cell = tuple[str, tuple[str, str] | None]
"""The words of a cell, and its icon with a colour."""
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class ExamplesModel(QAbstractTableModel):
    """The shown rows of one table; a person's verdict given here stands over the file's until that is made anew."""

    def __init__(self) -> None:
        super().__init__()
        self._columns: dict[str, pa.ChunkedArray] = {}
        self._keys: pa.ChunkedArray | None = None
        self._places: pa.Array | None = None
        self._count = 0
        self._own: dict[str, tuple[str, str]] = {}

    def show_rows(self, table: "pa.Table", places: "pa.Array") -> None:
        """Shows these rows of a table, in this order."""
        self.beginResetModel()
        self._columns = {name: table.column(name) for name in COLUMNS}
        self._keys, self._places, self._count = table.column("key"), places, len(places)
        self.endResetModel()

    def clear(self) -> None:
        """Shows nothing."""
        self.beginResetModel()
        self._columns, self._keys, self._places, self._count = {}, None, None, 0
        self.endResetModel()

    def overlay(self, ruled: Mapping[str, tuple[str, str]]) -> None:
        """Shows decisions and reasons, by row key, in the place of the table's."""
        self._own = dict(ruled)
        if self._count:
            self.dataChanged.emit(self.index(0, 0), self.index(self._count - 1, 1))

    def place(self, row: int) -> int:
        """Where a shown row stands in the table."""
        assert self._places is not None
        return int(self._places[row].as_py())

    def key(self, row: int) -> str:
        """The key of a shown row."""
        assert self._keys is not None
        return str(self._keys[self.place(row)].as_py())

    def rowCount(self, parent: _Index = _ROOT) -> int:  # Qt's name
        """How many rows are shown."""
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: _Index = _ROOT) -> int:  # Qt's name
        """How many columns there are."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole) -> Any:  # Qt's name
        """The columns' names."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == _ROLE.DisplayRole:
            return _(_TITLES[section])
        if role == _ROLE.TextAlignmentRole and COLUMNS[section] in NUMBERS:
            return _RIGHT
        return None

    def data(self, index: _Index, role: int = _ROLE.DisplayRole) -> Any:
        """A cell, read and put into words when it is asked for."""
        name = COLUMNS[index.column()]
        if role == _ROLE.DisplayRole:
            return self.cell(index.row(), name)[0]
        if role == _ROLE.ToolTipRole and name in ("why", "text", "kind"):
            return self.cell(index.row(), name)[0] or None
        if role == _ROLE.AccessibleTextRole:
            return self.cell(index.row(), name)[0] or _("nothing")
        return None

    def cells(self, row: int) -> list[Cell]:
        """All cells of a row, in the columns' order."""
        place = self.place(row)
        return [self._cell(name, place) for name in COLUMNS]

    def cell(self, row: int, name: str) -> Cell:
        """The words of a cell, and its icon with a colour where it has one."""
        return self._cell(name, self.place(row))

    def _cell(self, name: str, place: int) -> Cell:
        value = self._value(name, place)
        if name == "decision":
            return _(DECISIONS[value]), DECISION_ICONS[value]
        if name == "kind":
            return _(KINDS[value]), (KIND_ICONS[value], "muted")
        return str(value), None

    def _value(self, name: str, place: int) -> Any:
        if self._own and name in ("decision", "why"):
            assert self._keys is not None
            own = self._own.get(self._keys[place].as_py())
            if own is not None:
                return own[0 if name == "decision" else 1]
        return self._columns[name][place].as_py()
