"""Owns the table of runs: what the folders say, row by row."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt, Signal, Slot

from studio.language import N_, _
from studio.ui.theme.theme import Theme
from studio.ui.train.progress import RunRow, status_word
from studio.ui.widgets import TableRows
from studio.ui.widgets.plain_table import PlainTable

_Index = QModelIndex | QPersistentModelIndex
_ICONS = {
    "done": ("success", "dm"), "failed": ("error", "error"), "interrupted": ("warning", "warning"),
    "cancelled": ("stop", "muted"), "paused": ("clock", "user"), "running": ("start", "accent"),
    "new": ("clock", "muted"), "stalled": ("warning", "warning"), "waiting": ("clock", "user"),
}  # fmt: skip


class RunsModel(TableRows[RunRow]):
    """The rows as they were read."""

    columns = (N_("Run"), N_("Day"), N_("State"), N_("Steps"), N_("Loss, unseen turns"), N_("Time"))

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text for display, the run's path as user data, an icon for the state."""
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (row.name, row.day, status_word(row.status), row.steps, row.loss, row.time)[index.column()]
        if role == Qt.ItemDataRole.UserRole:
            return row.path
        if role == Qt.ItemDataRole.ToolTipRole:
            return str(row.path)
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 2:
            name, colour = _ICONS.get(row.status, ("clock", "muted"))
            return self._theme.icon(name, colour)
        if role == Qt.ItemDataRole.ForegroundRole and index.column() != 0:
            return self._theme.colour("secondary")
        return None


class RunsView(PlainTable):
    """The table; `run_chosen` carries a run's folder, `runs_chosen` those of several that are held side by side."""

    run_chosen = Signal(object)
    runs_chosen = Signal(object)

    def __init__(self, theme: Theme) -> None:
        self._model = RunsModel(theme)
        super().__init__(theme, self._model, _("Runs"), many=True)
        self.setToolTip(_("Choose several with Ctrl or Shift to hold them side by side."))
        self.selectionModel().selectionChanged.connect(self._chosen)

    def show_rows(self, rows: list[RunRow]) -> None:
        """Shows newer rows and keeps the choice."""
        if rows == self.rows:
            return
        chosen = self.selected()
        self.selectionModel().blockSignals(True)
        self._model.show_rows(rows)
        self.selectionModel().blockSignals(False)
        self._mark(chosen)

    def mark(self, path: Path) -> None:
        """Marks one run without telling."""
        if self.selected() != [path]:
            self._mark([path])

    def _mark(self, paths: list[Path]) -> None:
        model, choice = self.selectionModel(), QItemSelection()
        for number, row in enumerate(self._model.rows):
            if row.path in paths:
                choice.select(self._model.index(number, 0), self._model.index(number, len(self._model.columns) - 1))
        model.blockSignals(True)
        model.select(choice, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if not choice.isEmpty():
            model.setCurrentIndex(choice.indexes()[0], QItemSelectionModel.SelectionFlag.NoUpdate)
        model.blockSignals(False)
        self.viewport().update()

    def selected(self) -> list[Path]:
        """The marked runs, from top to bottom."""
        places = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self._model.rows[place].path for place in places if place < len(self._model.rows)]

    def chosen(self) -> Path | None:
        """The marked run; None where there is none or several."""
        found = self.selected()
        return found[0] if len(found) == 1 else None

    @property
    def rows(self) -> list[RunRow]:
        """What is shown."""
        return list(self._model.rows)

    @Slot()
    def _chosen(self) -> None:
        found = self.selected()
        if len(found) == 1:
            self.run_chosen.emit(found[0])
        elif found:
            self.runs_chosen.emit(found)
