"""Owns the Train tab: form, run at hand, machine, runs; hands work to the desk and shows what comes back."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.errors import LorewrightError
from studio.jobs.monitor import Monitor
from studio.jobs.protocol import Fields
from studio.jobs.runs import Run
from studio.language import N_, _
from studio.ui.commands import Command
from studio.ui.context import Context
from studio.ui.errands import Errands
from studio.ui.jobs import Job, JobState
from studio.ui.phrases import percent
from studio.ui.play import shelf
from studio.ui.status import Note, Place
from studio.ui.tabs import Tab
from studio.ui.theme.tokens import SPACE_8, SPACE_16
from studio.ui.train.centre import Centre
from studio.ui.train.deeds import Deeds
from studio.ui.train.form import TrainForm
from studio.ui.train.machine import MachineLog
from studio.ui.train.meters import MachineMeters
from studio.ui.train.preparation import Preparation
from studio.ui.train.progress import Progress, run_title
from studio.ui.train.sources import build_choices, data_sentence
from studio.ui.widgets import EmptyPlace, Sides, label, rule

_SAMPLE_MS = 1000
_ATTEND_MS = 3000
"""Between two looks for a run that another process works on, and for the next in the queue."""
_STATES = {
    "done": JobState.DONE, "failed": JobState.FAILED, "interrupted": JobState.FAILED,
    "cancelled": JobState.CANCELLED, "paused": JobState.CANCELLED,
}  # fmt: skip


class TrainTab(Tab):
    """Trains on the workspace's scenarios. `trained` carries the run that finished."""

    title = N_("Train")
    icon_name = "train"
    waits_for = ("starter", "torch", "training")

    trained = Signal(object)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.desk = context.workbench.training
        self.errands = Errands(self._tell)
        self.form = TrainForm(context.theme)
        self.preparation = Preparation(context, self.errands, self.form)
        self.deeds = Deeds(context, self.desk, self.trained.emit)
        self.meters = MachineMeters(context.theme)
        empty = EmptyPlace(
            context.theme, "train", _("Nothing was trained yet"),
            _("A training reads your scenarios and teaches a small model to narrate like them. The settings suffice."),
            _("Train"), self._start,
        )  # fmt: skip
        self.centre = Centre(context, self.desk, self.errands, self.deeds, empty)
        self._monitor: Monitor | None = None
        # One thread for all samples: psutil measures a thread's load of the processor from that thread's last call.
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="machine")
        self._machine: MachineLog | None = None
        self._sampling = False
        self._attendance = QTimer(self, interval=_ATTEND_MS)
        self._attendance.timeout.connect(self.centre.look_again)
        self._attendance.start()  # also while another tab is in front: a run in the background shows in the status bar
        self._clock = QTimer(self, interval=_SAMPLE_MS)
        self._clock.timeout.connect(self._sample)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        sides = Sides(self.context.settings, "train", self.form, self.centre, self._about_machine())
        sides.setSizes([340, 660, 220])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(sides)

    def _about_machine(self) -> QWidget:
        box = QWidget()
        box.setMinimumWidth(self.context.theme.px(190))
        column = QVBoxLayout(box)
        column.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        column.setSpacing(SPACE_8)
        column.addWidget(label(_("This machine"), "title"))
        column.addWidget(rule())
        column.addWidget(self.meters)
        column.addStretch(1)
        return box

    def _connect(self) -> None:
        self.desk.changed.append(self._show)
        self.form.start_wanted.connect(self._start)
        self.centre.work.again_wanted.connect(self._start)
        self.centre.work.convert_wanted.connect(self._convert)
        self.centre.below.queue.add_wanted.connect(self._queue)
        self.context.workspace_changed.connect(self._look_again)

    # What the shell asks for

    def commands(self) -> list[Command]:
        """Start, pause, stop, go on; and what takes room on disk."""
        return [
            Command("train.start", _("Train: start"), self._start, "Ctrl+Return", "start", lambda: not self.desk.busy),
            Command("train.stop", _("Train: stop"), self.stop, "", "stop", lambda: self.desk.busy),
            Command("train.queue", _("Train: add to the queue"), self._queue, "", "add", lambda: not self.form.wrong),
            Command("train.play", _("Train: play now"), self.centre.play_now, "", "play", lambda: self.centre.can_play),
            Command("train.pause", _("Train: pause"), self._pause, "", "clock", lambda: self.desk.busy),
            Command("train.on", _("Train: go on"), self.centre.go_on, "", "retry", lambda: self.centre.can_go_on),
        ]

    def entered(self) -> None:
        """Looks at workspace and runs; the meters run from now on."""
        self._clock.start()
        self._sample()
        self._look_again()

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return self.errands.busy or self.preparation.busy

    def closing(self) -> None:
        """Ends the training with the window; its run folder stays."""
        self._clock.stop()
        self._attendance.stop()
        self.errands.end()
        self.preparation.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        if self._monitor is not None:
            self._monitor.close()

    @Slot()
    def _look_again(self) -> None:
        self.errands.start(self._look())

    async def _look(self) -> None:
        workspace = self.context.workspace
        files = await asyncio.to_thread(lambda: list(workspace.scenario_files()))
        found = await asyncio.to_thread(shelf.scenarios, files)
        self.form.show_data(data_sentence(found), [entry.path for entry in found])
        self.form.show_builds(await asyncio.to_thread(build_choices, workspace))
        self.preparation.look()
        rows = await self.desk.relist()
        if rows and self.desk.shown is None and not self.desk.busy:
            await self.desk.show(rows[0].path)
        self._show()
        self.centre.look_again()

    # The job

    @Slot()
    def _start(self) -> None:
        if self.form.why_not:
            self.context.toast(self.form.why_not)
        elif not self.desk.busy:
            self.errands.start(self.train(self.form.values()))

    @Slot()
    def _queue(self) -> None:
        if self.form.wrong:
            self.context.toast(self.form.wrong, "warning")
        else:
            self.errands.start(self.centre.add_to_queue(self.form.values()))

    async def train(self, values: Fields) -> Run | None:
        """Trains and returns the run; None where it was stopped or failed, which the tab then shows."""
        return await self.deeds.train(values)

    @Slot()
    def stop(self) -> None:
        """Stops the training; what it finished is kept."""
        self.errands.start(self.desk.cancel())

    @Slot()
    def _pause(self) -> None:
        self.errands.start(self.desk.pause())

    @Slot()
    def _convert(self) -> None:
        self.context.go_to("convert")

    # What is shown

    def _show(self) -> None:
        progress, run = self.desk.progress, self.desk.shown
        self.form.show_ready(not self.desk.busy, _("A training is under way.") if self.desk.busy else "")
        if progress is None:
            return
        title = run_title(run.name)[1] if run is not None else self.form.name.text()
        if run is not None and (self.desk.busy or not progress.running):
            self._show_job(run, title, progress)

    def _show_job(self, run: Run, title: str, progress: Progress) -> None:
        key = str(run.path)
        known = any(job.key == key and not job.state.over for job in self.context.jobs.jobs)
        if not self.desk.busy and not known:
            return
        left = self.desk.state.latest.get("seconds_left")
        seconds = float(left) if progress.running and isinstance(left, int | float) else None
        state = _STATES.get(progress.status, JobState.RUNNING)
        self.context.jobs.put(
            Job(
                key, _("Training {name}").format(name=title), state, progress.share, seconds,
                cancel=self.stop, detail=progress.failure or "", show=lambda: self.context.go_to("train"),
            )
        )  # fmt: skip
        note = Note(_("training {share}").format(share=percent(progress.share)), title, "train", "accent")
        self.context.status.say(Place.TRAINING, note if progress.running else None)

    @Slot()
    def _sample(self) -> None:
        if not self._sampling and self.isVisible():
            self._sampling = True
            self.errands.start(self._read_machine())

    async def _read_machine(self) -> None:
        try:
            loop = asyncio.get_running_loop()
            if self._monitor is None:
                self._monitor = await loop.run_in_executor(self._pool, Monitor)
                self._machine = MachineLog(self._monitor.no_gpu)
            sample = await loop.run_in_executor(self._pool, self._monitor.sample)
            assert self._machine is not None
            self.meters.show_machine(self._machine.take(sample))
        finally:
            self._sampling = False

    def _tell(self, error: LorewrightError) -> None:
        self.context.toast(str(error), "error")

    def show_sample(self, run: Path | None) -> None:
        """Shows a demo's run."""
        if run is not None:
            self.errands.start(self.desk.show(run))
