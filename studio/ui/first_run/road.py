"""Owns the view of the path as it is gone: the stages, the player's lines, the small curve."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.first_run.journey import Journey, Stage
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12, SPACE_16, SPACE_24
from studio.ui.train.answers import AnswersView
from studio.ui.train.plot import LossPlot
from studio.ui.train.progress import Progress
from studio.ui.train.work import FigureRow
from studio.ui.widgets import IconButton, label, push_button

_MARKS = {
    "done": ("success", "dm"), "running": ("start", "accent"), "waiting": ("clock", "line_strong"),
    "failed": ("warning", "warning"),
}  # fmt: skip


class StageView(QFrame):
    """One stage as a small card."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._stage: Stage | None = None
        self.setProperty("kind", "card")
        self._mark = QLabel()
        self._title = label("", "strong")
        self._detail = label("", "caption")
        head = QHBoxLayout()
        head.setSpacing(SPACE_8)
        head.addWidget(self._mark)
        head.addWidget(self._title, 1)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(SPACE_12, SPACE_12, SPACE_12, SPACE_12)
        inside.setSpacing(SPACE_4)
        inside.addLayout(head)
        inside.addWidget(self._detail)
        theme.changed.connect(self._redraw)

    def show_stage(self, stage: Stage) -> None:
        """Shows how a stage stands."""
        self._stage = stage
        self._redraw()

    @Slot()
    def _redraw(self) -> None:
        stage = self._stage
        if stage is None:
            return
        name, colour = _MARKS[stage.status]
        edge = self._theme.px(16)
        self._mark.setPixmap(self._theme.icon(name, colour).pixmap(edge, edge))
        self._title.setText(stage.title)
        self._title.setEnabled(stage.status != "waiting")
        self._detail.setText(stage.detail or " ")
        self.setAccessibleName(f"{stage.title}: {stage.status} {stage.detail}")


class RoadView(QWidget):
    """Stages above, the player's lines in the middle, the curve small beside the figures."""

    stop_wanted = Signal()
    on_wanted = Signal()
    play_wanted = Signal()
    back_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._stages: list[StageView] = []
        self._line = QHBoxLayout()
        self._line.setSpacing(SPACE_12)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(_("Progress of your first model"))
        self._failure = label("", "warning", wrap=True, selectable=True)
        self.answers = AnswersView(theme)
        self.plot = LossPlot(theme, small=True)
        self.plot.setFixedHeight(theme.px(140))
        self.figures = FigureRow()
        self.stop = push_button(_("Stop"), self.stop_wanted.emit)
        self.on = push_button(_("Go on"), self.on_wanted.emit, "primary")
        self.play = push_button(_("Play both"), self.play_wanted.emit, "primary")
        self._lay_out()

    def _lay_out(self) -> None:
        back = IconButton(self._theme, "home", _("Back to the start page"))
        back.clicked.connect(self.back_wanted)
        head = QHBoxLayout()
        head.setSpacing(SPACE_8)
        head.addWidget(back)
        head.addWidget(label(_("Your first model"), "display"))
        head.addStretch(1)
        for button in (self.stop, self.on, self.play):
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_16)
        column.addStretch(1)
        column.addLayout(head)
        column.addLayout(self._line)
        column.addWidget(self._bar)
        column.addWidget(self._failure)
        column.addSpacing(SPACE_4)
        column.addWidget(label(_("The same three lines, answered as it learns"), "title"))
        column.addWidget(self.answers)
        column.addWidget(self._small_picture())
        column.addStretch(3)

    def _small_picture(self) -> QWidget:
        card = QFrame()
        card.setProperty("kind", "card")
        inside = QHBoxLayout(card)
        inside.setContentsMargins(SPACE_16, SPACE_12, SPACE_16, SPACE_12)
        inside.setSpacing(SPACE_24)
        words = QVBoxLayout()
        words.setSpacing(SPACE_8)
        words.addWidget(label(_("How far off it is (the loss), step by step"), "caption"))
        words.addWidget(self.figures)
        words.addStretch(1)
        inside.addLayout(words, 2)
        inside.addWidget(self.plot, 3, Qt.AlignmentFlag.AlignVCenter)
        return card

    def show_journey(self, journey: Journey, progress: Progress | None) -> None:
        """Shows the path as it stands, with the training's figures."""
        stages = journey.stages()
        while len(self._stages) < len(stages):
            view = StageView(self._theme)
            self._stages.append(view)
            self._line.addWidget(view, 1)
        for view, stage in zip(self._stages, stages, strict=True):
            view.show_stage(stage)
        share = journey.share
        self._bar.setVisible(journey.going)
        self._bar.setRange(0, 0 if share is None else 1000)
        self._bar.setValue(round(1000 * (share or 0)))
        self._failure.setText(str(journey.failure or ""))
        self._failure.setVisible(journey.failure is not None)
        self.stop.setVisible(journey.going)
        self.on.setVisible(journey.failure is not None)
        self.play.setVisible(journey.ended)
        self.answers.show_answers(progress.answers if progress else ())
        self.plot.show_progress(progress)
        if progress is not None:
            self.figures.show_figures(progress.figures)
