"""Owns how the jobs are shown in the drawer; knows not what a job does."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QProgressBar, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from studio.language import N_, _
from studio.ui.jobs import Job, JobsModel, JobState
from studio.ui.phrases import percent, time_left
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import EmptyPlace, IconButton, label, push_button, row

_WORDS = {
    JobState.WAITING: N_("waiting"),
    JobState.RUNNING: N_("running"),
    JobState.DONE: N_("done"),
    JobState.FAILED: N_("failed"),
    JobState.CANCELLED: N_("cancelled"),
}
_ICONS = {
    JobState.WAITING: ("clock", "muted"),
    JobState.RUNNING: ("jobs", "accent"),
    JobState.DONE: ("success", "dm"),
    JobState.FAILED: ("error", "error"),
    JobState.CANCELLED: ("close", "muted"),
}


class JobRow(QFrame):
    """One job: what it is, how far, how long yet, and a way to stop it."""

    def __init__(self, theme: Theme, job: Job) -> None:
        super().__init__()
        self._theme = theme
        self._job = job
        self._icon = IconButton(theme, _ICONS[job.state][0], _("Show this job"))
        self._title = label("", "strong")
        self._detail = label("", "muted")
        self._figures = label("", "muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._stop = push_button(_("Cancel"), self._cancel)
        self._icon.clicked.connect(self._show)
        self.setProperty("kind", "panel")
        head = row(self._icon, self._title, self._detail, None, self._figures, self._stop, spacing=SPACE_8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_16, SPACE_8, SPACE_16, SPACE_8)
        layout.setSpacing(SPACE_4)
        layout.addLayout(head)
        layout.addWidget(self._bar)
        self.take(job)

    def take(self, job: Job) -> None:
        """Shows how the job stands now."""
        self._job = job
        icon, colour = _ICONS[job.state]
        self._icon.show_icon(icon, colour)
        self._title.setText(job.title)
        self._detail.setText(job.detail)
        figures = (
            (percent(job.fraction), time_left(job.seconds_left)) if not job.state.over else (_(_WORDS[job.state]),)
        )
        self._figures.setText("  ".join(figure for figure in figures if figure) or _(_WORDS[job.state]))
        self._bar.setRange(0, 0 if job.fraction is None else 1000)
        self._bar.setValue(0 if job.fraction is None else round(job.fraction * 1000))
        self._bar.setVisible(job.state is JobState.RUNNING)
        self._bar.setAccessibleName(_("Progress of {title}").format(title=job.title))
        self._stop.setVisible(not job.state.over and job.cancel is not None)
        self._stop.setAccessibleName(_("Cancel {title}").format(title=job.title))
        self.setAccessibleName(f"{job.title}: {_(_WORDS[job.state])}")

    def _cancel(self) -> None:
        if self._job.cancel is not None:
            self._job.cancel()

    @Slot()
    def _show(self) -> None:
        if self._job.show is not None:
            self._job.show()


class JobsPanel(QWidget):
    """All jobs, newest first."""

    def __init__(self, theme: Theme, jobs: JobsModel) -> None:
        super().__init__()
        self._theme = theme
        self._jobs = jobs
        self._rows: dict[str, JobRow] = {}
        inside = QWidget()
        inside.setProperty("kind", "scrolled")
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(0, SPACE_4, 0, SPACE_12)
        self._list.setSpacing(0)
        self._list.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inside)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        empty = EmptyPlace(
            theme, "jobs", _("Nothing is running"), _("Training, converting and measuring show up here.")
        )
        self._stack = QStackedLayout(self)
        self._stack.addWidget(empty)
        self._stack.addWidget(scroll)
        jobs.moved.connect(self._refresh)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        jobs = self._jobs.jobs
        keys = {job.key for job in jobs}
        for key in [key for key in self._rows if key not in keys]:
            self._rows.pop(key).deleteLater()
        for place, job in enumerate(jobs):
            if job.key in self._rows:
                self._rows[job.key].take(job)
            else:
                self._rows[job.key] = JobRow(self._theme, job)
                self._list.insertWidget(place, self._rows[job.key])
        self._stack.setCurrentIndex(1 if jobs else 0)
