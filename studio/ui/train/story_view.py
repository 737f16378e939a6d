"""Owns how what happened to a run is shown: a short list, the newest last."""

import datetime

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from studio.language import _
from studio.training.story import Story, Told
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8
from studio.ui.widgets import label

_COLOURS = {"info": "user", "success": "dm", "warning": "warning", "error": "error"}
_MOST = 12


class StoryView(QWidget):
    """What happened; hidden while nothing did but that it began and ended."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._lines: tuple[Told, ...] = ()
        self._rows: list[tuple[QLabel, QLabel, QLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE_8)
        self._grid.setVerticalSpacing(SPACE_4)
        self._grid.setColumnStretch(2, 1)
        self._grid.addWidget(label(_("What happened"), "title"), 0, 0, 1, 3)
        theme.changed.connect(self._redraw)
        self.hide()

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is told."""
        return tuple(line.text for line in self._lines)

    def show_story(self, story: Story) -> None:
        """Tells a run's story."""
        lines = tuple(story.lines[-_MOST:]) if story.eventful else ()
        if lines != self._lines:
            self._lines = lines
            self._redraw()
        self.setVisible(bool(lines))

    @Slot()
    def _redraw(self) -> None:
        while len(self._rows) < len(self._lines):
            parts = (label("", "caption"), QLabel(), label("", wrap=True, selectable=True))
            for column, part in enumerate(parts):
                self._grid.addWidget(part, len(self._rows) + 1, column, Qt.AlignmentFlag.AlignTop)
            self._rows.append(parts)
        for number, (at, mark, words) in enumerate(self._rows):
            line = self._lines[number] if number < len(self._lines) else None
            for part in (at, mark, words):
                part.setVisible(line is not None)
            if line is not None:
                at.setText(_time(line.at))
                edge = self._theme.px(15)
                mark.setPixmap(self._theme.icon(line.kind, _COLOURS[line.kind]).pixmap(edge, edge))
                words.setText(line.text)


def _time(at: float | None) -> str:
    return "" if at is None else f"{datetime.datetime.fromtimestamp(at).astimezone():%H:%M:%S}"
