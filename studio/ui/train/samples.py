"""Owns the choice of the step whose sample replies are shown beside the untrained ones."""

from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8
from studio.ui.train.answers import AnswersView
from studio.ui.train.progress import Progress, answers, sample_steps
from studio.ui.widgets import IconButton, label, row


class SamplesView(QWidget):
    """What it says while it learns: the newest replies, until a person chooses an earlier step."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._progress: Progress | None = None
        self._steps: tuple[int, ...] = ()
        self.answers = AnswersView(theme)
        self.step = QComboBox()
        self.step.setAccessibleName(_("Replies after which step"))
        self.step.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.earlier = IconButton(theme, "back", _("Replies of the step before"))
        self.later = IconButton(theme, "right", _("Replies of the step after"))
        self.earlier.clicked.connect(lambda: self._go(-1))
        self.later.clicked.connect(lambda: self._go(1))
        self.step.currentIndexChanged.connect(self._redraw)
        self._choice = QWidget()
        self._choice.setLayout(row(self.earlier, self.step, self.later, spacing=2))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_8)
        column.addLayout(row(label(_("What it says while it learns"), "title"), None, self._choice))
        column.addWidget(self.answers)

    def show_progress(self, progress: Progress) -> None:
        """Shows a run's replies; who looks at the newest goes on looking at the newest."""
        self._progress = progress
        steps = sample_steps(progress.samples)
        if steps != self._steps:
            self._offer(steps)
        self._redraw()

    def _offer(self, steps: tuple[int, ...]) -> None:
        chosen, newest = self.chosen, not self._steps or self.step.currentIndex() == len(self._steps) - 1
        self._steps = steps
        with QSignalBlocker(self.step):
            self.step.clear()
            for step in steps:
                self.step.addItem(_("after {n} steps").format(n=step), step)
            self.step.setCurrentIndex(len(steps) - 1 if newest or chosen not in steps else steps.index(chosen))

    @property
    def chosen(self) -> int:
        """The step whose replies are shown; 0 while there are none."""
        found = self.step.currentData()
        return found if isinstance(found, int) else 0

    def _go(self, by: int) -> None:
        self.step.setCurrentIndex(max(0, min(self.step.count() - 1, self.step.currentIndex() + by)))

    @Slot()
    def _redraw(self) -> None:
        place = self.step.currentIndex()
        self._choice.setVisible(len(self._steps) > 1)
        self.earlier.setEnabled(place > 0)
        self.later.setEnabled(place < len(self._steps) - 1)
        if self._progress is not None:
            self.answers.show_answers(answers(self._progress.samples, self.chosen or None))
