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
from studio.language import _
from studio.ui.data import shelf
from studio.ui.data.ask import AskName
from studio.ui.data.builds_page import BuildsPage
from studio.ui.data.looks import CHOSEN
from studio.ui.data.work import Work
from studio.ui.play import shelf as models

if TYPE_CHECKING:
    from studio.ui.data.shelf import DataSet, Shown
    from studio.ui.data.tab import DataTab


class Deeds(Work):
    """The deeds of one tab."""

    def __init__(self, tab: "DataTab") -> None:
        super().__init__(tab)
        self.builds = BuildsPage(tab, self)
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
        tab.context.settings.set(CHOSEN, name)
        tab.data = tab.shown = None
        await tab.looks.look()

    # What is done

    def examine(self) -> None:
        """Reads all sources and checks every example."""
        self.start(self._examine())

    async def _examine(self) -> None:
        tab, name = self._tab, self._name
        await self.run("examine", name=name)
        if tab.data is not None and tab.data.name == name:
            await tab.looks.take()

    def build(self) -> None:
        """Writes a build, and shows what went in."""
        self.start(self.builds.build(self._name))

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
        self.start(self.builds.compare(self._name))

    def export(self) -> None:
        """Asks for a format and a place, and writes the latest build there."""
        self._tab.errands.start(self.builds.ask_export(self._name))

    def write(self, wanted: Mapping[str, object]) -> None:
        """Begins a missing scenario from a template, in Write."""
        self._tab.errands.start(self._write(wanted))

    async def _write(self, wanted: Mapping[str, object]) -> None:
        tab = self._tab
        path = await asyncio.to_thread(shelf.begun, tab.context.workspace, wanted)
        tab.context.open_path(path)

    def open_place(self, path: str, line: int) -> None:
        """Opens a scenario in Write at a line; of another file it says the place."""
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
            await self._begin("tavern") if "tavern" not in await self.names() else await tab.looks.look()
        tab.show_page("examples")
        tab.examples.view.sortByColumn(0, Qt.SortOrder.AscendingOrder)  # what is left out, and why, stands first
