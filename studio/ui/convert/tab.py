"""Owns the Convert tab: a source, what is made of it, and its pages; hands work to the desk and to `Proving`."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from studio.errors import Cancelled, LorewrightError
from studio.jobs.protocol import Fields
from studio.jobs.runs import Run
from studio.language import N_, _
from studio.ui.commands import Command
from studio.ui.context import Context
from studio.ui.convert.asking import Take, ask_for_base, ask_for_gguf, ask_for_pack, ask_where
from studio.ui.convert.inspect_page import InspectPage
from studio.ui.convert.make_page import MakePage
from studio.ui.convert.plan import Offer, offer
from studio.ui.convert.proving import Proving
from studio.ui.convert.published_page import PublishedPage
from studio.ui.convert.result import Result, request_for, result_from, result_of
from studio.ui.convert.result_page import ResultPage
from studio.ui.convert.sources_view import SourcesView
from studio.ui.convert.states import Left, base_row, clean_up, is_base, left_in, name_for, states_of
from studio.ui.convert.toolbar import PAGES, ConvertBar
from studio.ui.errands import Errands
from studio.ui.jobs import Job, JobState
from studio.ui.tabs import Tab
from studio.ui.train.desk import Desk
from studio.ui.train.progress import RunRow, run_title
from studio.ui.widgets import EmptyPlace, Sides

_GGUF = ".gguf"


class ConvertTab(Tab):
    """Makes GGUF files of a run, a checkpoint or a base, proves them, and lets them go under a name."""

    title = N_("Convert")
    icon_name = "convert"
    waits_for = ("starter", "torch", "training", "converter", "play")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.desk = context.workbench.conversion
        self.errands = Errands(self._tell)
        theme = context.theme
        self.sources = SourcesView(theme)
        self.make = MakePage(theme)
        self.result = ResultPage(theme)
        self.published = PublishedPage(theme)
        self.inspect = InspectPage(theme)
        self.proving = Proving(context, self.result, self.published, self.inspect)
        self._offer: Offer | None = None
        self._bases: list[RunRow] = []
        self._rows: list[RunRow] = []
        self._looks = 0
        self.setAcceptDrops(True)
        self._lay_out()
        self._connect()
        self._show()

    def _lay_out(self) -> None:
        self._bar = ConvertBar(self.context.theme)
        self._making = QStackedWidget()
        self._making.addWidget(
            EmptyPlace(
                self.context.theme, "convert", _("Nothing to convert yet"),
                _("A conversion makes one file of a trained run, which games and Play can load. Train first."),
                _("Go to Train"), lambda: self.context.go_to("train"),
            )
        )  # fmt: skip
        self._making.addWidget(self.make)
        self._pages = QStackedWidget()
        for page in (self._making, self.result, self.published, self.inspect):
            self._pages.addWidget(page)
        self._sides = Sides(self.context.settings, "convert", self.sources, self._pages, None)
        self._sides.setSizes([280, 920])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._sides)

    def _connect(self) -> None:
        start = self.errands.start
        make, result, published, inspect, proving = self.make, self.result, self.published, self.inspect, self.proving
        self.desk.changed.append(self._show)
        self.desk.heard.append(self._hear)
        self.context.workbench.parity.changed.append(self._show_parity)
        self.context.workbench.training.listed.append(self._list)
        self.context.workspace_changed.connect(self._change_workspace)
        self._bar.page_chosen.connect(self.show_page)
        self._bar.fold_wanted.connect(lambda: self._sides.toggle("left"))
        self.sources.run_chosen.connect(lambda path: start(self._choose(path)))
        self.sources.state_chosen.connect(lambda path: start(self._look_into(path)))
        self.sources.base_wanted.connect(lambda: self._asks(ask_for_base, self.add_base))
        make.wishes.changed.connect(lambda: start(self._weigh(tick=True)))
        make.choices.turned.connect(self._show)
        make.start_wanted.connect(self._start)
        make.stop_wanted.connect(self.stop)
        make.play_wanted.connect(self._play)
        make.go_on_wanted.connect(lambda left: start(self.go_on(left)))
        make.clean_wanted.connect(lambda left: start(self.clean(left)))
        result.play_wanted.connect(self.context.open_path)
        result.pack_wanted.connect(lambda path: self._ask_where(str(path), path.parent.name))
        result.publish_wanted.connect(lambda path, name: start(proving.publish(path, name)))
        result.stop_wanted.connect(lambda: start(proving.stop()))
        result.convert_wanted.connect(lambda: self.show_page("make"))
        result.chain.wanted.connect(lambda: start(proving.measure()))
        result.chain.stop_wanted.connect(lambda: start(proving.stop()))
        published.back_wanted.connect(lambda line: start(proving.roll_back(line.name)))
        published.play_wanted.connect(lambda line: self.context.open_path(line.path))
        published.pack_wanted.connect(lambda line: self._ask_where(line.name, line.name))
        published.verify_wanted.connect(lambda: self._asks(ask_for_pack, self.verify))
        inspect.open_wanted.connect(lambda: self._asks(ask_for_gguf, self.look_into_file))
        inspect.check_wanted.connect(lambda path: start(proving.check(path)))
        inspect.play_wanted.connect(self.context.open_path)

    # What the shell asks for

    def toolbar(self) -> QWidget:
        """The pages."""
        return self._bar

    def commands(self) -> list[Command]:
        """Start, stop, play, and the pages."""
        return [
            Command("convert.start", _("Convert: start"), self._start, "Ctrl+Return", "start", self._ready),
            Command("convert.stop", _("Convert: stop"), self.stop, "", "stop", lambda: self.desk.busy),
            Command(
                "convert.play", _("Convert: play the model"), self._play, "", "play", lambda: self._made is not None
            ),
            *(
                Command(
                    f"convert.{name}", _("Convert: page “{page}”").format(page=_(word)), partial(self.show_page, name)
                )
                for name, word in PAGES.items()
            ),
        ]

    @Slot(str)
    def show_page(self, name: str) -> None:
        """Shows one of the pages."""
        self._pages.setCurrentIndex(list(PAGES).index(name))
        self._bar.choose(name)
        if name == "published":
            self.errands.start(self.proving.look())

    @Slot()
    def entered(self) -> None:
        """Looks at the runs, at what is published and at what was left."""
        self.errands.start(self._look())

    async def _look(self) -> None:
        await self.context.workbench.training.relist()
        await self._look_for_left()
        await self.proving.look()
        source = self.sources.source()
        if source is not None and not self.desk.busy:
            await self._look_into(source, keep=True)
        self._show()

    @Slot()
    def _change_workspace(self) -> None:
        self._bases = []
        self.entered()

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return self.errands.busy

    def closing(self) -> None:
        """Ends what is under way with the window."""
        self.errands.end()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes a GGUF, which is looked into here, and a model's folder; everything else is the window's."""
        if _dropped(event) is not None:
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        """Looks into the file that was dropped, or adds the folder to what can be converted."""
        path = _dropped(event)
        if path is None:
            event.ignore()
            return
        event.acceptProposedAction()
        if path.suffix.lower() == _GGUF:
            self.look_into_file(path)
        else:
            self.show_page("make")
            self.add_base(path)

    def look_into_file(self, path: Path) -> None:
        """Shows what a GGUF says of itself."""
        self.show_page("inspect")
        self.errands.start(self.proving.inspect(path))

    # Choosing

    def _list(self, rows: list[RunRow]) -> None:
        self._rows = [row for row in rows if row.usable]
        self._list_all()

    def _list_all(self) -> None:
        rows = [*self._rows, *self._bases]
        self._making.setCurrentIndex(1 if rows else 0)
        self.sources.show_rows(rows)

    def add_base(self, path: Path) -> None:
        """Adds a base to what can be converted, and chooses it."""
        if all(row.path != path for row in self._bases):
            self._bases.append(base_row(path))
        self._list_all()
        self.sources.runs.choose(path)

    async def _choose(self, path: Path) -> None:
        states = await asyncio.to_thread(states_of, Run(path))
        if self.sources.runs.chosen() == path:
            self.sources.show_states(states)
            await self._look_into(self.sources.source() or path)

    async def _look_into(self, source: Path, *, keep: bool = False) -> None:
        """Shows what a source would come to, and what was made of it; with `keep` ticks and name stay as they are."""
        if not keep or not self.sources.name.text():
            name = await asyncio.to_thread(name_for, source)
            self.sources.name.setText(name)
        self.make.show_failure(None)
        self.make.show_title(self.sources.name.text())
        await self._weigh(tick=not keep or self._offer is None)
        found = await asyncio.to_thread(result_from, self.context.workspace.models, Run(source))
        if self.sources.source() == source:
            await self.proving.show_result(found)
        self._show()

    async def _weigh(self, *, tick: bool) -> None:
        """Forecasts every quantisation under the wishes as they are; of several asked only the last counts."""
        source, wishes = self.sources.source(), self.make.wishes.wishes()
        if source is None:
            return
        self._looks += 1
        turn = self._looks
        found = await asyncio.to_thread(offer, source, wishes, self.context.workspace.models)
        if turn == self._looks:
            self._offer = found
            self.make.show_offer(found, tick=tick)
            self._show()

    # The job

    @property
    def _made(self) -> Result | None:
        return self.proving.result

    def _ready(self) -> bool:
        ticked = self.make.choices.ticked()
        return not self.desk.busy and self.sources.source() is not None and all(choice.ready for choice in ticked)

    @Slot()
    def _start(self) -> None:
        source, ticked = self.sources.source(), self.make.choices.ticked()
        if not self._ready() or source is None or not ticked:
            return
        name = self.sources.name.text().strip() or name_for(source)
        importance = self.make.wishes.importance.isChecked()
        fields = request_for(source, name, [choice.name for choice in ticked], importance=importance)
        self.errands.start(self.convert(fields))

    async def convert(self, fields: Fields) -> None:
        """Converts, and shows the result; what goes wrong is shown here."""
        self.show_page("make")
        try:
            done = await self.desk.run(fields)
        except Cancelled:
            return
        except LorewrightError as error:
            if self.desk.shown is None:
                self._tell(error)
            return
        finally:
            await self._look_for_left()
        await self.proving.show_result(await asyncio.to_thread(result_of, done))
        self.show_page("result")
        self._show()

    async def go_on(self, left: Left) -> None:
        """Goes on with an interrupted conversion."""
        await self.convert({**left.request, "go_on": True})

    async def clean(self, left: Left) -> None:
        """Removes what an interrupted conversion left."""
        self.context.toast(await asyncio.to_thread(clean_up, left), "success")
        await self._look_for_left()

    async def _look_for_left(self) -> None:
        workspace = self.context.workspace
        self.make.show_left(await asyncio.to_thread(left_in, workspace.models, workspace.runs))

    @Slot()
    def stop(self) -> None:
        """Stops the conversion; nothing half-made stays under a final name."""
        self.errands.start(self.desk.cancel())

    @Slot()
    def _play(self) -> None:
        if self._made is not None:
            self.context.open_path(self._made.path)

    # Packs

    def verify(self, path: Path) -> None:
        """Checks a pack: a zip, its folder, or the `pack.json` in that."""
        self.show_page("published")
        self.errands.start(self.proving.verify(path if path.suffix.lower() == ".zip" or path.is_dir() else path.parent))

    def pack(self, given: str, target: Path) -> None:
        """Makes a game pack of a published name or a file."""
        self.errands.start(self.proving.pack(given, target))

    def _ask_where(self, given: str, name: str) -> None:
        ask_where(self, self.context.workspace.root, name, lambda target: self.pack(given, target))

    def _asks(self, ask: Callable[[QWidget, Path, Take], None], take: Take) -> None:
        ask(self, self.context.workspace.root, take)

    # What is shown

    def show_sample(self, run: Path | None) -> None:
        """Shows a demo's run."""
        if run is not None:
            self.sources.runs.choose(run)

    def _hear(self, event: Fields) -> None:
        """Also of conversions that other tabs asked for: their result is shown here."""
        self._show()
        if event.get("event") == "done":
            self.errands.start(self._look())

    @Slot()
    def _show(self) -> None:
        busy, error = self.desk.busy, self.desk.error
        steps = self.context.workbench.steps
        self.make.show_work(steps.steps(), busy=busy, able=self._ready(), made=self._made is not None)
        for part in (self.sources.runs, self.sources.states, self.sources.name, self.sources.other):
            part.setEnabled(not busy)
        if error is not None or busy:
            self.make.show_failure(None if busy else error)
        self._show_job(self.desk, _("Converting {name}"), steps.share)

    def _show_parity(self) -> None:
        self._show_job(self.context.workbench.parity, _("Measuring the parity of {name}"), None)

    def _show_job(self, desk: Desk, words: str, share: float | None) -> None:
        run = desk.shown
        if run is None or (desk.job is None and all(job.key != str(run.path) for job in self.context.jobs.running)):
            return
        error = desk.error
        ended = JobState.CANCELLED if isinstance(error, Cancelled) else JobState.FAILED if error else JobState.DONE
        state, title = JobState.RUNNING if desk.busy else ended, words.format(name=run_title(run.name)[1])
        self.context.jobs.put(
            Job(
                str(run.path), title, state, share, cancel=lambda: self.errands.start(desk.cancel()),
                detail=str(error or ""), show=lambda: self.context.go_to("convert"),
            )
        )  # fmt: skip

    def _tell(self, error: LorewrightError) -> None:
        self.context.toast(str(error), "error")


def _dropped(event: QDropEvent) -> Path | None:
    """The GGUF or the model's folder among what is dropped."""
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return next((path for path in paths if path.suffix.lower() == _GGUF or is_base(path)), None)
