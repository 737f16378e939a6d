"""Owns what can be done with a data set: begin, examine, judge, build, compare, export, draft, write.

Each is a job of the desk or a question on another thread; what comes back is given to the tab.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from studio.dataset import builds
from studio.dataset.beginning import begin
from studio.dataset.description_edits import with_nested
from studio.errors import Cancelled, LorewrightError
from studio.jobs.protocol import Fields
from studio.language import _
from studio.ui.data import reports, shelf
from studio.ui.data.ask import AskName
from studio.ui.data.section import Section
from studio.ui.jobs import Job, JobState
from studio.ui.play import shelf as models

if TYPE_CHECKING:
    from studio.ui.data.shelf import DataSet, Shown
    from studio.ui.data.tab import DataTab

_TITLES = {
    "examine": lambda name: _("Reading {name}").format(name=name),
    "judge": lambda name: _("Judging {name}").format(name=name),
    "build": lambda name: _("Building {name}").format(name=name),
    "compare": lambda name: _("Comparing {name}").format(name=name),
    "draft": lambda name: _("Drafting for {name}").format(name=name),
    "export": lambda name: _("Exporting {name}").format(name=name),
}


class Deeds:
    """The deeds of one tab."""

    def __init__(self, tab: "DataTab") -> None:
        self._tab = tab
        self._job = ""
        self._title = ""
        self._show = "examples"
        self.built = False
        self._comparison: list[Section] = []
        self.asked: AskName | None = None

    # What is fetched

    async def names(self) -> list[str]:
        """The data sets of the workspace."""
        return list(await asyncio.to_thread(builds.names, self._tab.context.workspace))

    async def read(self, name: str) -> "DataSet":
        """One data set."""
        return await asyncio.to_thread(shelf.data_set, self._tab.context.workspace, name)

    async def shown(self, name: str) -> "Shown | None":
        """What was found out about it last."""
        return await asyncio.to_thread(shelf.shown, self._tab.context.workspace, name)

    async def outdated(self, data: "DataSet", shown: "Shown") -> bool:
        """Whether something was changed since it was looked at."""
        return await asyncio.to_thread(shelf.outdated, self._tab.context.workspace, data, shown.examination)

    async def show_build(self) -> None:
        """Shows the latest build of the data set."""
        tab, report = self._tab, self._tab.reports["builds"]
        sections: list[Section] = []
        if tab.data is not None:
            found = await asyncio.to_thread(shelf.latest_build, tab.context.workspace, tab.data.name)
            self.built = found is not None
            if found is not None:
                sections = [*self._comparison, *reports.of_build(found.name, found.manifest, lambda: self._card(found))]
        if report.sections != tuple(sections):
            report.show_sections(sections)
        described = tab.data is not None and tab.data.description is not None
        tab.bar.show_ready(described=described, built=self.built)

    def _card(self, build: builds.Build) -> None:
        tab = self._tab
        tab.errands.start(self._show_card(build))

    async def _show_card(self, build: builds.Build) -> None:
        from studio.ui.data.card_view import CardView

        text = await asyncio.to_thread(build.card)
        self._card_view = CardView(self._tab.context.theme, self._tab.window(), build.name, text)
        self._card_view.open()

    # What is begun

    def begin(self) -> None:
        """Asks for a name and begins a data set with what the workspace has."""
        tab = self._tab
        self.asked = AskName(tab.context.theme, tab.window(), _("New data set"), _("tavern"))
        self.asked.answered.connect(lambda name: tab.errands.start(self._begin(name)))
        self.asked.open()

    async def _begin(self, name: str) -> None:
        path = await asyncio.to_thread(begin, self._tab.context.workspace, name)
        await self._tab_shows(path.stem)

    async def begin_with(self, path: Path) -> None:
        """Begins a data set because a file was dropped, and offers the file as its source."""
        await self._begin(path.stem)
        self._tab.sets.ask(path=path)

    async def _tab_shows(self, name: str) -> None:
        tab = self._tab
        tab.context.settings.set("data.set", name)
        tab.data = tab.shown = None
        await tab.look()

    # What is done

    def examine(self) -> None:
        """Reads all sources and checks every example."""
        self.start(self._examine())

    async def _examine(self) -> None:
        tab, name = self._tab, self._name
        await self.run("examine", name=name)
        if tab.data is not None and tab.data.name == name:
            await tab.take()

    def build(self) -> None:
        """Writes a build, and shows what went in."""
        self.start(self._build())

    async def _build(self) -> None:
        tab = self._tab
        self._comparison = []
        await self.run("build", name=self._name)
        await self.show_build()
        tab.show_page("builds")

    def judge(self) -> None:
        """Asks for a model and has it judge every example; what it judged before is not judged again."""
        self._tab.errands.start(self._ask_judge())

    async def _ask_judge(self) -> None:
        from studio.ui.data.judge_form import JudgeForm

        tab = self._tab
        workspace = tab.context.workspace
        found = await asyncio.to_thread(models.models, workspace, models.shipped_models())
        self.judge_form = JudgeForm(tab.context.theme, tab.window(), found, workspace.models)
        self.judge_form.answered.connect(self.judge_with)
        self.judge_form.open()

    def judge_with(self, model: Path) -> None:
        """Has a model judge every example, and counts what it says from now on."""
        tab = self._tab
        if tab.desk.working:
            self._busy()
            return
        place = shelf.named(tab.context.workspace.root, model)
        title = _("Judge by {model}").format(model=model.name)
        trouble = tab.sets.change(
            title, lambda text, path: with_nested(text, path, ("audit", "judge", "model"), place), reread=False
        )
        if trouble:
            tab.context.toast(trouble, "error")
            return
        self.start(self._judge())

    async def _judge(self) -> None:
        await self.run("judge", name=self._name)
        await self._examine()
        self._tab.show_page("audit")

    def compare(self) -> None:
        """Shows what the last build changed against the one before."""
        self.start(self._compare())

    async def _compare(self) -> None:
        done = await self.run("compare", name=self._name)
        self._comparison = reports.of_comparison(done)
        await self.show_build()
        self._tab.show_page("builds")

    def export(self) -> None:
        """Asks for a format and a place, and writes the latest build there."""
        from studio.ui.data.export_form import ExportForm

        tab = self._tab
        self._form = ExportForm(tab.context.theme, tab.window(), tab.context.workspace.root / "exports" / self._name)
        self._form.answered.connect(lambda form, out: self.start(self._export(form, out)))
        self._form.open()

    async def _export(self, form: str, out: Path) -> None:
        await self.run("export", name=self._name, format=form, out=str(out))

    def write(self, wanted: Mapping[str, object]) -> None:
        """Begins a missing scenario from a template, in Write."""
        self._tab.errands.start(self._write(wanted))

    async def _write(self, wanted: Mapping[str, object]) -> None:
        tab = self._tab
        path = await asyncio.to_thread(shelf.begun, tab.context.workspace, wanted)
        tab.context.open_path(path)

    def stop(self) -> None:
        """Stops the job; what it finished is kept."""
        self._tab.errands.start(self._tab.desk.cancel())

    # How it goes

    @property
    def _name(self) -> str:
        return self._tab.data.name if self._tab.data is not None else ""

    def _busy(self) -> None:
        self._tab.context.toast(_("One thing at a time: {words} is under way.").format(words=self._tab.desk.words))

    def start(self, work) -> None:  # type: ignore[no-untyped-def]  # a coroutine of any result
        if self._tab.desk.working:
            work.close()
            self._busy()
            return
        self._tab.errands.start(work)

    async def run(self, do: str, **fields: object) -> Fields:
        """A job in the drawer from its beginning to its end; raises what went wrong, once that is told."""
        tab = self._tab
        self._job, self._title = f"data.{do}.{self._name}", _TITLES[do](self._name)
        if "out" in fields:
            self._title = _("Exporting {name} to {out}").format(name=self._name, out=fields["out"])
        self._show = {"build": "builds", "compare": "builds", "judge": "audit"}.get(do, "examples")
        try:
            done = await tab.desk.run(do, **fields)
        except Cancelled:
            self._end(JobState.CANCELLED)
            raise
        except LorewrightError as error:
            self._end(JobState.FAILED, str(error))
            raise Cancelled from error  # it was told with the job
        self._end(JobState.DONE)
        return done

    def _end(self, state: JobState, detail: str = "") -> None:
        job, self._job = self._job, ""
        known = any(one.key == job for one in self._tab.context.jobs.running)
        if known or state is JobState.FAILED:
            self._put(job, state, detail)

    def show_job(self) -> None:
        """Shows in the drawer how the job stands; of what only looks the tool bar tells."""
        desk = self._tab.desk
        if self._job and desk.busy:
            self._put(self._job, JobState.RUNNING, desk.words)

    def _put(self, key: str, state: JobState, detail: str) -> None:
        tab, page = self._tab, self._show

        def show() -> None:
            tab.context.go_to("data")
            tab.show_page(page)

        fraction, left = (tab.desk.fraction, tab.desk.seconds_left) if state is JobState.RUNNING else (None, None)
        tab.context.jobs.put(Job(key, self._title, state, fraction, left, self.stop, detail, show))

    def open_place(self, path: str, line: int) -> None:
        """Opens a scenario in Write at a line; another file's record is shown in the table."""
        tab = self._tab
        place = Path(path) if Path(path).is_absolute() else tab.context.workspace.root / path
        if place.suffix == ".md":
            tab.errands.start(self._open_line(place, line))
        else:
            words = _("{path}, line {line}. It is a file of data; open it in a text editor.")
            tab.context.toast(words.format(path=path, line=line))

    async def _open_line(self, place: Path, line: int) -> None:
        self._tab.context.show_problem(await asyncio.to_thread(shelf.at_line, place, line))

    async def show_sample(self) -> None:
        """Makes a data set of the workspace and looks at it, so that a picture has something to show."""
        tab = self._tab
        if tab.data is None:
            await self._begin("tavern") if "tavern" not in await self.names() else await tab.look()
        tab.show_page("examples")
        tab.examples.view.sortByColumn(0, Qt.SortOrder.AscendingOrder)  # what is left out, and why, stands first
