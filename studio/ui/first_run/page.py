"""Owns the first-run page: three lines, one big button, three others, the set-up; then the path as it is gone."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.errors import LorewrightError
from studio.language import N_, _
from studio.ui.commands import Command
from studio.ui.context import Context
from studio.ui.errands import Errands
from studio.ui.first_run.journey import NEEDS, Journey
from studio.ui.first_run.road import RoadView
from studio.ui.first_run.setup_view import SetupView
from studio.ui.phrases import time_left
from studio.ui.tabs import Tab
from studio.ui.theme.icons import window_icon
from studio.ui.theme.tokens import SIZE_TITLE, SPACE_4, SPACE_8, SPACE_12, SPACE_16, SPACE_24
from studio.ui.widgets import label, push_button

_WIDE = 860
_LINES = (
    ("write", N_("Write"), N_("scenes of play, as you would run them at the table.")),
    ("train", N_("Train"), N_("a small language model that narrates like them, on this machine.")),
    ("play", N_("Play"), N_("against your own model, with real dice. Nothing leaves this computer.")),
)


class HomeTab(Tab):
    """The page that a newcomer sees first; later it is reached from Help."""

    title = N_("Home")
    icon_name = "home"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.journey = Journey(lambda: context.workspace, context.workbench)
        self.errands = Errands(self._tell)
        self.road = RoadView(context.theme)
        self.setup = SetupView(context.parts)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._scrolled(self._welcome(), _WIDE))
        self._pages.addWidget(self._scrolled(self.road, 1180))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._pages)
        self._connect()
        self._redraw()
        self._refresh()

    def _scrolled(self, page: QWidget, wide: int) -> QScrollArea:
        """The page in the middle of what there is, no wider than reads well."""
        page.setMaximumWidth(self.context.theme.px(wide))
        inside = QWidget()
        inside.setProperty("kind", "base")
        inside.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        line = QHBoxLayout(inside)
        line.setContentsMargins(SPACE_24, SPACE_24, SPACE_24, SPACE_24)
        line.addStretch(1)
        line.addWidget(page, 1000)
        line.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inside)
        return area

    def _welcome(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_12)
        column.addStretch(2)
        column.addLayout(self._head())
        column.addSpacing(SPACE_8)
        column.addLayout(self._lines())
        column.addSpacing(SPACE_16)
        column.addWidget(self._big_card())
        column.addSpacing(SPACE_4)
        column.addLayout(self._others())
        column.addSpacing(SPACE_8)
        column.addWidget(self.setup)
        column.addStretch(3)
        return page

    def _head(self) -> QHBoxLayout:
        self._mark = QLabel()
        name = label(_("Lorewright"), "display")
        line = QHBoxLayout()
        line.setSpacing(SPACE_12)
        line.addWidget(self._mark)
        line.addWidget(name)
        line.addStretch(1)
        return line

    def _lines(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(SPACE_12)
        self._icons: list[tuple[QLabel, str]] = []
        for icon_name, word, rest in _LINES:
            mark, line = QLabel(), QHBoxLayout()
            self._icons.append((mark, icon_name))
            line.setSpacing(SPACE_12)
            line.addWidget(mark)
            head = label(_(word), "title")
            head.setMinimumWidth(self.context.theme.px(56))
            line.addWidget(head)
            line.addWidget(label(_(rest), "", wrap=True), 1)
            column.addLayout(line)
        return column

    def _big_card(self) -> QWidget:
        card = QFrame()
        card.setProperty("kind", "card")
        self.start = push_button(" " + _("Your first model"), self.begin, "primary")
        self.start.setMinimumHeight(self.context.theme.px(52))
        self.start.setMinimumWidth(self.context.theme.px(230))
        self.start.setIconSize(QSize(self.context.theme.px(20), self.context.theme.px(20)))
        self._takes = label("", "muted", wrap=True)
        line = QHBoxLayout(card)
        line.setContentsMargins(SPACE_24, SPACE_24, SPACE_24, SPACE_24)
        line.setSpacing(SPACE_24)
        line.addWidget(self.start)
        line.addWidget(self._takes, 1)
        return card

    def _others(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(SPACE_12)
        self._other_buttons: list[tuple[QPushButton, str]] = []
        for icon_name, word, run in (
            ("write", _("Write a scenario"), lambda: self.context.go_to("write")),
            ("open-folder", _("Open a workspace"), self._choose_workspace),
            ("play", _("Play with the starter"), lambda: self.context.go_to("play")),
        ):
            button = push_button(f" {word}", run)
            button.setMinimumHeight(self.context.theme.px(40))
            self._other_buttons.append((button, icon_name))
            line.addWidget(button, 1)
        return line

    def _connect(self) -> None:
        self.journey.changed = self._refresh
        self.journey.arrived = self._arrived
        for desk in (self.context.workbench.training, self.context.workbench.conversion):
            desk.changed.append(self._refresh)
        self.context.parts.changed.connect(self._refresh)
        self.context.theme.changed.connect(self._redraw)
        self.road.stop_wanted.connect(lambda: self.errands.start(self.journey.stop()))
        self.road.on_wanted.connect(self.begin)
        self.road.play_wanted.connect(self._play)
        self.road.back_wanted.connect(lambda: self._pages.setCurrentIndex(0))

    def commands(self) -> list[Command]:
        """The whole path."""
        title = _("Your first model: train on the samples and play it")
        return [Command("home.first_model", title, self.begin, "", "start", lambda: self._ready())]

    @Slot()
    def begin(self) -> None:
        """Begins the path, or goes on where it stopped."""
        if self._ready() and not self.journey.going:
            self._pages.setCurrentIndex(1)
            self.errands.start(self.journey.go())

    def _ready(self) -> bool:
        return not self.context.parts.waiting(NEEDS)

    def _arrived(self, _comparison: object) -> None:
        self._play()

    @Slot()
    def _play(self) -> None:
        if self.journey.comparison is not None:
            self.context.compare(self.journey.comparison)

    @Slot()
    def _choose_workspace(self) -> None:
        dialog = QFileDialog(self, _("Open a workspace"), str(self.context.workspace.root.parent))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.context.open_workspace(Path(name)))
        dialog.open()

    @Slot()
    def _refresh(self) -> None:
        waiting = self.context.parts.waiting(NEEDS)
        self.start.setEnabled(not waiting)
        self._takes.setText(takes(tuple(part.seconds_left for part in waiting)))
        training = self.context.workbench.training
        if self.journey.begun:
            self.road.show_journey(self.journey, training.progress if self.journey.at != "samples" else None)

    @Slot()
    def _redraw(self) -> None:
        theme = self.context.theme
        self._mark.setPixmap(window_icon().pixmap(theme.px(40), theme.px(40)))
        for mark, icon_name in self._icons:
            mark.setPixmap(theme.icon(icon_name, "accent").pixmap(theme.px(20), theme.px(20)))
        for button, icon_name in self._other_buttons:
            button.setIcon(theme.icon(icon_name))
        self.start.setIcon(theme.icon("start", "on_accent"))
        self.start.setStyleSheet(f"font-size: {theme.px(SIZE_TITLE)}px;")

    def _tell(self, error: LorewrightError) -> None:
        self.context.toast(str(error), "error")

    def closing(self) -> None:
        """Lets go of the path; the jobs end with their tabs."""
        self.errands.end()


def takes(waiting: tuple[float | None, ...]) -> str:
    """What the path will take, and what it still waits for."""
    told = _(
        "Reads the sample scenarios, trains the starter model on them, converts it, and opens both, trained and"
        " untrained, on the same line. About 10 minutes on two cores, 4 GB of memory, half a GB of disk."
    )
    if not waiting:
        return told
    known = [seconds for seconds in waiting if seconds is not None]
    left = time_left(max(known)) if known else ""
    soon = (
        _("It can begin when the set-up below is done ({left}).")
        if left
        else _("It can begin when the set-up is done.")
    )
    return f"{told} {soon.format(left=left)}"
