"""Owns the Convert tab: its pages and what is dropped on it; hands work to `Choosing`, `Making` and `Proving`."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from studio.errors import LorewrightError
from studio.jobs.protocol import Fields
from studio.language import N_, _
from studio.ui.commands import Command
from studio.ui.context import Context
from studio.ui.convert.asking import Take, ask_for_base, ask_for_gguf, ask_for_pack, ask_where
from studio.ui.convert.choosing import Choosing
from studio.ui.convert.inspect_page import InspectPage
from studio.ui.convert.make_page import MakePage
from studio.ui.convert.making import Making
from studio.ui.convert.proving import Proving
from studio.ui.convert.published_page import PublishedPage
from studio.ui.convert.result_page import ResultPage
from studio.ui.convert.sources_view import SourcesView
from studio.ui.convert.states import is_base
from studio.ui.convert.toolbar import PAGES, ConvertBar
from studio.ui.errands import Errands
from studio.ui.tabs import Tab
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
        self.choosing = Choosing(context, self.sources, self.make, self.proving, self._show)
        self.making = Making(context, self.make, self.choosing, self.proving, self.errands, self.show_page)
        self.setAcceptDrops(True)
        self._lay_out()
        self._connect()
        self._show()

    def _lay_out(self) -> None:
        self._bar = ConvertBar(self.context.theme)
        self._start_page = QStackedWidget()
        self._start_page.addWidget(
            EmptyPlace(
                self.context.theme, "convert", _("Nothing to convert yet"),
                _("A conversion makes one file of a trained run, which games and Play can load. Train first."),
                _("Go to Train"), lambda: self.context.go_to("train"),
            )
        )  # fmt: skip
        self._start_page.addWidget(self.make)
        self._pages = QStackedWidget()
        for page in (self._start_page, self.result, self.published, self.inspect):
            self._pages.addWidget(page)
        self._sides = Sides(self.context.settings, "convert", self.sources, self._pages, None)
        self._sides.setSizes([280, 920])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._sides)

    def _connect(self) -> None:
        start = self.errands.start
        make, result, published, inspect, proving = self.make, self.result, self.published, self.inspect, self.proving
        choosing, making = self.choosing, self.making
        self.desk.changed.append(self._show)
        self.desk.heard.append(self._hear)
        self.context.workbench.parity.changed.append(self.making.show_parity)
        self.context.workbench.training.listed.append(choosing.list_runs)
        self.context.workspace_changed.connect(self._change_workspace)
        self._bar.page_chosen.connect(self.show_page)
        self._bar.fold_wanted.connect(lambda: self._sides.toggle("left"))
        self.sources.run_chosen.connect(lambda path: start(choosing.choose(path)))
        self.sources.state_chosen.connect(lambda path: start(choosing.look_into(path)))
        self.sources.base_wanted.connect(lambda: self._asks(ask_for_base, self.add_base))
        make.wishes.changed.connect(lambda: start(choosing.weigh(tick=True)))
        make.choices.turned.connect(self._show)
        make.start_wanted.connect(making.start)
        make.stop_wanted.connect(making.stop)
        make.play_wanted.connect(self._play)
        make.go_on_wanted.connect(lambda left: start(making.go_on(left)))
        make.clean_wanted.connect(lambda left: start(making.clean(left)))
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
        published.result_wanted.connect(lambda: self.show_page("result"))
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
            Command("convert.start", _("Convert: start"), self.making.start, "Ctrl+Return", "start", self.making.ready),
            Command("convert.stop", _("Convert: stop"), self.stop, "", "stop", lambda: self.desk.busy),
            Command("convert.play", _("Convert: play the model"), self._play, "", "play", lambda: self.made),
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
        await self.making.look_for_left()
        await self.proving.look()
        if not self.desk.busy:
            await self.choosing.look_again()
        self._show()

    @Slot()
    def _change_workspace(self) -> None:
        self.choosing.forget_bases()
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

    # Deeds

    def add_base(self, path: Path) -> None:
        """Adds a base to what can be converted, and chooses it."""
        self.choosing.add_base(path)

    @Slot()
    def stop(self) -> None:
        """Stops the conversion; nothing half-made stays under a final name."""
        self.making.stop()

    @property
    def made(self) -> bool:
        """Whether there is a converted model to show."""
        return self.proving.result is not None

    @Slot()
    def _play(self) -> None:
        if self.proving.result is not None:
            self.context.open_path(self.proving.result.path)

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
        busy, error, steps = self.desk.busy, self.desk.error, self.context.workbench.steps
        self._start_page.setCurrentIndex(1 if self.choosing.rows else 0)
        self.make.show_work(steps.steps(), busy=busy, able=self.making.ready(), made=self.made)
        for part in (self.sources.runs, self.sources.states, self.sources.name, self.sources.other):
            part.setEnabled(not busy)
        if error is not None or busy:
            self.make.show_failure(None if busy else error)
        self.making.show_conversion()

    def _tell(self, error: LorewrightError) -> None:
        self.context.toast(str(error), "error")


def _dropped(event: QDropEvent) -> Path | None:
    """The GGUF or the model's folder among what is dropped."""
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return next((path for path in paths if path.suffix.lower() == _GGUF or is_base(path)), None)
