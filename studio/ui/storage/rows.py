"""Owns the rows of the Storage page and how they are ordered; frees nothing."""

from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt

from studio.amounts import file_size
from studio.language import N_, _
from studio.training.stored import Kind, Stored
from studio.ui.theme.theme import Theme
from studio.ui.widgets import TableRows

_Index = QModelIndex | QPersistentModelIndex
KINDS = {
    Kind.RUN: N_("Run"),
    Kind.CHECKPOINTS: N_("Checkpoints"),
    Kind.MODEL: N_("Converted model"),
    Kind.BASE: N_("Base model"),
    Kind.BUILD: N_("Data set build"),
    Kind.CACHE: N_("Cache"),
    Kind.LEFTOVER: N_("Left behind"),
    Kind.BIN: N_("Bin"),
}


class StoredModel(TableRows[Stored]):
    """What lies on disk, a row a thing."""

    columns = (N_("Name"), N_("Kind"), N_("Room on disk"), N_("Safe to free"), N_("What it is for"))

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text for display, what rows are ordered by, and on hover what would be lost."""
        one = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (name_of(one), _(KINDS[one.kind]), file_size(one.bytes), safety(one), one.purpose)[index.column()]
        if role == Qt.ItemDataRole.UserRole:
            return (name_of(one), _(KINDS[one.kind]), one.bytes, safety(one), one.purpose)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join([one.purpose, one.kept or one.loss, *map(str, one.paths[:3])])
        if role == Qt.ItemDataRole.ForegroundRole and one.kept:
            return self._theme.colour("muted")
        if role == Qt.ItemDataRole.ForegroundRole and index.column() != 0:
            return self._theme.colour("secondary")
        return None


class Ordered(QSortFilterProxyModel):
    """The same rows in the order of a column; sizes by their bytes."""

    def __init__(self, model: StoredModel) -> None:
        super().__init__()
        self.setSourceModel(model)
        self.setSortRole(Qt.ItemDataRole.UserRole)
        self.setSortCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)


def name_of(one: Stored) -> str:
    """What a thing is called."""
    return one.key.partition(":")[2] or _("Bin")


def safety(one: Stored) -> str:
    """Whether it can be freed, in a word."""
    if one.kept:
        return _("in use")
    return _("yes") if one.safe else _("look first")
