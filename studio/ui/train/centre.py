"""Owns the centre of the Train tab: the run at hand or several side by side, and below them runs and checkpoints.

Hands deeds on and shows what comes back.
"""

import asyncio
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from studio.jobs.protocol import Fields
from studio.jobs.runs import Run
from studio.language import _
from studio.ui.context import Context
from studio.ui.errands import Errands
from studio.ui.train.below import Below
from studio.ui.train.checkpoints import CheckpointRow
from studio.ui.train.comparison_view import ComparisonView
from studio.ui.train.deeds import Deeds
from studio.ui.train.desk import Desk
from studio.ui.train.progress import RunRow, run_title
from studio.ui.train.queue_desk import QueueDesk
from studio.ui.train.work import TrainWork

_EMPTY, _RUN, _COMPARED = range(3)


class Centre(QSplitter):
    """What a training shows and what it left; `empty` stands there before there is any."""

    def __init__(self, context: Context, desk: Desk, errands: Errands, deeds: Deeds, empty: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self._context, self._desk, self._errands, self._deeds = context, desk, errands, deeds
        self.work = TrainWork(context.theme)
        self.comparison = ComparisonView(context.theme)
        self.below = Below(context.theme)
        self.queue = QueueDesk(lambda: context.workspace, desk)
        self._was_busy = False
        self._seen: Path | None = None
        self._stack = QStackedWidget()
        for page in (empty, self.work, self.comparison):
            self._stack.addWidget(page)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        self.addWidget(self._stack)
        self.addWidget(self.below)
        self.setStretchFactor(0, 1)
        self.setSizes([560, 180])
        self._connect()

    def _connect(self) -> None:
        desk, start, deeds = self._desk, self._errands.start, self._deeds
        runs, checkpoints = self.below.runs, self.below.checkpoints
        desk.changed.append(self.show_now)
        desk.listed.append(self._list)
        desk.heard.append(self._hear)
        self.work.pause_wanted.connect(lambda: start(desk.pause()))
        self.work.stop_wanted.connect(lambda: start(desk.cancel()))
        self.work.on_wanted.connect(self.go_on)
        self.work.play_wanted.connect(self.play_now)
        self.work.curves.machine_wanted.connect(self._read_machine)
        runs.run_chosen.connect(self._choose)
        runs.runs_chosen.connect(lambda paths: start(self._compare(paths)))
        self.comparison.back_wanted.connect(self._back)
        self.below.shown.connect(self._turned)
        self.below.storage_wanted.connect(self._context.storage_wanted)
        self._context.storage_freed.connect(lambda: start(self._freed()))
        checkpoints.go_on_wanted.connect(lambda row: self.go_on(row.step))
        checkpoints.pin_wanted.connect(lambda row: start(self._pin(row)))
        checkpoints.play_wanted.connect(lambda row: start(deeds.play(row)))
        checkpoints.convert_wanted.connect(lambda row: start(deeds.convert(row)))
        self._context.workbench.conversion.changed.append(self._show_checkpoints_state)
        self._connect_queue()

    def _connect_queue(self) -> None:
        view, queue, start = self.below.queue, self.queue, self._errands.start
        queue.changed.append(lambda line: view.show_line(line, busy=self._desk.busy))
        view.deed_wanted.connect(lambda deed: start(queue.change(deed)))
        view.turn_wanted.connect(lambda: start(queue.turn(after_a_pause=True)))

    async def add_to_queue(self, values: Fields) -> None:
        """Puts a training at the end of the queue, which begins with it where nothing else is under way."""
        await self.queue.add(values)
        self.below.turn_to("queue")
        await self.queue.turn()

    # What is done

    @Slot()
    def go_on(self, step: int | None = None) -> None:
        """Goes on with the run that is shown, from its newest whole checkpoint or that of a step."""
        run = self._desk.shown
        if run is not None and not self._desk.busy:
            self._errands.start(self._deeds.go_on(run.path, step))

    @Slot()
    def play_now(self) -> None:
        """Plays what the run that is shown has learnt."""
        run = self._desk.shown
        if run is not None and not self._desk.busy:
            self._errands.start(self._deeds.play_now(run))

    @property
    def can_play(self) -> bool:
        """Whether the run that is shown has learnt something to the end."""
        progress = self._desk.progress
        return not self._desk.busy and progress is not None and progress.status == "done"

    @property
    def can_go_on(self) -> bool:
        """Whether the run that is shown can go on."""
        return not self._desk.busy and self._desk.outlook is not None and self._desk.outlook.step is not None

    async def _pin(self, row: CheckpointRow) -> None:
        await self._deeds.pin(row)
        await self._show_checkpoints()

    def _choose(self, path: Path) -> None:
        self._stack.setCurrentIndex(_RUN)
        self._errands.start(self._show_run(path))

    async def _show_run(self, path: Path) -> None:
        await self._desk.show(path)
        self._back()

    async def _compare(self, paths: list[Path]) -> None:
        found = await self._deeds.compare(paths)
        if self.below.runs.selected() == paths:
            self.comparison.show_runs(*found)
            self._stack.setCurrentIndex(_COMPARED)

    @Slot()
    def _back(self) -> None:
        """Shows the run at hand alone."""
        run = self._desk.shown
        if run is not None:
            self.below.runs.mark(run.path)
            self._stack.setCurrentIndex(_RUN)

    async def _freed(self) -> None:
        await self._desk.relist()
        await self._show_checkpoints()

    # What is shown

    def _list(self, rows: list[RunRow]) -> None:
        self.below.runs.show_rows(rows)
        if self._desk.shown is not None and len(self.below.runs.selected()) < 2:
            self.below.runs.mark(self._desk.shown.path)

    def _hear(self, event: Fields) -> None:
        name = event.get("event")
        if name == "begin":
            self._stack.setCurrentIndex(_RUN)
        if name in ("checkpoint", "done"):
            self._errands.start(self._show_checkpoints())
        if name in ("validation", "done") and self.work.curves.view == "machine":
            self._read_machine()

    def show_now(self) -> None:
        """Shows the run at hand as it is."""
        desk = self._desk
        self._turn_over()
        progress, run = desk.progress, desk.shown
        if progress is None:
            self._stack.setCurrentIndex(_EMPTY)
            return
        if self._stack.currentIndex() == _EMPTY:
            self._stack.setCurrentIndex(_RUN)
        title = run_title(run.name)[1] if run is not None else _("New run")
        self.work.show_run(title, progress, desk.state.phase, desk.story, None if desk.busy else desk.outlook)
        if run is None and self._seen is not None:  # a run that only begins has none yet
            self._seen = None
            self.below.checkpoints.show_rows([], why_not=self._why_not(), busy=self._converting)
        if run is not None and run.path != self._seen:
            self._seen = run.path
            self._errands.start(self._show_checkpoints())
            if self.work.curves.view == "machine":
                self._read_machine()
        self._show_checkpoints_state()

    def _turn_over(self) -> None:
        """After a training has ended the next in the queue begins."""
        busy = self._desk.busy
        if busy != self._was_busy:
            self._was_busy = busy
            self._errands.start(self.queue.look())
            if not busy:
                self._errands.start(self.queue.turn())

    @Slot(str)
    def _turned(self, page: str) -> None:
        if page == "checkpoints":
            self._errands.start(self._show_checkpoints())
        if page == "queue":
            self._errands.start(self.queue.look())

    @Slot()
    def look_again(self) -> None:
        """Looks at what other processes may have changed."""
        if self.below.page == "queue":
            self._errands.start(self.queue.look())
        self._errands.start(self._attend())

    async def _attend(self) -> None:
        """Follows a run of another process, or works off the queue, which terminals may have filled."""
        await self._deeds.attend()
        await self.queue.turn()

    async def _show_checkpoints(self) -> None:
        run = self._desk.shown
        if run is None or self.below.page != "checkpoints":
            return
        rows = await self._deeds.checkpoints(run)
        if self._desk.shown == run:
            self.below.checkpoints.show_rows(rows, why_not=self._why_not(), busy=self._converting)

    def _show_checkpoints_state(self) -> None:
        view = self.below.checkpoints
        view.show_rows(view.rows, why_not=self._why_not(), busy=self._converting)

    @property
    def _converting(self) -> bool:
        return self._context.workbench.conversion.busy

    def _why_not(self) -> str:
        """Why the shown run cannot go on."""
        progress = self._desk.progress
        if self._desk.busy:
            return _("A training is under way.")
        return _("This run came to its end.") if progress is not None and progress.status == "done" else ""

    @Slot()
    def _read_machine(self) -> None:
        run = self._desk.shown
        if run is not None:
            self._errands.start(self._show_machine(run))

    async def _show_machine(self, run: Run) -> None:
        moments = await asyncio.to_thread(run.samples)
        if self._desk.shown == run:
            self.work.curves.show_moments(moments)
