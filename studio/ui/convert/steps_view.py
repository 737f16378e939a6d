"""Owns the view of a conversion's steps: a mark and a word each, a bar for the one under way."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from studio.ui.convert.steps import Step
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8, SPACE_12
from studio.ui.widgets import label

_MARKS = {
    "done": ("success", "dm"), "running": ("start", "accent"), "waiting": ("clock", "line_strong"),
    "failed": ("error", "error"),
}  # fmt: skip


class StepsView(QWidget):
    """The steps below each other."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._steps: list[Step] = []
        self._rows: list[tuple[QLabel, QLabel, QProgressBar]] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE_12)
        theme.changed.connect(self._redraw)

    def show_steps(self, steps: list[Step]) -> None:
        """Shows these steps."""
        self._steps = steps
        while len(self._rows) < len(steps):
            self._rows.append(self._row())
        self._redraw()

    def _row(self) -> tuple[QLabel, QLabel, QProgressBar]:
        mark, title, bar = QLabel(), label(""), QProgressBar()
        bar.setTextVisible(False)
        bar.setFixedWidth(self._theme.px(180))
        line = QHBoxLayout()
        line.setSpacing(SPACE_8)
        line.addWidget(mark)
        line.addWidget(title)
        line.addStretch(1)
        line.addWidget(bar)
        self._column.addLayout(line)
        return mark, title, bar

    @Slot()
    def _redraw(self) -> None:
        edge = self._theme.px(16)
        for (mark, title, bar), step in zip(self._rows, self._steps, strict=False):
            name, colour = _MARKS[step.status]
            mark.setPixmap(self._theme.icon(name, colour).pixmap(edge, edge))
            title.setText(step.title)
            title.setEnabled(step.status != "waiting")
            bar.setVisible(step.status == "running")
            bar.setAccessibleName(step.title)
            bar.setRange(0, 0 if step.share is None else 1000)
            bar.setValue(round(1000 * (step.share or 0)))
