"""Owns Play's models: what there is, what each takes, what is added or forgotten, and how one is loaded."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from studio.errors import LorewrightError
from studio.gguf.load_forecast import Room
from studio.inference.load_settings import LoadSettings
from studio.inference.templates import offered
from studio.language import _
from studio.publishing.known_models import (
    Known,
    Source,
    add_address,
    add_model,
    forget_model,
    keep_settings,
    loadable,
    settings_of,
    template_needed,
)
from studio.ui.play import openable, shelf
from studio.ui.play.address_form import AddressForm
from studio.ui.play.model_settings import ModelSettings, Subject
from studio.ui.play.shelf import ModelFile
from studio.ui.play.side import SideView
from studio.workspace import Workspace

if TYPE_CHECKING:
    from studio.ui.play.tab import PlayTab

_COSTS_OF = 40
"""What a model takes is told of so many at most."""


@dataclass(slots=True)
class _Setting:
    """Whose settings are shown."""

    side: SideView
    known: Known


class Models(QObject):
    """The models that can be chosen, for all sides of the table."""

    def __init__(self, tab: "PlayTab") -> None:
        super().__init__(tab)
        self._tab = tab
        self._found: list[ModelFile] = []
        self._dropped: list[ModelFile] = []
        self._costs: dict[str, str] = {}
        self._setting: _Setting | None = None
        self.settings = ModelSettings(tab.context.theme, tab)
        self.settings.wanted.connect(self._load_so)
        self.settings.forget_wanted.connect(self._forget)

    @property
    def all(self) -> list[ModelFile]:
        """Every model that can be chosen."""
        listed = {model.path for model in self._found}
        return [*self._found, *(model for model in self._dropped if model.path not in listed)]

    @property
    def _workspace(self) -> Workspace:
        return self._tab.context.workspace

    async def look(self) -> None:
        """Looks for models."""
        self._found = await asyncio.to_thread(openable.choices, self._workspace, shelf.shipped_models())
        self.offer()

    async def weigh(self) -> None:
        """Finds out what each takes against what is free, and tells it in the lists."""
        self._costs = await asyncio.to_thread(openable.costs, self._workspace, self.all[:_COSTS_OF])
        self.offer()

    def drop(self, model: ModelFile) -> None:
        """Takes a model in that was dropped on the window or comes from elsewhere."""
        self._dropped = [one for one in self._dropped if one.path != model.path] + [model]
        self.offer()

    def offer(self) -> None:
        """Fills the lists."""
        for side in self._tab.sides:
            side.picker.show_models(self.all, self._costs)

    def named(self, path: Path) -> str:
        """What the model at a path is opened by."""
        return next((model.named for model in self.all if model.path == path), str(path))

    def connect_side(self, side: SideView) -> None:
        """Lets a side's list and button reach it."""
        side.picker.show_models(self.all, self._costs)
        side.picker.added.connect(lambda path: self._tab.errands.start(self.add(side, path)))
        side.picker.address_wanted.connect(lambda: self._ask_address(side))
        side.settings.clicked.connect(lambda: self._tab.errands.start(self.show_settings(side)))

    async def add(self, side: SideView, path: Path) -> None:
        """Remembers a file or a folder; a file is loaded at once."""
        await asyncio.to_thread(add_model, self._workspace, path)
        await self.look()
        if path.is_file():
            side.model_wanted.emit(path)
        else:
            self._tab.context.toast(_("The models of {name} stand in the list now.").format(name=path.name), "success")

    def _ask_address(self, side: SideView) -> None:
        form = AddressForm(self._tab.context.theme, self._tab)

        def take(named: str, key: str, context: int) -> None:
            try:
                known = add_address(self._workspace, named, key, context)
            except LorewrightError as error:
                form.refuse(str(error))
                return
            form.accept()
            self._tab.errands.start(self._seat_address(side, known))

        form.answered.connect(take)
        form.finished.connect(form.deleteLater)
        form.open()

    async def _seat_address(self, side: SideView, known: Known) -> None:
        await self.look()
        side.model_wanted.emit(Path(known.id))

    async def show_settings(self, side: SideView) -> None:
        """Shows how a side's model is loaded."""
        path = side.seat.path
        if path is None:
            self._tab.context.toast(_("Choose a model first."), "info")
            return
        subject = await asyncio.to_thread(self._subject, self.named(path))
        if subject is None:
            self._tab.context.toast(_("A checkpoint is loaded as its run is."), "info")
            return
        self._setting = _Setting(side, subject[0])
        self.settings.show_subject(subject[1])
        self.settings.open_by(side.settings)

    def _subject(self, named: str) -> tuple[Known, Subject] | None:
        known = openable.known_of(self._workspace, named)
        if known is None:
            return None
        needed = template_needed(known)
        subject = Subject(
            name=known.name,
            settings=settings_of(self._workspace, known),
            loadable=loadable(known),
            room=Room.here(),
            templates=offered() if needed is not None else (),
            suggested=needed.name if needed is not None else "",
            can_forget=known.source in (Source.ADDED, Source.ADDRESS),
        )
        return known, subject

    def _load_so(self, settings: LoadSettings) -> None:
        """Keeps how a model is loaded, and loads it so."""
        if self._setting is None:
            return
        try:
            keep_settings(self._workspace, self._setting.known, settings)
        except LorewrightError as error:
            self._tab.context.toast(str(error), "error")
            return
        path = self._setting.side.seat.path
        if path is not None:
            self._setting.side.model_wanted.emit(path)

    def _forget(self) -> None:
        if self._setting is None:
            return
        try:
            forget_model(self._workspace, self._setting.known)
        except LorewrightError as error:
            self._tab.context.toast(str(error), "error")
            return
        self._dropped = [one for one in self._dropped if one.named != self._setting.known.id]
        self._tab.errands.start(self.look())
