"""Owns how a missing scenario is drafted by a model, and a person's word on a draft; each word can be taken back."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from studio.language import _
from studio.secrets import keep_secret
from studio.ui.data import shelf
from studio.ui.play import shelf as models
from studio.workspace.bin import Filing

if TYPE_CHECKING:
    from studio.ui.data.deeds import Deeds
    from studio.ui.data.tab import DataTab


class Drafting:
    """The drafts of one tab."""

    def __init__(self, tab: "DataTab", deeds: "Deeds") -> None:
        self._tab = tab
        self._deeds = deeds

    def draft(self, wanted: Mapping[str, object]) -> None:
        """Asks who writes, has a missing scenario drafted, and opens the draft in Write."""
        self._tab.errands.start(self._ask_writer(wanted))

    async def _ask_writer(self, wanted: Mapping[str, object]) -> None:
        from studio.ui.data.writer_form import WriterForm

        tab = self._tab
        found = await asyncio.to_thread(models.models, tab.context.workspace, models.shipped_models())
        wish = str(wanted.get("sentence", ""))
        self.writer_form = WriterForm(tab.context.theme, tab.window(), tab.context.settings, found, wish)
        self.writer_form.answered.connect(lambda writer: self.draft_by(writer, wanted))
        self.writer_form.open()

    def draft_by(self, writer: Mapping[str, object], wanted: Mapping[str, object]) -> None:
        """Has a writer draft a missing scenario: a `model` by its path, or by its name at an `address`.

        A `key` goes into the keyring first, under the name `key_env`, and no further.
        """
        self._deeds.start(self._draft(writer, wanted))

    async def _draft(self, writer: Mapping[str, object], wanted: Mapping[str, object]) -> None:
        tab = self._tab
        told = dict(writer)
        if key := told.pop("key", ""):
            await asyncio.to_thread(keep_secret, str(told["key_env"]), str(key))
        done = await self._deeds.run("draft", wanted=dict(wanted), **told)
        tab.context.toast(_("The draft is marked synthetic. It counts once you accept it under Drafts."), "success")
        await self.show_drafts()
        tab.context.open_path(Path(str(done["path"])))

    def accept(self, path: Path) -> None:
        """Makes a draft a scenario; it can be taken back."""
        self._tab.errands.start(self._accept(path))

    async def _accept(self, path: Path) -> None:
        tab = self._tab
        filing = Filing(lambda _path: None, tab.context.workspace.bin)
        made = await asyncio.to_thread(shelf.accept, tab.context.workspace, path, filing)
        words = _("{name} is a scenario now; the next build learns from it.").format(name=made.scenario.name)

        async def take_back() -> None:
            await asyncio.to_thread(shelf.take_back, tab.context.workspace, made, filing)
            await self.show_drafts()
            self._deeds.examine()

        tab.context.toast(words, "success", _("Undo"), lambda: tab.errands.start(take_back()))
        await self.show_drafts()
        self._deeds.examine()

    def discard(self, path: Path) -> None:
        """Puts a draft into the bin; it can be taken back."""
        self._tab.errands.start(self._discard(path))

    async def _discard(self, path: Path) -> None:
        tab = self._tab
        filing = Filing(lambda _path: None, tab.context.workspace.bin)
        deed = await asyncio.to_thread(filing.delete, path)

        async def take_back() -> None:
            await asyncio.to_thread(filing.undo, deed)
            await self.show_drafts()

        words = _("{name} is in the bin.").format(name=path.name)
        tab.context.toast(words, "info", _("Undo"), lambda: tab.errands.start(take_back()))
        await self.show_drafts()

    async def show_drafts(self) -> None:
        """Shows the drafts that wait."""
        self._tab.about.show_drafts(await asyncio.to_thread(shelf.drafts, self._tab.context.workspace))
