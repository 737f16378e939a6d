"""Owns what a tab is and which tabs there are; knows no tab's inside.

A tab is a folder of `studio.ui` with a class made from `Tab`, listed in `TABS`. Its module is imported when
the window is built, so a tab appears when its function works.
"""

import importlib
from pathlib import Path
from typing import ClassVar

from PySide6.QtWidgets import QWidget

from studio.ui.commands import Command
from studio.ui.context import Context

TABS: dict[str, str] = {
    "write": "studio.ui.write.tab:WriteTab",
    "data": "studio.ui.data.tab:DataTab",
    "train": "studio.ui.train.tab:TrainTab",
    "convert": "studio.ui.convert.tab:ConvertTab",
    "evaluate": "studio.ui.evaluate.tab:EvaluateTab",
    "play": "studio.ui.play.tab:PlayTab",
    "home": "studio.ui.first_run.page:HomeTab",
}
"""The tabs by name, from top to bottom, each with the place of its class."""


class Tab(QWidget):
    """One place of the window.

    `title` is the word under the icon `icon_name` (of `studio.ui.theme.icons`); `waits_for` names the set-up
    parts without which it does not work (the shell shows their progress instead); `opens` the file endings
    that it takes when dropped; `views` are the ways in which it is drawn besides, for pictures.
    """

    title: ClassVar[str] = ""
    icon_name: ClassVar[str] = ""
    waits_for: ClassVar[tuple[str, ...]] = ()
    opens: ClassVar[tuple[str, ...]] = ()
    views: ClassVar[tuple[str, ...]] = ()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context

    def toolbar(self) -> QWidget | None:
        """The tab's own tool bar; the shell lays it over the work."""
        return None

    def commands(self) -> list[Command]:
        """What can be done here; the shortcuts hold while the tab is shown."""
        return []

    def open_path(self, path: Path) -> None:
        """Opens a file of a kind in `opens`."""

    def drop(self, path: Path, *, here: bool) -> bool:
        """Takes what was dropped on the window, or says that it is not the tab's; `here`: while the tab is shown."""
        if not here or path.suffix.lower() not in self.opens:
            return False
        self.open_path(path)
        return True

    def entered(self) -> None:
        """Called each time the tab comes to the front."""

    def unsaved(self) -> tuple[str, ...]:
        """What would be lost if the window closed now, by name."""
        return ()

    def save_all(self) -> bool:
        """Saves what `unsaved` names; False where something could not be saved."""
        return True

    def closing(self) -> None:
        """Lets go of threads and files; called once."""

    @property
    def busy(self) -> bool:
        """Whether something is under way that a picture should wait for."""
        return False

    def show_sample(self, run: Path | None) -> None:
        """Fills the tab with real content for a picture; `run` is the folder of a demo, where there is one."""

    def show_view(self, name: str, run: Path | None) -> None:
        """Shows another of its `views` for a picture."""


def tab_class(name: str) -> type[Tab]:
    """The class of a registered tab."""
    module, _colon, attribute = TABS[name].partition(":")
    found = getattr(importlib.import_module(module), attribute)
    assert isinstance(found, type) and issubclass(found, Tab)
    return found
