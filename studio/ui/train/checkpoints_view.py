"""Owns the table of a run's checkpoints and the deeds on the chosen one; does none of them itself."""

from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from studio.language import N_, _
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8
from studio.ui.train.checkpoints import CheckpointRow
from studio.ui.widgets import TableRows, label, push_button
from studio.ui.widgets.plain_table import PlainTable

_Index = QModelIndex | QPersistentModelIndex


class CheckpointsModel(TableRows[CheckpointRow]):
    """The rows as they were read."""

    columns = (N_("Step"), N_("Saved"), N_("Room on disk"), N_("Kept as"), N_("State"))

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text for display, the folder on hover, an icon for the state."""
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (str(row.step), row.saved, row.room, row.marks, row.state)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return str(row.path)
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 4:
            return self._theme.icon(*(("success", "dm") if row.damaged is None else ("error", "error")))
        if role == Qt.ItemDataRole.ForegroundRole and index.column() != 0:
            return self._theme.colour("secondary")
        return None


class CheckpointsView(QWidget):
    """The checkpoints of one run. Each signal carries the chosen row."""

    go_on_wanted = Signal(object)
    pin_wanted = Signal(object)
    play_wanted = Signal(object)
    convert_wanted = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._model = CheckpointsModel(theme)
        self._why_not = ""
        self._busy = False
        self.table = PlainTable(theme, self._model, _("Checkpoints"))
        self.go_on = push_button(_("Go on from here"), lambda: self._wish(self.go_on_wanted))
        self.pin = push_button(_("Pin"), lambda: self._wish(self.pin_wanted))
        self.play = push_button(_("Play"), lambda: self._wish(self.play_wanted))
        self.convert = push_button(_("Convert"), lambda: self._wish(self.convert_wanted))
        self._empty = label(_("A training keeps a checkpoint every so often; they are listed here."), "muted")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.deeds = QWidget()
        line = QHBoxLayout(self.deeds)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE_8)
        for button in (self.go_on, self.pin, self.play, self.convert):
            line.addWidget(button)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_4)
        column.addWidget(self._stack)
        self.table.selectionModel().selectionChanged.connect(self._redraw)
        self._redraw()

    def show_rows(self, rows: list[CheckpointRow], *, why_not: str, busy: bool) -> None:
        """Shows a run's checkpoints; `why_not` says why it cannot go on, `busy` that a conversion is under way."""
        self._why_not, self._busy = why_not, busy
        if rows != self._model.rows:
            chosen = self.chosen()
            self._model.show_rows(rows)
            steps = [row.step for row in rows]
            if rows:
                self.table.selectRow(steps.index(chosen.step) if chosen and chosen.step in steps else 0)
        self._redraw()

    @property
    def rows(self) -> list[CheckpointRow]:
        """What is shown."""
        return list(self._model.rows)

    def chosen(self) -> CheckpointRow | None:
        """The marked checkpoint."""
        found = self.table.selectionModel().selectedRows()
        place = found[0].row() if found else -1
        return self._model.rows[place] if 0 <= place < len(self._model.rows) else None

    def _wish(self, signal: Any) -> None:
        row = self.chosen()
        if row is not None:
            signal.emit(row)

    @Slot()
    def _redraw(self) -> None:
        row = self.chosen()
        self._stack.setCurrentIndex(0 if self._model.rows else 1)
        damaged = _("It is damaged.") if row is not None and row.damaged is not None else ""
        none = "" if row is not None else _("Choose a checkpoint.")
        converting = _("A conversion is under way.") if self._busy else ""
        for button, why in (
            (self.go_on, none or damaged or self._why_not),
            (self.pin, none),
            (self.play, none or damaged or converting),
            (self.convert, none or damaged or converting),
        ):
            button.setEnabled(not why)
            button.setToolTip(why)
        if not self.go_on.toolTip():
            self.go_on.setToolTip(_("What was learnt after this step is learnt again."))
        if not self.play.toolTip():
            self.play.setToolTip(_("Opens it in Play; on a base that is no GGUF it is converted first."))
        self.pin.setText(_("Unpin") if row is not None and row.pinned else _("Pin"))
        self.pin.setAccessibleName(self.pin.text())
