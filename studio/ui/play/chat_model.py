"""Owns the rows of a chat as Qt's list reads them; knows not how they look."""

from html import escape
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from studio.language import _
from studio.ui.play.rows import Row

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_LONGEST = 1200


class ChatModel(QAbstractListModel):
    """A list of rows. Every change is told at once, as Qt wants it."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []

    def rowCount(self, parent: Index = _NOWHERE) -> int:  # Qt's name
        """How many rows there are."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A row as a sentence, or what it said before it was edited."""
        if index.isValid() and role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.rows[index.row()].spoken
        if index.isValid() and role == Qt.ItemDataRole.ToolTipRole and self.rows[index.row()].earlier:
            return _earlier(self.rows[index.row()].earlier)
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


def _earlier(text: str) -> str:
    """What a turn said before it was edited, as a tool tip."""
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()}…"
    return f"<p>{escape(_('Before it was edited:'))}</p><p>{escape(short)}</p>".replace("\n", "<br>")
