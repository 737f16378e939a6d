"""Owns the Evaluate tab: models down, suites across; hands work to the desk. Measures and computes nothing itself."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout, QWidget

from studio.errors import LorewrightError
from studio.language import N_, _
from studio.ui.commands import Command
from studio.ui.context import Context
from studio.ui.errands import Errands
from studio.ui.evaluate.adding import AddMenu
from studio.ui.evaluate.board import Cell, Pair
from studio.ui.evaluate.detail_view import DetailView
from studio.ui.evaluate.history_view import HistoryView
from studio.ui.evaluate.matrix import Matrix
from studio.ui.evaluate.models import read_added, run_checkpoints, written_added
from studio.ui.jobs import Job, JobState
from studio.ui.play.remarks import TroubleCard
from studio.ui.play.rows import Trouble
from studio.ui.tabs import Tab
from studio.ui.theme.tokens import SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import EmptyPlace, IconButton, Sides, label, push_button, row

_ADDED, _JOB = "evaluate.added", "evaluation"
_DRAWN_MS = 60


class EvaluateTab(Tab):
    """Measures models on suites and shows what came of it."""

    title = N_("Evaluate")
    icon_name = "evaluate"
    waits_for = ("starter", "play")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.desk = context.workbench.evaluation
        self.desk.added = tuple(read_added(context.settings.text(_ADDED, "")))
        self.errands = Errands(self._tell)
        theme = context.theme
        self.matrix = Matrix(theme, self.desk.cell)
        self.detail, self.left = DetailView(theme), HistoryView(theme)
        self.start = push_button(_("Measure"), self._start, "primary")
        self.stop_button = push_button(_("Stop"), self.stop)
        self.add = IconButton(theme, "add", _("Add a model"), text=_("Add a model"))
        self.menu = AddMenu(theme, self, lambda: run_checkpoints(context.workspace))
        self.export = IconButton(theme, "export", _("Export as HTML"), text=_("Export as HTML"))
        self._cards = QVBoxLayout()
        self._told: tuple[tuple[Pair, str], ...] = ()
        self._hint = label("", "caption", wrap=True)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(_DRAWN_MS)
        self._lay_out()
        self._connect()
        self._show()

    def _lay_out(self) -> None:
        self._pages = QStackedWidget()
        self._pages.addWidget(
            EmptyPlace(
                self.context.theme, "evaluate", _("No model to measure yet"),
                _("Here models stand beside each other on scenarios that they have never seen. Train one, or add one."),
                _("Go to Train"), lambda: self.context.go_to("train"),
            )
        )  # fmt: skip
        self._pages.addWidget(self._centre())
        self.detail.setMinimumWidth(self.context.theme.px(360))
        sides = Sides(self.context.settings, "evaluate", self.left, self._pages, self.detail)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(sides)

    def _centre(self) -> QWidget:
        box = QWidget()
        box.setProperty("kind", "base")
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_8)
        head = row(self.start, self.stop_button, self.add, None, self.export,
                   margins=(SPACE_16, SPACE_12, SPACE_16, 0))  # fmt: skip
        column.addLayout(head)
        self._cards.setContentsMargins(SPACE_16, 0, SPACE_16, 0)
        self._cards.setSpacing(SPACE_8)
        column.addLayout(self._cards)
        column.addWidget(self.matrix, 1)
        column.addLayout(row(self._hint, margins=(SPACE_16, 0, SPACE_16, SPACE_8)))
        return box

    def _connect(self) -> None:
        self.desk.changed.append(self._heard)
        self._late.timeout.connect(self._show)
        self.matrix.chosen.connect(self._show_chosen)
        self.matrix.doubleClicked.connect(self._start)
        self.detail.measure_wanted.connect(self._start)
        self.detail.data_wanted.connect(self._show_data)
        self.left.make_wanted.connect(self.make_suite)
        self.add.clicked.connect(self._ask_model)
        self.menu.added.connect(self.add_model)
        self.export.clicked.connect(self._ask_file)
        self.context.workspace_changed.connect(self.entered)

    # What the shell asks for

    def commands(self) -> list[Command]:
        """Start, stop, a suite of one's own, export."""
        return [
            Command("evaluate.start", _("Evaluate: measure"), self._start, "Ctrl+Return", "start", self._ready),
            Command("evaluate.stop", _("Evaluate: stop"), self.stop, "", "stop", lambda: self.desk.busy),
            Command("evaluate.suite", _("Evaluate: make a suite of what is held out"), self.make_suite, "", "held-out"),
            Command("evaluate.export", _("Evaluate: export as HTML"), self._ask_file, "", "export", self._exportable),
        ]

    @Slot()
    def entered(self) -> None:
        """Looks at what there is."""
        self.errands.start(self.desk.relook())

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return self.errands.busy

    def closing(self) -> None:
        """Stops with the window; what was judged is kept."""
        self.desk.cancel()
        self.errands.end()

    # Deeds

    def _ready(self) -> bool:
        return any(self.desk.can_measure(pair) for pair in self.matrix.pairs())

    @Slot()
    def _start(self) -> None:
        pairs = [pair for pair in self.matrix.pairs() if self.desk.can_measure(pair)]
        if pairs:
            self.errands.start(self.desk.measure(pairs))

    @Slot()
    def stop(self) -> None:
        """Stops; the cases that are judged stay."""
        self.desk.cancel()

    @Slot()
    def make_suite(self) -> None:
        """Makes a suite of what is held out now."""
        self.errands.start(self._make())

    async def _make(self) -> None:
        name = await self.desk.make_suite()
        self.context.toast(_("The suite “{name}” was made of what is held out now.").format(name=name), "success")

    @Slot()
    def _ask_model(self) -> None:
        self.menu.popup(self.add.mapToGlobal(self.add.rect().bottomLeft()))

    @Slot(str)
    def add_model(self, word: str) -> None:
        """Adds a model to the table, also for the next time."""
        kept = written_added((*self.desk.added, word))
        self.context.settings.set(_ADDED, kept)
        self.desk.added = tuple(read_added(kept))
        self.entered()

    @Slot(object)
    def _show_data(self, lacks: tuple[str, str] | None) -> None:
        if lacks is None:
            self.context.go_to("data")
        else:
            self.context.show_balance(*lacks)

    def _suite(self) -> str:
        pair = self.matrix.current()
        names = [row.name for row in self.desk.board.suites]
        wanted = [pair[1]] if pair is not None else []
        return next((name for name in (*wanted, *names) if self.desk.can_export(name)), "")

    def _exportable(self) -> bool:
        return bool(self._suite())

    @Slot()
    def _ask_file(self) -> None:
        name = self._suite()
        dialog = QFileDialog(self, _("Export as HTML"), f"{name}.html", _("Pages (*.html)"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("html")
        dialog.fileSelected.connect(lambda path: self.errands.start(self.write(name, Path(path))))
        dialog.open()

    async def write(self, suite: str, path: Path) -> None:
        """Writes what is kept of a suite as one page."""
        await self.desk.export(suite, path)
        self.context.toast(_("{file} was written; it opens in any browser.").format(file=path.name), "success")

    # What is shown

    def _heard(self) -> None:
        """Draws soon: what happens many times a second is drawn once."""
        if not self._late.isActive():
            self._late.start()

    @Slot()
    def _show(self) -> None:
        board = self.desk.board
        fresh = board is not self.matrix.rows.board
        if fresh:
            self._pages.setCurrentIndex(1 if board.models else 0)
            self.matrix.show_board(board)
            self.left.show_board(board)
            if self.matrix.current() is None:
                self._choose_first()
        else:
            self.matrix.rows.refresh()
        self._show_cards()
        self._show_chosen()
        self._show_job()

    def _choose_first(self) -> None:
        """Opens the first cell that has something to show, else the first."""
        board = self.desk.board
        pairs = [(model.word, suite.name) for model in board.models for suite in board.suites]
        told = [pair for pair in pairs if (one := board.standings.get(pair)) is not None and one.evaluation]
        self.matrix.choose((told or pairs)[:1])

    @Slot()
    def _show_chosen(self) -> None:
        pair, board = self.matrix.current(), self.desk.board
        standing = board.standings.get(pair) if pair is not None else None
        cell = self.desk.cell(pair) if pair is not None else Cell("none")
        model, suite = (board.model(pair[0]), board.suite(pair[1])) if pair is not None else (None, None)
        self.detail.show_cell(model, suite, cell, standing.evaluation if standing is not None else None)
        self.start.setEnabled(self._ready())
        self.start.setText(_(_START.get(cell.state, _MEASURE)))
        self.stop_button.setVisible(self.desk.busy)
        self.export.setEnabled(self._exportable())
        self._hint.setText(_(_HINT) if not self.desk.busy else "")

    def _show_cards(self) -> None:
        told = tuple((pair, str(error)) for pair, error in self.desk.failed.items())
        if told == self._told:
            return
        self._told = told
        while (item := self._cards.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for pair, text in told:
            model = self.desk.board.model(pair[0])
            name = model.name if model is not None else pair[0]
            trouble = Trouble(_("{model} on {suite}: {text}").format(model=name, suite=pair[1], text=text), _("Close"))
            self._cards.addWidget(TroubleCard(self.context.theme, trouble, partial(self.desk.dismiss, pair)))

    def _show_job(self) -> None:
        now = self.desk.now
        running = any(job.key == _JOB for job in self.context.jobs.running)
        if now is None and not running:
            return
        failed = next(reversed(self.desk.failed.values()), None)
        state = JobState.RUNNING if now else JobState.FAILED if failed else JobState.DONE
        self.context.jobs.put(
            Job(_JOB, _("Measuring models"), state, now.share if now else None, cancel=self.stop,
                detail=now.sentence if now else str(failed or ""), show=lambda: self.context.go_to("evaluate"))
        )  # fmt: skip

    def _tell(self, error: LorewrightError) -> None:
        self.context.toast(str(error), "error")


_MEASURE = N_("Measure")
_START = {"part": N_("Go on"), "alone": N_("Measure its rivals")}
_HINT = N_("Figures in per cent with their 95% intervals. Choose cells, whole rows or several, and measure them.")
