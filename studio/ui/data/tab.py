"""Owns the Data tab: sources, examples, balance; hands jobs to the desk and shows what comes back."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.dataset.verdicts import Decision
from studio.errors import LorewrightError
from studio.language import N_
from studio.ui.background import Background
from studio.ui.commands import Command
from studio.ui.context import Context
from studio.ui.data import data_commands, reports, shelf
from studio.ui.data.about import AboutData
from studio.ui.data.deeds import Deeds
from studio.ui.data.drafting import Drafting
from studio.ui.data.examples import Examples
from studio.ui.data.looks import Looks
from studio.ui.data.pages import Pages
from studio.ui.data.rulings import Rulings
from studio.ui.data.sets import Sets
from studio.ui.data.sources_view import SourcesView
from studio.ui.data.toolbar import DataBar
from studio.ui.errands import Errands
from studio.ui.tabs import Tab
from studio.ui.widgets import Sides

if TYPE_CHECKING:
    from studio.dataset.examination import Examination
    from studio.ui.data.shelf import DataSet, Shown


class DataTab(Tab):
    """Makes data sets of sources, and lets a person see, judge and balance what is in them."""

    title = N_("Data")
    icon_name = "data"
    waits_for = ("data",)
    opens = (".jsonl", ".json", ".csv", ".parquet")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        theme = context.theme
        self.desk = context.workbench.data
        self.errands = Errands(self._tell)
        self.background = Background("data")
        self.undo = QUndoStack(self)
        self.sets = Sets(context, self.undo, self.window)
        self.rulings = Rulings(context, self.undo, self.background)
        self.deeds = Deeds(self)
        self.drafting = Drafting(self, self.deeds)
        self.bar = DataBar(theme)
        self.sources = SourcesView(theme)
        self.examples = Examples(context, self.background, self.rulings)
        self.pages = Pages(theme, self.examples, self.deeds, self._lead)
        self.reports = self.pages.reports
        self.about = AboutData(theme)
        self.data: DataSet | None = None
        self.shown: Shown | None = None
        self.looks = Looks(self, self.deeds)
        self._source = ""
        self._parts: list[Callable[[], object]] = []
        self._showing = QTimer(self, interval=0)
        self._showing.timeout.connect(self._show_next)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.sides = Sides(self.context.settings, "data", self.sources, self.pages, self.about)
        self.sides.setSizes([240, 712, 264])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.sides)

    def _connect(self) -> None:
        self.desk.changed.append(self._show_work)
        self.bar.wished.connect(self._wish)
        self.bar.page_chosen.connect(self.show_page)
        self.sources.chosen.connect(self.choose)
        self.sources.made.connect(self.deeds.begin)
        self.sources.added.connect(lambda: self.sets.ask())
        self.sources.weighed.connect(self.sets.weigh)
        self.sources.edited.connect(self._edit)
        self.sources.removed.connect(self.sets.remove)
        self.sources.problems_wanted.connect(self._problems_of)
        self.sets.changed.connect(self.looks.changed)
        self.examples.place_wanted.connect(self.deeds.open_place)
        self.examples.audit_wanted.connect(self.deeds.examine)
        self.about.balance.chosen.connect(self._look_for)
        self.about.missing.draft_wanted.connect(self.drafting.draft)
        self.about.drafts.opened.connect(self.context.open_path)
        self.about.drafts.accepted.connect(self.drafting.accept)
        self.about.drafts.discarded.connect(self.drafting.discard)
        self.about.missing.write_wanted.connect(self.deeds.write)
        self.context.workspace_changed.connect(self._another_workspace)
        self.context.balance_wanted.connect(self._show_lacking)
        self.context.parts.changed.connect(self._part_came)

    # What the shell asks for

    def toolbar(self) -> QWidget:
        """Pages and deeds."""
        return self.bar

    def commands(self) -> list[Command]:
        """What can be done with data."""
        return data_commands.commands(self)

    @Slot()
    def entered(self) -> None:
        """Looks at the workspace's data sets, once the packages for data are there."""
        if self.context.parts.waiting(self.waits_for):
            return
        self.errands.start(self.looks.look())
        self.examples.take_keys()

    def open_path(self, path: Path) -> None:
        """Offers a dropped file as a source."""
        if self.data is None:
            self.errands.start(self.deeds.begin_with(path))
        else:
            self.sets.ask(path=path)

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return (
            self.errands.busy
            or self.desk.working
            or self.background.busy
            or self.looks.waiting
            or self._showing.isActive()
            or not self.pages.drawn
        )

    def closing(self) -> None:
        """Ends what only looks; builds and judgements keep what they finished."""
        self.looks.stop()
        self._showing.stop()
        self.errands.end()
        self.background.close()

    def show_sample(self, run: Path | None) -> None:
        """Makes a data set of the samples, with a file of pairs beside them."""
        self.errands.start(self.deeds.show_sample())

    # Which data set

    @Slot()
    def _part_came(self) -> None:
        if self.data is None and self.isVisible():
            self.entered()

    @Slot()
    def _another_workspace(self) -> None:
        self.data, self.shown = None, None
        self.undo.clear()
        self.entered()

    @Slot(str)
    def choose(self, name: str) -> None:
        """Shows another data set."""
        self.undo.clear()
        self.errands.start(self.looks.load(name))

    @Slot(str)
    def _edit(self, source: str) -> None:
        data = self.data
        for one in data.description.sources if data is not None and data.description is not None else ():
            if one.name == source:
                self.sets.ask({"name": one.name, one.kind: getattr(one, one.kind), **_told(one)})

    # What is shown

    def show_data(self) -> None:
        """Shows what is known: the page at once, what stands on it part by part, so that none holds up the window."""
        described = self.data is not None and self.data.description is not None
        self.show_page("examples" if not described else self.page)
        self.bar.show_ready(described=described, built=self.deeds.builds.built)
        self._parts = [self._show_examples, self._show_sources, self._show_about, self._show_reports, self._show_work]
        self._showing.start()

    @Slot()
    def _show_next(self) -> None:
        if self._parts:
            self._parts.pop(0)()
        else:
            self._showing.stop()

    @property
    def _seen(self) -> "Examination | None":
        return self.shown.examination if self.shown is not None else None

    def _show_sources(self) -> None:
        self.sources.show_sources(shelf.cards(self.data, self._seen) if self.data is not None else [])

    def _show_examples(self) -> None:
        self.examples.show_table(self.data, self.shown)

    def _show_about(self) -> None:
        self.about.show_examination(self._seen)

    def _show_reports(self) -> None:
        seen = self._seen
        self.bar.show_problems(seen.errors if seen is not None else 0)
        self._show_problems()
        self.reports["audit"].show_sections([] if seen is None else reports.of_audit(seen))
        self.errands.start(self.deeds.builds.show())

    def _show_problems(self) -> None:
        seen = self._seen
        self.reports["problems"].show_sections([] if seen is None else reports.left_out(seen, self._source))

    @property
    def page(self) -> str:
        """Which page is shown."""
        return self.pages.name

    @Slot(str)
    def show_page(self, name: str) -> None:
        """Shows the examples or a report."""
        self.bar.choose(name)
        self.pages.show_page(name, self.data)

    @Slot(str)
    def _problems_of(self, source: str) -> None:
        self._source = source
        self._show_problems()
        self.show_page("problems")

    @Slot(str, str)
    def _look_for(self, what: str, value: str) -> None:
        self.show_page("examples")
        self.examples.filters.look_for((what, value))

    @Slot(str, str)
    def _show_lacking(self, what: str, value: str) -> None:
        """Shows the rows that have a value, and beside them the scenario to write that adds it."""
        self._look_for(what, value)
        self.about.show_lacking(what, value)

    @Slot(object)
    def _lead(self, target: object) -> None:
        if isinstance(target, reports.AtRow):
            self.show_page("examples")
            self.examples.open_key(target.key)
        elif isinstance(target, reports.AtPlace):
            self.deeds.open_place(target.path, target.line)
        elif isinstance(target, reports.ForReason):
            self.show_page("examples")
            self.examples.filters.choose("reason", target.code)

    def _show_work(self) -> None:
        desk = self.desk
        self.bar.show_work(desk.words, desk.fraction)
        self.examples.show_work(desk.words)
        self.deeds.show_job()

    @Slot(str)
    def _wish(self, deed: str) -> None:
        if deed in ("left", "right"):
            self.sides.toggle(deed)
        else:
            getattr(self.deeds, {"audit": "examine"}.get(deed, deed))()

    def search(self) -> None:
        """Puts the keys into the search."""
        self.show_page("examples")
        self.examples.filters.search.setFocus()

    def decide(self, decision: Decision) -> None:
        """Says what becomes of the selected examples."""
        self.examples.decide(decision)

    def _tell(self, error: LorewrightError) -> None:
        self.context.toast(str(error), "error")


def _told(source: object) -> Mapping[str, object]:
    return {name: getattr(source, name) for name in ("weight", "licence", "note")}
