"""Owns the middle of the Train tab: headline, figures, curve, the player's lines, and the way on."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from studio.language import _
from studio.training.phases import phase_word
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_12, SPACE_16, SPACE_24
from studio.ui.train.answers import AnswersView
from studio.ui.train.plot import LossPlot
from studio.ui.train.progress import Figure, Progress
from studio.ui.widgets import label, push_button


class FigureRow(QWidget):
    """Numbers with their names, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self._cells: list[tuple[QLabel, QLabel]] = []
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(SPACE_24)
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
        for (name, value), figure in zip(self._cells, figures, strict=True):
            name.setText(figure.name)
            value.setText(figure.value)
            value.setAccessibleName(f"{figure.name}: {figure.value}")


class TrainWork(QScrollArea):
    """The run at hand. `stop_wanted`, `convert_wanted` and `again_wanted` are its ways on."""

    stop_wanted = Signal()
    convert_wanted = Signal()
    again_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self._title = label("", "display")
        self._headline = label("", "muted")
        self.figures = FigureRow()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(_("Progress of the training"))
        self.plot = LossPlot(theme)
        self.plot.setMinimumHeight(theme.px(150))
        self.answers = AnswersView(theme)
        self.stop = push_button(_("Stop"), self.stop_wanted.emit)
        self.on = push_button(_("Convert it"), self.convert_wanted.emit, "primary")
        self.again = push_button(_("Train again"), self.again_wanted.emit)
        self._failure = label("", "error", wrap=True, selectable=True)
        self._lay_out()

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
        for button in (self.stop, self.again, self.on):
            head.addWidget(button)
        for part in (head, self._bar, self._failure, self.figures):
            column.addWidget(part) if isinstance(part, QWidget) else column.addLayout(part)
        column.addWidget(Legend(self._theme))
        column.addWidget(self.plot, 1)
        column.addSpacing(SPACE_4)
        column.addWidget(label(_("What it says while it learns"), "title"))
        column.addWidget(self.answers)
        self.setWidget(inside)

    def show_run(self, title: str, progress: Progress, phase: str | None) -> None:
        """Shows a run as it is now."""
        self._title.setText(title)
        self._headline.setText(progress.headline)
        working = progress.running and progress.share is None
        self._bar.setRange(0, 0 if working else 1000)
        self._bar.setValue(round(1000 * (progress.share or 0)))
        self._bar.setToolTip(phase_word(phase) if progress.running else "")
        self._bar.setVisible(progress.running)
        self.figures.show_figures(progress.figures)
        self.plot.show_progress(progress)
        self.answers.show_answers(progress.answers)
        self._failure.setVisible(progress.failure is not None)
        self._failure.setText(progress.failure or "")
        self.stop.setVisible(progress.running)
        self.on.setVisible(progress.status == "done")
        self.again.setVisible(progress.status in ("failed", "interrupted", "cancelled"))


class Legend(QWidget):
    """Which line of the curve is which."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._marks = [(QLabel("●"), "accent"), (QLabel("●"), "user")]
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE_4)
        for (mark, _token), text in zip(self._marks, (_("loss in training"), _("loss on unseen turns")), strict=True):
            line.addWidget(mark)
            line.addWidget(label(text, "caption"))
            line.addSpacing(SPACE_12)
        line.addStretch(1)
        theme.changed.connect(self._redraw)
        self._redraw()

    @Slot()
    def _redraw(self) -> None:
        for mark, token in self._marks:
            mark.setStyleSheet(f"color: {self._theme.colour(token).name()};")
