"""Owns the list of trained runs to choose from."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from studio.language import _
from studio.ui.theme.theme import Theme
from studio.ui.train.progress import RunRow


class RunsList(QListWidget):
    """One line a run; `run_chosen` carries its folder."""

    run_chosen = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._rows: list[RunRow] = []
        self.setAccessibleName(_("Trained runs"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.currentRowChanged.connect(self._chosen)
        theme.changed.connect(self._redraw)

    def show_rows(self, rows: list[RunRow]) -> None:
        """Shows the runs that can be converted; the choice is kept, else the newest is chosen."""
        if rows != self._rows:
            self._rows = rows
            self._redraw()

    @Slot()
    def _redraw(self) -> None:
        chosen = self.chosen()
        self.blockSignals(True)
        self.clear()
        for row in self._rows:
            item = QListWidgetItem(self._theme.icon("train"), f"{row.name}\n{row.day} · {row.time}")
            item.setToolTip(str(row.path))
            self.addItem(item)
        self.blockSignals(False)
        paths = [row.path for row in self._rows]
        self.setCurrentRow(paths.index(chosen) if chosen in paths else 0 if paths else -1)

    def choose(self, path: Path) -> None:
        """Chooses a run."""
        paths = [row.path for row in self._rows]
        if path in paths:
            self.setCurrentRow(paths.index(path))

    def chosen(self) -> Path | None:
        """The chosen run's folder."""
        row = self.currentRow()
        return self._rows[row].path if 0 <= row < len(self._rows) else None

    @Slot(int)
    def _chosen(self, row: int) -> None:
        if 0 <= row < len(self._rows):
            self.run_chosen.emit(self._rows[row].path)
