"""Owns the place of a run's curves: which one is shown, its legend, and what stands there while there is none."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from studio.jobs.samples import Moment
from studio.language import _
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12
from studio.ui.train.lines import VIEWS, Line, Picture, machine_picture, picture
from studio.ui.train.plot import LinesPlot, LossPlot
from studio.ui.train.progress import Progress
from studio.ui.widgets import label, segment
from studio.ui.widgets.hover import explain


class CurvesView(QWidget):
    """One of a run's curves. `machine_wanted` asks for what the machine did."""

    machine_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._progress: Progress | None = None
        self._moments: Sequence[Moment] = ()
        self.loss = LossPlot(theme)
        self.others = PicturePlace(theme, _("A curve of the run"))
        self.legend = Legend(theme)
        self.legend.setMinimumHeight(theme.px(18))  # the picture stays where it is while there is nothing to name
        self.words = {view: segment(_(word)) for view, word in VIEWS.items()}
        self._stack = QStackedWidget()
        self._stack.addWidget(self.loss)
        self._stack.addWidget(self.others)
        self._stack.setMinimumHeight(theme.px(150))
        self._lay_out()
        self.words["loss"].setChecked(True)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_8)
        head = QHBoxLayout()
        head.setSpacing(SPACE_4)
        for word in self.words.values():
            explain(word, word.text())
            word.toggled.connect(self._chosen)
            head.addWidget(word)
        head.addStretch(1)
        column.addLayout(head)
        column.addWidget(self.legend)
        column.addWidget(self._stack, 1)

    @property
    def view(self) -> str:
        """Which curve is shown."""
        return next((view for view, word in self.words.items() if word.isChecked()), "loss")

    def choose(self, view: str) -> None:
        """Shows a curve by its name."""
        self.words[view].setChecked(True)

    def show_progress(self, progress: Progress) -> None:
        """Shows a run as it is now."""
        self._progress = progress
        self._redraw()

    def show_moments(self, moments: Sequence[Moment]) -> None:
        """Shows what the machine did."""
        self._moments = moments
        self._redraw()

    @Slot(bool)
    def _chosen(self, chosen: bool) -> None:
        if chosen:
            self._redraw()
            if self.view == "machine":
                self.machine_wanted.emit()

    def _redraw(self) -> None:
        progress, view = self._progress, self.view
        self._stack.setCurrentIndex(0 if view == "loss" else 1)
        if view == "loss" or progress is None:
            self.loss.show_progress(progress)
            self.legend.show_lines(_loss_lines())
            return
        found = machine_picture(self._moments) if view == "machine" else picture(view, progress)
        self.others.show_picture(found)
        self.legend.show_lines(found.lines)


def _loss_lines() -> tuple[Line, ...]:
    return (Line(_("loss in training"), (), "accent"), Line(_("loss on unseen turns"), (), "user"))


class PicturePlace(QStackedWidget):
    """Lines, or a sentence while there are none."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self.plot = LinesPlot(theme, name)
        self._empty = label("", "muted", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.addWidget(self.plot)
        self.addWidget(self._empty)

    def show_picture(self, picture: Picture) -> None:
        """Draws a picture, or says why there is none."""
        self.setCurrentIndex(0 if picture.lines else 1)
        self._empty.setText(picture.empty)
        self.plot.show_lines(
            picture.lines, across=picture.across, up=picture.up, right=picture.right, most=picture.most
        )


class Legend(QWidget):
    """Which line is which: a stroke in its colour and style before each name."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._lines: tuple[Line, ...] = ()
        self._marks: list[tuple[QLabel, QLabel]] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(SPACE_12, 0, 0, 0)
        self._row.setSpacing(SPACE_4)
        self._row.addStretch(1)
        theme.changed.connect(self._redraw)

    @property
    def names(self) -> tuple[str, ...]:
        """What is named."""
        return tuple(line.name for line in self._lines)

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Names these lines."""
        if self._said(lines) != self._said(self._lines):
            self._lines = tuple(lines)
            self._redraw()

    @staticmethod
    def _said(lines: Sequence[Line]) -> list[tuple[str, str, str]]:
        return [(line.name, line.colour, line.style) for line in lines]

    @Slot()
    def _redraw(self) -> None:
        while len(self._marks) < len(self._lines):
            mark, name = QLabel(), label("", "caption")
            for place, part in enumerate((mark, name)):
                self._row.insertWidget(2 * len(self._marks) + place, part)
            self._marks.append((mark, name))
        for number, (mark, name) in enumerate(self._marks):
            line = self._lines[number] if number < len(self._lines) else None
            for part in (mark, name):
                part.setVisible(line is not None)
            if line is not None:
                mark.setText({"solid": "━", "dash": "╍", "dot": "┅"}[line.style])
                mark.setStyleSheet(f"color: {self._theme.colour(line.colour).name()};")
                name.setText(line.name + "   ")
