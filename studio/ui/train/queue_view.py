"""Owns the table of trainings that wait, and the deeds on the chosen one; does none of them itself."""

import datetime
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from studio.jobs.queue import Line, Place, Queue, Queued
from studio.language import N_, _
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8
from studio.ui.widgets import IconButton, TableRows, label, push_button
from studio.ui.widgets.plain_table import PlainTable

_Index = QModelIndex | QPersistentModelIndex
_WORDS = {Place.WAITING: N_("Waiting"), Place.HELD: N_("Held back"), Place.RUNNING: N_("Training")}
_ICONS = {Place.WAITING: ("clock", "muted"), Place.HELD: ("lock", "warning"), Place.RUNNING: ("start", "accent")}


class QueueModel(TableRows[Queued]):
    """The jobs in their order."""

    columns = (N_("Turn"), N_("Training"), N_("State"), N_("Added"))

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text for display, an icon for the state."""
        job = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            added = f"{datetime.datetime.fromtimestamp(job.added).astimezone():%d %b %H:%M}".lstrip("0")
            return (str(index.row() + 1), job.name, _(_WORDS[job.place]), added)[index.column()]
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 2:
            return self._theme.icon(*_ICONS[job.place])
        if role == Qt.ItemDataRole.ForegroundRole and index.column() != 1:
            return self._theme.colour("secondary")
        return None


class QueueView(QWidget):
    """What waits. `deed_wanted` carries what is to be done with the queue; `add_wanted` asks for the form's training to
    be put at the end, `turn_wanted` for the next job to begin."""

    deed_wanted = Signal(object)
    add_wanted = Signal()
    turn_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._line = Line()
        self._model = QueueModel(theme)
        self.table = PlainTable(theme, self._model, _("Trainings that wait"))
        why = _("Add this training, as the form on the left says.")
        self.add = push_button(_("Add this training"), self.add_wanted.emit, why=why)
        self.up = IconButton(theme, "up", _("Earlier"))
        self.down = IconButton(theme, "down", _("Later"))
        self.hold = IconButton(theme, "lock", _("Hold back"))
        self.remove = IconButton(theme, "trash", _("Take out"))
        self.pause = push_button(_("Pause"), self._pause)
        self.begin = IconButton(theme, "start", _("Begin with the next"))
        self.hold.clicked.connect(self._hold)
        self.remove.clicked.connect(lambda: self._do(lambda queue, id: queue.remove(id)))
        self.begin.clicked.connect(self.turn_wanted.emit)
        self.up.clicked.connect(lambda: self._do(lambda queue, id: queue.move(id, -1)))
        self.down.clicked.connect(lambda: self._do(lambda queue, id: queue.move(id, 1)))
        self._busy = False
        self.deeds = QWidget()
        line = QHBoxLayout(self.deeds)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE_8)
        for button in (self.up, self.down, self.hold, self.remove, self.pause, self.begin, self.add):
            line.addWidget(button)
        empty = label(_("Trainings that are to run one after the other wait here."), "muted")
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self.table.selectionModel().selectionChanged.connect(self._redraw)
        self._redraw()

    @property
    def names(self) -> list[str]:
        """What waits, in order."""
        return [job.name for job in self._model.rows]

    def show_line(self, line: Line, *, busy: bool) -> None:
        """Shows what waits; `busy` says that a training is under way."""
        self._busy = busy
        if line != self._line:
            chosen = self.chosen()
            self._line = line
            self._model.show_rows(line.jobs)
            ids = [job.id for job in line.jobs]
            if ids:
                self.table.selectRow(ids.index(chosen.id) if chosen is not None and chosen.id in ids else 0)
        self._redraw()

    def chosen(self) -> Queued | None:
        """The marked job."""
        found = self.table.selectionModel().selectedRows()
        place = found[0].row() if found else -1
        return self._model.rows[place] if 0 <= place < len(self._model.rows) else None

    def _do(self, deed: Callable[[Queue, str], object]) -> None:
        job = self.chosen()
        if job is not None:
            self.deed_wanted.emit(lambda queue: deed(queue, job.id))

    def _hold(self) -> None:
        job = self.chosen()
        if job is not None:
            self._do(lambda queue, id: queue.hold(id, not job.held))

    def _pause(self) -> None:
        paused = not self._line.paused
        self.deed_wanted.emit(lambda queue: queue.pause(paused))

    @Slot()
    def _redraw(self) -> None:
        job, jobs = self.chosen(), list(self._model.rows)
        self._stack.setCurrentIndex(0 if jobs else 1)
        running = job is not None and job.place is Place.RUNNING
        why = _("It is being worked on; stop or pause it first.") if running else ""
        for button in (self.up, self.down, self.hold, self.remove):
            button.setEnabled(job is not None and not running)
        held = job is not None and job.held
        self._name(self.hold, _("Release") if held else _("Hold back"), why)
        self._name(self.remove, _("Take out"), why)
        self.hold.show_icon("lock", "warning" if held else "secondary")
        self.up.setEnabled(self.up.isEnabled() and job != jobs[0])
        self.down.setEnabled(self.down.isEnabled() and job != jobs[-1])
        self.pause.setText(_("Go on") if self._line.paused else _("Pause"))
        self._name(self.pause, _("Go on with the queue") if self._line.paused else _("Pause the queue"))
        self.add.setText(_("Add") if jobs else _("Add this training"))  # the line is short where much can be done
        self.pause.setVisible(bool(jobs))
        self.begin.setVisible(bool(jobs) and not self._busy)
        self.begin.setEnabled(self._line.next is not None)
        for button in (self.up, self.down, self.hold, self.remove):
            button.setVisible(bool(jobs))

    @staticmethod
    def _name(button: QAbstractButton, name: str, why_not: str = "") -> None:
        button.setAccessibleName(name)
        button.setToolTip(f"{name}. {why_not}" if why_not else name)
