"""Owns the list of jobs that the window shows; knows neither what a job does nor how it is drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Job:
    """A job at one moment. `fraction` (0 to 1) and `seconds_left` are None while nobody can say.

    `key` tells jobs apart; a job that is put again under its key takes the old one's place. `cancel` stops it
    and `show` goes to where it can be seen; both may be None.
    """

    key: str
    title: str
    state: JobState = JobState.RUNNING
    fraction: float | None = None
    seconds_left: float | None = None
    cancel: Callable[[], object] | None = None
    detail: str = ""
    show: Callable[[], object] | None = None


class JobsModel(QAbstractListModel):
    """The jobs, newest first. `moved` is emitted after every change."""

    moved = Signal()
    ended = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._jobs: list[Job] = []

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All jobs, newest first."""
        return tuple(self._jobs)

    @property
    def running(self) -> tuple[Job, ...]:
        """The jobs that are not over."""
        return tuple(job for job in self._jobs if not job.state.over)

    def put(self, job: Job) -> None:
        """Adds a job, or takes in how an old one stands now; `ended` tells when it came to its end."""
        row = next((row for row, old in enumerate(self._jobs) if old.key == job.key), None)
        if row is None:
            self.beginInsertRows(QModelIndex(), 0, 0)
            self._jobs.insert(0, job)
            self.endInsertRows()
            newly_over = job.state.over
        else:
            newly_over = job.state.over and not self._jobs[row].state.over
            self._jobs[row] = job
            index = self.index(row)
            self.dataChanged.emit(index, index)
        self.moved.emit()
        if newly_over:
            self.ended.emit(job)

    def clear_ended(self) -> None:
        """Drops the jobs that are over."""
        self.beginResetModel()
        self._jobs = [job for job in self._jobs if not job.state.over]
        self.endResetModel()
        self.moved.emit()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """How many jobs there are."""
        return 0 if parent.isValid() else len(self._jobs)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The title for display, the job itself as user data."""
        if not index.isValid():
            return None
        job = self._jobs[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return job.title
        return job if role == Qt.ItemDataRole.UserRole else None
