"""Owns the table of runs: what the folders say, row by row."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from studio.language import N_, _
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8
from studio.ui.train.progress import RunRow, status_word
from studio.ui.widgets import TableRows

_Index = QModelIndex | QPersistentModelIndex
_ICONS = {
    "done": ("success", "dm"), "failed": ("error", "error"), "interrupted": ("warning", "warning"),
    "cancelled": ("stop", "muted"), "running": ("start", "accent"), "new": ("clock", "muted"),
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


class RunsView(QTableView):
    """The table; `run_chosen` carries a run's folder."""

    run_chosen = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._model = RunsModel(theme)
        self.setModel(self._model)
        self.setAccessibleName(_("Runs"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        head = self.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setStretchLastSection(True)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setHighlightSections(False)
        self.selectionModel().currentRowChanged.connect(self._chosen)
        theme.changed.connect(self._restyle)
        self._restyle()

    @Slot()
    def _restyle(self) -> None:
        pad = self._theme.px(SPACE_8)
        self.setStyleSheet(f"QTableView::item {{ padding: 0 {pad}px; border: none; }}")
        self.horizontalHeader().setMinimumSectionSize(self._theme.px(90))
        self.verticalHeader().setDefaultSectionSize(self._theme.px(28))
        self.viewport().update()

    def show_rows(self, rows: list[RunRow]) -> None:
        """Shows newer rows and keeps the choice."""
        chosen = self.chosen()
        self._model.show_rows(rows)
        if chosen is not None:
            self.choose(chosen)

    def choose(self, path: Path) -> None:
        """Marks a run without telling."""
        for number, row in enumerate(self._model.rows):
            if row.path == path:
                self.selectionModel().blockSignals(True)
                self.selectRow(number)
                self.selectionModel().blockSignals(False)
                self.viewport().update()

    def chosen(self) -> Path | None:
        """The marked run."""
        index = self.currentIndex()
        return self._model.rows[index.row()].path if 0 <= index.row() < len(self._model.rows) else None

    @property
    def rows(self) -> list[RunRow]:
        """What is shown."""
        return list(self._model.rows)

    @Slot(QModelIndex, QModelIndex)
    def _chosen(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid():
            self.run_chosen.emit(self._model.rows[index.row()].path)
