"""Owns what every tab is given: workspace, settings, theme, jobs, status, and ways to speak to the user."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.errors import LorewrightError
from studio.scenario.beginning import Beginning, Played
from studio.scenario.game import Game
from studio.ui.jobs import JobsModel
from studio.ui.parts import Parts
from studio.ui.problems import Problem, Problems
from studio.ui.status import Status
from studio.ui.theme import Theme
from studio.ui.workbench import Workbench
from studio.workspace import Settings, Workspace, open_or_make


@dataclass(frozen=True, slots=True)
class Toast:
    """A short message at the window's edge. `kind` is success, info, warning or error; errors stay until closed.

    `action` and `run` are the word and the deed of its one button.
    """

    text: str
    kind: str = "info"
    action: str = ""
    run: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models, left and right, the scenario they play and the player's line that both answer."""

    left: Path
    right: Path
    scenario: Path
    line: str = ""


@dataclass(frozen=True, slots=True)
class PlayOn:
    """A text that is to be played on. `keep` takes back what was played, `back` shows the text again."""

    beginning: Beginning
    keep: Callable[[Sequence[Played]], object]
    back: Callable[[], object]


class Context(QObject):
    """What a tab may use of the window. Signals carry wishes to the shell."""

    toasted = Signal(object)
    wanted = Signal(str)
    path_opened = Signal(object)
    drawer_wanted = Signal(str)
    workspace_changed = Signal()
    game_changed = Signal()
    comparison_wanted = Signal(object)
    play_wanted = Signal(object)
    seat_wanted = Signal(object)
    problem_wanted = Signal(object)
    balance_wanted = Signal(str, str)
    storage_wanted = Signal()
    storage_freed = Signal()

    def __init__(self, workspace: Workspace, settings: Settings, theme: Theme) -> None:
        super().__init__()
        self.workspace = workspace
        self.game = Game.of(workspace.root)
        self.settings = settings
        self.theme = theme
        self.jobs = JobsModel()
        self.status = Status()
        self.problems = Problems()
        self.parts = Parts()
        self.workbench = Workbench(lambda: self.workspace)

    def toast(self, text: str, kind: str = "info", action: str = "", run: Callable[[], object] | None = None) -> None:
        """Shows a short message."""
        self.toasted.emit(Toast(text, kind, action, run))

    def go_to(self, tab: str) -> None:
        """Shows the tab with that name, where it is registered."""
        self.wanted.emit(tab)

    def open_path(self, path: Path) -> None:
        """Opens a file in the tab that takes its kind."""
        self.path_opened.emit(path)

    def show_problem(self, problem: Problem) -> None:
        """Opens the file that a problem is in, at its place."""
        self.problem_wanted.emit(problem)

    def show_drawer(self, page: str) -> None:
        """Opens the drawer on `problems`, `jobs` or `log`."""
        self.drawer_wanted.emit(page)

    def compare(self, comparison: Comparison) -> None:
        """Opens Play with two models on the same input."""
        self.comparison_wanted.emit(comparison)
        self.go_to("play")

    def play_on(self, wish: PlayOn) -> None:
        """Opens Play on a text up to a place in it."""
        self.play_wanted.emit(wish)
        self.go_to("play")

    def play_run(self, run: Path) -> None:
        """Opens Play with what a run has learnt, through its adapter."""
        self.seat_wanted.emit(run)
        self.go_to("play")

    def show_balance(self, what: str, value: str) -> None:
        """Opens Data on what is counted under `what` and `value`, such as a skill, and on what is missing of it."""
        self.go_to("data")
        self.balance_wanted.emit(what, value)

    def open_workspace(self, folder: Path) -> None:
        """Opens another workspace, made where the folder is none; what is wrong is told."""
        try:
            self.workspace = open_or_make(folder)
        except LorewrightError as error:
            self.toast(str(error), "error")
            return
        self.settings.set("workspace", str(self.workspace.root))
        self.game = Game.of(self.workspace.root)
        self.workspace_changed.emit()
        self.game_changed.emit()

    def read_game(self) -> None:
        """Reads the workspace's own tools and rules again, and tells where they changed."""
        self.take_game(Game.of(self.workspace.root))

    def take_game(self, game: Game) -> None:
        """Takes the workspace's own tools and rules as they were read, and tells where they changed."""
        if game != self.game:
            self.game = game
            self.game_changed.emit()
