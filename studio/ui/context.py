"""Owns what every tab is given: workspace, settings, theme, jobs, status, and ways to speak to the user."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.ui.jobs import JobsModel
from studio.ui.parts import Parts
from studio.ui.problems import Problems
from studio.ui.status import Status
from studio.ui.theme import Theme
from studio.workspace import Settings, Workspace


@dataclass(frozen=True, slots=True)
class Toast:
    """A short message at the window's edge. `kind` is success, info, warning or error; errors stay until closed.

    `action` and `run` are the word and the deed of its one button.
    """

    text: str
    kind: str = "info"
    action: str = ""
    run: Callable[[], object] | None = None


class Context(QObject):
    """What a tab may use of the window. Signals carry wishes to the shell."""

    toasted = Signal(object)
    wanted = Signal(str)
    path_opened = Signal(object)
    drawer_wanted = Signal(str)
    workspace_changed = Signal()

    def __init__(self, workspace: Workspace, settings: Settings, theme: Theme) -> None:
        super().__init__()
        self.workspace = workspace
        self.settings = settings
        self.theme = theme
        self.jobs = JobsModel()
        self.status = Status()
        self.problems = Problems()
        self.parts = Parts()

    def toast(self, text: str, kind: str = "info", action: str = "", run: Callable[[], object] | None = None) -> None:
        """Shows a short message."""
        self.toasted.emit(Toast(text, kind, action, run))

    def go_to(self, tab: str) -> None:
        """Shows the tab with that name, where it is registered."""
        self.wanted.emit(tab)

    def open_path(self, path: Path) -> None:
        """Opens a file in the tab that takes its kind."""
        self.path_opened.emit(path)

    def show_drawer(self, page: str) -> None:
        """Opens the drawer on `problems`, `jobs` or `log`."""
        self.drawer_wanted.emit(page)
