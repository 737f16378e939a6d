"""Owns what is done for the form while it is filled in: looking at models, forecasting memory, fetching and adding.

Nothing of it is done on the window's thread: looking and reckoning on one of its own, fetching in a process.
"""

import asyncio
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QFileDialog

from studio.errors import Cancelled, LorewrightError
from studio.hub import TOKEN
from studio.jobs.ledger import Holder
from studio.language import _
from studio.secrets import keep_secret
from studio.training.catalogue import CatalogueModel
from studio.training.local_models import add_model
from studio.ui.background import Background
from studio.ui.context import Context
from studio.ui.errands import Errands
from studio.ui.jobs import Job, JobState
from studio.ui.train import bases
from studio.ui.train.bases import BaseChoice, Bases
from studio.ui.train.fetcher import ASKS, Fetch, Fetcher
from studio.ui.train.forecasting import Outlook, outlook
from studio.ui.train.form import TrainForm
from studio.ui.train.licence_form import LicenceForm

_PAUSE_MS = 200
"""How long the fields must rest before the forecast is made anew."""

_AGAIN_MS = 5000
"""How often it is made anew while it is seen: what others hold changes."""


class Preparation(QObject):
    """The form's helper; `look` looks at everything anew."""

    def __init__(self, context: Context, errands: Errands, form: TrainForm) -> None:
        super().__init__()
        self._context, self._errands, self._form = context, errands, form
        self._background = Background("forecast")
        self.fetcher = Fetcher(self._show_fetch)
        self._rest = QTimer(self, interval=_PAUSE_MS, singleShot=True)
        self._rest.timeout.connect(self.reckon)
        self._again = QTimer(self, interval=_AGAIN_MS)
        self._again.timeout.connect(self._reckon_again)
        form.edited.connect(self._rest.start)
        form.source_turned.connect(self.look)
        form.memory.unload_wanted.connect(self._unload_wanted)
        form.bases.card_made.connect(self._show_fetch_on)
        form.bases.fetch_wanted.connect(self._fetch_wanted)
        form.bases.cancel_wanted.connect(self._cancel_wanted)
        form.bases.file_wanted.connect(self._ask_file)
        form.bases.folder_wanted.connect(self._ask_folder)

    @property
    def busy(self) -> bool:
        """Whether anything is still looked at or reckoned."""
        return self._background.busy or self._rest.isActive() or not self._form.bases.whole

    def close(self) -> None:
        """Ends the thread; fetchings end with their errands."""
        self._rest.stop()
        self._again.stop()
        self._background.close()

    # Looking and reckoning

    @Slot()
    def look(self) -> None:
        """Looks at which models there are, for this machine and for what is learnt from."""
        workspace, build = self._context.workspace, self._form.build
        dataset = build.path if build is not None else None
        self._background.ask((self, "look"), lambda: bases.look(workspace, dataset), self._show_bases)
        self._again.start()

    def _show_bases(self, found: object) -> None:
        assert isinstance(found, Bases)
        self._form.bases.show_bases(found)
        for name in self._form.bases.cards:
            self._show_fetch_on(name)

    @Slot()
    def _reckon_again(self) -> None:
        if self._form.isVisible():
            self.reckon()

    @Slot()
    def reckon(self) -> None:
        """Forecasts the memory of what stands in the form; settings that make no sense leave the last one."""
        choice = self._form.bases.choice
        if choice is None:
            return
        base: BaseChoice = choice
        values, scenarios = self._form.values(), self._form.scenarios
        self._background.ask((self, "reckon"), lambda: outlook(base, values, scenarios), self._show_outlook)

    def _show_outlook(self, found: object) -> None:
        if isinstance(found, Outlook):
            self._form.memory.show_outlook(found)

    def _unload_wanted(self, holder: Holder) -> None:
        self._errands.start(self._unload(holder))

    async def _unload(self, holder: Holder) -> None:
        await self._context.workbench.unload(holder)
        self.reckon()

    # Fetching

    @Slot(str)
    def _fetch_wanted(self, name: str) -> None:
        self._errands.start(self.fetch(name))

    @Slot(str)
    def _cancel_wanted(self, name: str) -> None:
        self._errands.start(self.fetcher.cancel(name))

    async def fetch(self, name: str) -> None:
        """Fetches a model; what a person can mend by a licence or a token is asked, what else goes wrong is told."""
        choice = next((one for one in self._form.bases.bases.all if one.name == name), None)
        if choice is None or choice.model is None:
            return
        self._form.bases.choose(name)
        try:
            await self.fetcher.fetch(name)
        except ASKS as error:
            self._put_job(choice, JobState.CANCELLED)
            self._ask_licence(choice.model, error)
        except Cancelled:
            self._put_job(choice, JobState.CANCELLED)
        except LorewrightError as error:
            self._put_job(choice, JobState.FAILED, str(error))
        else:
            self._put_job(choice, JobState.DONE)
            self._context.toast(_("{name} is here and can be trained.").format(name=choice.title), "success")
        self.look()

    @Slot(str)
    def _show_fetch_on(self, name: str) -> None:
        self._form.bases.show_fetch(name, self.fetcher.of(name))

    def _show_fetch(self, name: str) -> None:
        fetch = self.fetcher.of(name)
        self._form.bases.show_fetch(name, fetch)
        choice = next((one for one in self._form.bases.bases.all if one.name == name), None)
        if fetch is not None and fetch.going and choice is not None:
            self._put_job(choice, JobState.RUNNING, fetch=fetch)

    def _put_job(self, choice: BaseChoice, state: JobState, detail: str = "", fetch: Fetch | None = None) -> None:
        share = fetch.done / fetch.of if fetch is not None and fetch.of else None
        title = _("Fetching {name}").format(name=choice.title)
        self._context.jobs.put(
            Job(f"fetch.{choice.name}", title, state, share, None, lambda: self._cancel_wanted(choice.name), detail,
                lambda: self._context.go_to("train"))
        )  # fmt: skip

    def _ask_licence(self, model: CatalogueModel, error: LorewrightError) -> None:
        form = LicenceForm(self._context.theme, self._form.window(), model, error)
        form.answered.connect(lambda token: self._errands.start(self._with_token(model.id, token)))
        form.finished.connect(form.deleteLater)
        form.open()

    async def _with_token(self, name: str, token: str) -> None:
        if token:
            await asyncio.to_thread(keep_secret, TOKEN, token)
        await self.fetch(name)

    # Models of one's own

    @Slot()
    def _ask_file(self) -> None:
        self._ask(QFileDialog.FileMode.ExistingFile, _("Add a GGUF"), _("Models (*.gguf)"))

    @Slot()
    def _ask_folder(self) -> None:
        self._ask(QFileDialog.FileMode.Directory, _("Add a folder with a model"), "")

    def _ask(self, mode: QFileDialog.FileMode, title: str, kinds: str) -> None:
        dialog = QFileDialog(self._form.window(), title, "", kinds)
        dialog.setFileMode(mode)
        dialog.fileSelected.connect(lambda path: self._errands.start(self.add(Path(path))))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    async def add(self, path: Path) -> None:
        """Adds a folder or a GGUF, and chooses it; raises what is wrong with it."""
        model = await asyncio.to_thread(add_model, path)
        self._form.bases.choose(model.name)
        self._context.toast(_("{path} is known as {name} now.").format(path=model.path, name=model.name), "success")
        self.look()
