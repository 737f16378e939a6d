"""Owns what stands below a training: runs, checkpoints, queue, of which one is shown at a time."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12
from studio.ui.train.checkpoints_view import CheckpointsView
from studio.ui.train.queue_view import QueueView
from studio.ui.train.runs_view import RunsView
from studio.ui.widgets import push_button, rule, segment
from studio.ui.widgets.hover import explain


class Below(QWidget):
    """The pages; `shown` tells which one came to the front, `storage_wanted` asks for what takes room on disk."""

    shown = Signal(str)
    storage_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.runs = RunsView(theme)
        self.checkpoints = CheckpointsView(theme)
        self.queue = QueueView(theme)
        self.storage = push_button(_("Room on disk…"), self.storage_wanted.emit)
        self.words: dict[str, QToolButton] = {}
        self._pages = QStackedWidget()
        self._deeds: dict[str, QWidget] = {}
        self._line = QHBoxLayout()
        self._line.setContentsMargins(SPACE_12, SPACE_4, SPACE_12, SPACE_4)
        self._line.setSpacing(SPACE_4)
        self._line.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._line)
        column.addWidget(rule())
        column.addWidget(self._pages, 1)
        runs = QWidget()
        line = QHBoxLayout(runs)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE_8)
        line.addWidget(self.storage)
        self.add("runs", _("Runs"), self.runs, runs)
        self.add("checkpoints", _("Checkpoints"), self.checkpoints, self.checkpoints.deeds)
        self.add("queue", _("Queue"), self.queue, self.queue.deeds)
        self.words["runs"].setChecked(True)

    def add(self, name: str, title: str, page: QWidget, deeds: QWidget) -> None:
        """Adds a page with what can be done on it."""
        word = segment(title)
        explain(word, title)
        self._line.insertWidget(len(self.words), word)
        self._line.addWidget(deeds)
        self._pages.addWidget(page)
        self.words[name], self._deeds[name] = word, deeds
        deeds.hide()
        word.toggled.connect(self._turn)

    @property
    def page(self) -> str:
        """Which page is shown."""
        return next((name for name, word in self.words.items() if word.isChecked()), "runs")

    def turn_to(self, name: str) -> None:
        """Shows a page."""
        self.words[name].setChecked(True)

    @Slot(bool)
    def _turn(self, chosen: bool) -> None:
        if not chosen:
            return
        page = self.page
        self._pages.setCurrentIndex(list(self.words).index(page))
        for name, deeds in self._deeds.items():
            deeds.setVisible(name == page)
        self.shown.emit(page)
