"""Owns the page of builds: the latest build, and above it what was last asked about it: a comparison, an export."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from studio.dataset.builds import Build
from studio.language import _, plural
from studio.ui.data import reports, shelf
from studio.ui.data.section import Section

if TYPE_CHECKING:
    from studio.ui.data.tab import DataTab
    from studio.ui.data.work import Work


class BuildsPage:
    """The builds of the data set that a tab shows."""

    def __init__(self, tab: "DataTab", work: "Work") -> None:
        self._tab = tab
        self._work = work
        self.built = False
        self._answer: tuple[str, list[Section]] = ("", [])
        """What was asked last, and of which data set."""

    async def show(self) -> None:
        """Shows the latest build of the data set."""
        tab, data = self._tab, self._tab.data
        report = tab.reports["builds"]
        found = None
        if data is not None:
            found = await asyncio.to_thread(shelf.latest_build, tab.context.workspace, data.name)
        if data is not tab.data:
            return  # another is shown by now
        self.built = found is not None
        sections: list[Section] = []
        if found is not None and data is not None:
            of, answer = self._answer
            shown = reports.of_build(found.name, found.manifest, lambda: self._card(found))
            sections = [*(answer if of == data.name else ()), *shown]
        if report.sections != tuple(sections):
            report.show_sections(sections)
        tab.bar.show_ready(described=data is not None and data.description is not None, built=self.built)

    async def show_answer(self, name: str, sections: list[Section]) -> None:
        """Shows what was asked of a data set above its build; nothing where it is empty."""
        self._answer = name, sections
        await self.show()
        if self._tab.data is not None and self._tab.data.name == name:
            self._tab.show_page("builds")

    def _card(self, build: Build) -> None:
        self._tab.errands.start(self._show_card(build))

    async def _show_card(self, build: Build) -> None:
        from studio.ui.data.card_view import CardView

        text = await asyncio.to_thread(build.card)
        self._card_view = CardView(self._tab.context.theme, self._tab.window(), build.name, text)
        self._card_view.open()

    async def build(self, name: str) -> None:
        """Makes a build, and shows what went in."""
        await self._work.run("build", name=name)
        await self.show_answer(name, [])

    async def compare(self, name: str) -> None:
        """Shows what the last build changed against the one before."""
        await self.show_answer(name, reports.of_comparison(await self._work.run("compare", name=name)))

    async def ask_export(self, name: str) -> None:
        """Asks for a format and a place, and writes the latest build there."""
        from studio.ui.data.export_form import ExportForm

        tab = self._tab
        out = await asyncio.to_thread(shelf.free_folder, tab.context.workspace.root / "exports" / name)
        self._form = ExportForm(tab.context.theme, tab.window(), out)
        self._form.answered.connect(lambda form, out: self._work.start(self.export(name, form, out)))
        self._form.open()

    async def export(self, name: str, form: str, out: Path) -> None:
        """Writes the latest build in a format, and says what of it does not fit there."""
        done = await self._work.run("export", name=name, format=form, out=str(out))
        await self.show_answer(name, reports.of_export(done))
        left = done["left_out"]
        if isinstance(left, int) and left:
            words = plural("{count} example has no form there.", "{count} examples have no form there.", left)
            self._tab.context.toast(f"{words} {_('They are listed above the build.')}", "warning")
