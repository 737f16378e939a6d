"""Owns the Convert tab: a run, a quantisation, the steps, the result; hands work to the desk."""

import asyncio
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from studio.errors import Cancelled, LorewrightError
from studio.jobs.protocol import Fields
from studio.jobs.runs import Run
from studio.language import N_, _
from studio.ui.commands import Command
from studio.ui.context import Context
from studio.ui.convert.choices_view import ChoicesView
from studio.ui.convert.plan import USUAL, Choice, choices
from studio.ui.convert.result import Result, model_name, request_for, result_from, result_of
from studio.ui.convert.result_view import ResultView
from studio.ui.convert.runs_list import RunsList
from studio.ui.convert.steps_view import StepsView
from studio.ui.errands import Errands
from studio.ui.jobs import Job, JobState
from studio.ui.tabs import Tab
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12, SPACE_16, SPACE_24
from studio.ui.train.progress import RunRow, run_title
from studio.ui.widgets import EmptyPlace, Sides, label, push_button


class ConvertTab(Tab):
    """Makes a GGUF of a trained run."""

    title = N_("Convert")
    icon_name = "convert"
    waits_for = ("starter", "torch", "training", "converter", "play")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.desk = context.workbench.conversion
        self.errands = Errands(self._tell)
        theme = context.theme
        self.runs = RunsList(theme)
        self.choices = ChoicesView(theme)
        self.steps = StepsView(theme)
        self.result = ResultView()
        self.name = QLineEdit()
        self.name.setAccessibleName(_("Name of the model"))
        self.start = push_button(_("Convert"), self._start, "primary")
        self.stop_button = push_button(_("Stop"), self.stop)
        self.play = push_button(_("Play it"), self._play, "primary")
        self._title = label("", "display")
        self._failure = label("", "error", wrap=True, selectable=True)
        self._note = label("", "caption", wrap=True)
        self._steps_head = label(_("Steps"), "title")
        self._shown: Result | None = None
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self._pages = QStackedWidget()
        self._pages.addWidget(
            EmptyPlace(
                self.context.theme, "convert", _("Nothing to convert yet"),
                _("A conversion makes one file of a trained run, which games and Play can load. Train first."),
                _("Go to Train"), lambda: self.context.go_to("train"),
            )
        )  # fmt: skip
        self._pages.addWidget(self._centre())
        sides = Sides(self.context.settings, "convert", self._left(), self._pages, None)
        sides.setSizes([280, 920])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(sides)

    def _left(self) -> QWidget:
        box = QWidget()
        box.setMinimumWidth(self.context.theme.px(240))
        column = QVBoxLayout(box)
        column.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        column.setSpacing(SPACE_8)
        column.addWidget(label(_("Which run?"), "caption"))
        column.addWidget(self.runs, 1)
        column.addSpacing(SPACE_4)
        column.addWidget(label(_("Name of the model"), "caption"))
        column.addWidget(self.name)
        return box

    def _centre(self) -> QWidget:
        inside = QWidget()
        inside.setProperty("kind", "scrolled")
        column = QVBoxLayout(inside)
        column.setContentsMargins(SPACE_24, SPACE_16, SPACE_24, SPACE_16)
        column.setSpacing(SPACE_12)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        for button in (self.stop_button, self.start, self.play):
            head.addWidget(button)
        column.addLayout(head)
        for part in (self._failure, self.choices, self._note, self._steps_head, self.steps, self.result):
            column.addWidget(part)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        return area

    def _connect(self) -> None:
        self.desk.changed.append(self._show)
        self.desk.heard.append(self._hear)
        self.choices.picked.connect(self._show_note)
        self.context.workbench.training.listed.append(self._list)
        self.runs.run_chosen.connect(lambda path: self.errands.start(self._choose(path)))
        self.context.workspace_changed.connect(self.entered)

    # What the shell asks for

    def commands(self) -> list[Command]:
        """Start, stop, play."""
        return [
            Command("convert.start", _("Convert: start"), self._start, "Ctrl+Return", "start", self._ready),
            Command("convert.stop", _("Convert: stop"), self.stop, "", "stop", lambda: self.desk.busy),
            Command(
                "convert.play", _("Convert: play the model"), self._play, "", "play", lambda: self._shown is not None
            ),
        ]

    @Slot()
    def entered(self) -> None:
        """Looks at the runs."""
        self.errands.start(self._look())

    async def _look(self) -> None:
        await self.context.workbench.training.relist()
        await self._look_at_chosen()

    async def _look_at_chosen(self) -> None:
        chosen = self.runs.chosen()
        if chosen is not None and not self.desk.busy:
            await self._choose(chosen)
        self._show()

    def _hear(self, event: Fields) -> None:
        """Also of conversions that the start page asked for: their result is shown here."""
        self._show()
        if event.get("event") == "done":
            self.errands.start(self._look())

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return self.errands.busy

    def closing(self) -> None:
        """Ends the conversion with the window."""
        self.errands.end()

    # Choosing

    def _list(self, rows: list[RunRow]) -> None:
        usable = [row for row in rows if row.usable]
        self._pages.setCurrentIndex(1 if usable else 0)
        self.runs.show_rows(usable)

    async def _choose(self, path: Path) -> None:
        run = Run(path)
        name = model_name(run)
        found, result = await asyncio.gather(
            asyncio.to_thread(choices, run), asyncio.to_thread(result_from, self.context.workspace.models, run)
        )
        self._show_choices(found)
        self.name.setText(name)
        self._title.setText(name)
        self._show_result(result)
        self._show()

    def _show_choices(self, found: list[Choice]) -> None:
        chosen = self.choices.chosen()
        self.choices.show_choices(found, chosen.name if chosen is not None else USUAL)

    @Slot()
    def _show_note(self) -> None:
        chosen = self.choices.chosen()
        self._note.setText(chosen.note if chosen is not None else "")

    # The job

    def _ready(self) -> bool:
        return not self.desk.busy and self.runs.chosen() is not None

    @Slot()
    def _start(self) -> None:
        run, quantisation = self.runs.chosen(), self.choices.chosen()
        if self.desk.busy or run is None or quantisation is None:
            return
        name = self.name.text().strip() or model_name(Run(run))
        self._show_result(None)
        self.errands.start(self.convert(run, name, quantisation.name))

    async def convert(self, run: Path, name: str, quantisation: str) -> None:
        """Converts a run and shows the result; what goes wrong is shown here."""
        try:
            done = await self.desk.run(request_for(Run(run), name, quantisation))
        except Cancelled:
            return
        except LorewrightError as error:
            if self.desk.shown is None:
                self._tell(error)
            return
        self._show_result(await asyncio.to_thread(result_of, done))
        self._show()

    @Slot()
    def stop(self) -> None:
        """Stops the conversion; nothing half-made stays under a final name."""
        self.errands.start(self.desk.cancel())

    @Slot()
    def _play(self) -> None:
        if self._shown is not None:
            self.context.open_path(self._shown.path)

    # What is shown

    def _show_result(self, result: Result | None) -> None:
        self._shown = result
        self.result.show_result(result)

    def _show(self) -> None:
        busy, error = self.desk.busy, self.desk.error
        self.start.setVisible(not busy)
        self.start.setEnabled(self._ready())
        self.stop_button.setVisible(busy)
        self.play.setVisible(self._shown is not None and not busy)
        again = self._shown is not None
        self.start.setText(_("Convert again") if again else _("Convert"))
        kind = "" if again else "primary"
        if self.start.property("kind") != kind:
            self.start.setProperty("kind", kind)
            self.start.style().polish(self.start)
        self.choices.setEnabled(not busy)
        self.runs.setEnabled(not busy)
        steps = self.context.workbench.steps
        self._steps_head.setVisible(busy)
        self.steps.setVisible(busy)
        self.steps.show_steps(steps.steps())
        self._failure.setVisible(error is not None and not busy)
        self._failure.setText("" if error is None else str(error))
        self._show_job()

    def _show_job(self) -> None:
        run = self.desk.shown
        if run is None or (
            self.desk.job is None and all(job.key != str(run.path) for job in self.context.jobs.running)
        ):
            return
        error = self.desk.error
        ended = JobState.CANCELLED if isinstance(error, Cancelled) else JobState.FAILED if error else JobState.DONE
        self.context.jobs.put(
            Job(
                str(run.path), _("Converting {name}").format(name=run_title(run.name)[1]),
                JobState.RUNNING if self.desk.busy else ended, self.context.workbench.steps.share,
                cancel=self.stop, detail=str(error or ""), show=lambda: self.context.go_to("convert"),
            )
        )  # fmt: skip

    def _tell(self, error: LorewrightError) -> None:
        self.context.toast(str(error), "error")
