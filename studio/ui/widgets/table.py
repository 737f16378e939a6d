"""Owns what tables of values share: so many rows, so many named columns; knows not what a row says."""

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, Qt

from studio.language import _
from studio.ui.widgets.hover import of_word
from studio.ui.widgets.rows import Index

Row = TypeVar("Row")
_ROOT = QModelIndex()


class TableRows(QAbstractTableModel, Generic[Row]):
    """Rows that come all at once; a kind of table names its `columns`, for translation, and says what stands in one."""

    columns: ClassVar[tuple[str, ...]] = ()

    def __init__(self) -> None:
        super().__init__()
        self.rows: Sequence[Row] = ()

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Takes in other rows."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        """How many rows there are."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """How many columns there are."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The columns' names, and what the glossary says of them."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        name = _(self.columns[section]) if self.columns[section] else ""
        if role == Qt.ItemDataRole.ToolTipRole:
            return of_word(name)
        return name if role == Qt.ItemDataRole.DisplayRole else None
