"""Owns the view of gates and checks below each other: a mark, a word, and the reasons of those that refuse."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from studio.ui.convert.release import GateRow
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8
from studio.ui.widgets import label

_MARKS = {True: ("success", "dm"), False: ("error", "error"), None: ("clock", "line_strong")}


class GatesView(QWidget):
    """The rows; `running` is the name of the one that is asked now."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.rows: Sequence[GateRow] = ()
        self._marks: list[tuple[QLabel, str, str]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE_8)
        self._grid.setVerticalSpacing(SPACE_4)
        self._grid.setColumnStretch(1, 1)
        theme.changed.connect(self._redraw)

    def show_rows(self, rows: Sequence[GateRow], running: str = "") -> None:
        """Shows these."""
        self.rows = rows
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._marks.clear()
        line = 0
        for one in rows:
            name, colour = ("start", "accent") if one.name == running else _MARKS[one.passed]
            mark = QLabel()
            self._marks.append((mark, name, colour))
            self._grid.addWidget(mark, line, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(label(one.title, "strong" if one.passed is False else ""), line, 1)
            line += 1
            for reason in one.reasons:
                self._grid.addWidget(label(reason, "error", wrap=True, selectable=True), line, 1)
                line += 1
        self._redraw()

    @Slot()
    def _redraw(self) -> None:
        edge = self._theme.px(16)
        for mark, name, colour in self._marks:
            mark.setPixmap(self._theme.icon(name, colour).pixmap(edge, edge))
