"""Owns the rows of a chat as Qt's list reads them; knows not how they look."""

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from studio.ui.play.rows import Row

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class ChatModel(QAbstractListModel):
    """A list of rows. Every change is told at once, as Qt wants it."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []

    def rowCount(self, parent: Index = _NOWHERE) -> int:  # Qt's name
        """How many rows there are."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A row as a sentence."""
        if index.isValid() and role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.rows[index.row()].spoken
        return None

    def show(self, rows: list[Row]) -> None:
        """Shows other rows."""
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def add(self, row: Row) -> None:
        """Adds a row at the end."""
        self.beginInsertRows(_NOWHERE, len(self.rows), len(self.rows))
        self.rows.append(row)
        self.endInsertRows()

    def remove(self, number: int) -> None:
        """Takes a row out."""
        self.beginRemoveRows(_NOWHERE, number, number)
        del self.rows[number]
        self.endRemoveRows()

    def changed(self, number: int) -> None:
        """Tells that a row is not what it was."""
        index = self.index(number)
        self.dataChanged.emit(index, index)
