"""Owns the middle of the Train tab: headline, figures, curves, what happened, the player's lines, and the way on."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from studio.language import _
from studio.training.phases import phase_word
from studio.training.story import Story
from studio.training.way_on import WayOn
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_12, SPACE_16, SPACE_24
from studio.ui.train.curves import CurvesView
from studio.ui.train.progress import Figure, Progress
from studio.ui.train.samples import SamplesView
from studio.ui.train.story_view import StoryView
from studio.ui.widgets import label, push_button
from studio.ui.widgets.hover import explain

_ENDED_EARLY = ("failed", "interrupted", "cancelled", "paused")


class FigureRow(QWidget):
    """Numbers with their names, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self._cells: list[tuple[QLabel, QLabel]] = []
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(SPACE_16)
        self._line.addStretch(1)

    def show_figures(self, figures: tuple[Figure, ...]) -> None:
        """Shows these numbers."""
        while len(self._cells) < len(figures):
            name, value = label("", "caption"), label("", "figure")
            cell = QVBoxLayout()
            cell.setSpacing(0)
            cell.addWidget(name)
            cell.addWidget(value)
            self._line.insertLayout(self._line.count() - 1, cell)
            self._cells.append((name, value))
        for number, (name, value) in enumerate(self._cells):
            figure = figures[number] if number < len(figures) else Figure("", "")
            name.setText(figure.name)
            value.setText(figure.value)
            value.setAccessibleName(f"{figure.name}: {figure.value}")
            explain(name, figure.name)


class TrainWork(QScrollArea):
    """The run at hand. `pause_wanted`, `stop_wanted`, `on_wanted` (go on with it), `play_wanted`, `convert_wanted` and
    `again_wanted` are its ways on."""

    pause_wanted = Signal()
    stop_wanted = Signal()
    on_wanted = Signal()
    play_wanted = Signal()
    convert_wanted = Signal()
    again_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._title = label("", "display")
        self._headline = label("", "muted")
        self.figures = FigureRow()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(_("Progress of the training"))
        self.curves = CurvesView(theme)
        self.samples = SamplesView(theme)
        self.story = StoryView(theme)
        self.pause = push_button(_("Pause"), self.pause_wanted.emit)
        self.stop = push_button(_("Stop"), self.stop_wanted.emit)
        self.play = push_button(_("Play now"), self.play_wanted.emit, "primary")
        self.play.setToolTip(_("What was learnt is put on the base as it is; nothing is converted."))
        self.on = push_button(_("Convert it"), self.convert_wanted.emit)
        self.go_on = push_button(_("Go on"), self.on_wanted.emit, "primary")
        self.again = push_button(_("Train again"), self.again_wanted.emit)
        self._failure = label("", "error", wrap=True, selectable=True)
        self._outlook = label("", "muted", wrap=True)
        self._lay_out()

    @property
    def answers(self) -> QWidget:
        """The player's lines."""
        return self.samples.answers

    @property
    def outlook(self) -> str:
        """What is said of how the run can go on."""
        return self._outlook.text() if not self._outlook.isHidden() else ""

    def _lay_out(self) -> None:
        inside = QWidget()
        inside.setProperty("kind", "scrolled")
        column = QVBoxLayout(inside)
        column.setContentsMargins(SPACE_24, SPACE_16, SPACE_24, SPACE_16)
        column.setSpacing(SPACE_12)
        head = QHBoxLayout()
        head.setSpacing(SPACE_12)
        head.addWidget(self._title)
        head.addWidget(self._headline)
        head.addStretch(1)
        for button in (self.pause, self.stop, self.again, self.go_on, self.on, self.play):
            head.addWidget(button)
        column.addLayout(head)
        for part in (self._bar, self._failure, self._outlook, self.figures):
            column.addWidget(part)
        column.addWidget(self.curves, 1)
        column.addWidget(self.story)
        column.addSpacing(SPACE_4)
        column.addWidget(self.samples)
        self.setWidget(inside)

    def show_run(
        self, title: str, progress: Progress, phase: str | None, story: Story, outlook: WayOn | None = None
    ) -> None:
        """Shows a run as it is now, with what happened to it and how it can go on where it ended early."""
        self._title.setText(title)
        took = progress.figures[-1].value  # the figures are so many that the time stands beside the headline
        self._headline.setText(f"{progress.headline} · {took}")
        working = progress.running and progress.share is None
        self._bar.setRange(0, 0 if working else 1000)
        self._bar.setValue(round(1000 * (progress.share or 0)))
        self._bar.setToolTip(phase_word(phase) if progress.running else "")
        self._bar.setVisible(progress.running)
        self.figures.show_figures((*progress.figures[:-1], *progress.more))
        self.curves.show_progress(progress)
        self.story.show_story(story)
        self.samples.show_progress(progress)
        self._failure.setVisible(progress.failure is not None)
        self._failure.setText(progress.failure or "")
        self._show_ways(progress, outlook)

    def _show_ways(self, progress: Progress, outlook: WayOn | None) -> None:
        early = progress.status in _ENDED_EARLY
        self._outlook.setVisible(early and outlook is not None)
        self._outlook.setText(outlook.sentence if outlook is not None else "")
        self.pause.setVisible(progress.running)
        self.pause.setEnabled(progress.share is not None)
        self.pause.setToolTip("" if progress.share is not None else _("There is no step to go on from yet."))
        self.stop.setVisible(progress.running)
        for button in (self.play, self.on):
            button.setVisible(progress.status == "done")
        self.go_on.setVisible(early and outlook is not None and outlook.step is not None)
        self.again.setVisible(early)
