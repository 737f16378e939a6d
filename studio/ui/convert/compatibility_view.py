"""Owns the view of which programs take a converted model: a program's name, marks, sentences, a command to copy."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout

from studio.language import _
from studio.ui.convert.compatibility import OK, UNKNOWN, WARNING, WRONG, Program
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import label

_MARKS = {
    OK: ("success", "dm"), WARNING: ("warning", "warning"), WRONG: ("error", "error"), UNKNOWN: ("info", "muted"),
}  # fmt: skip


class CompatibilityView(QFrame):
    """The programs; hidden while nothing is known."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.programs: Sequence[Program] = ()
        self._marks: list[tuple[QLabel, str]] = []
        self.setProperty("kind", "card")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(SPACE_8)
        self._grid.setVerticalSpacing(SPACE_4)
        self._grid.setColumnStretch(2, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        column.setSpacing(SPACE_12)
        column.addWidget(label(_("What other programs make of it"), "title"))
        column.addLayout(self._grid)
        theme.changed.connect(self._redraw)
        self.show_programs(())

    def show_programs(self, programs: Sequence[Program]) -> None:
        """Shows these."""
        self.setVisible(bool(programs))
        if tuple(programs) == tuple(self.programs):
            return
        self.programs = programs
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._marks.clear()
        top = Qt.AlignmentFlag.AlignTop
        line = 0
        for program in programs:
            name = label(program.name, "strong")
            name.setMinimumWidth(self._theme.px(90))
            self._grid.addWidget(name, line, 0, top)
            for fact in program.facts:
                mark = QLabel()
                mark.setAccessibleName(fact.state)
                self._marks.append((mark, fact.state))
                self._grid.addWidget(mark, line, 1, top)
                self._grid.addWidget(label(fact.sentence, wrap=True, selectable=True), line, 2)
                line += 1
            if program.command:
                self._grid.addWidget(label(program.command, "caption", wrap=True, selectable=True), line, 2)
                line += 1
        self._redraw()

    @Slot()
    def _redraw(self) -> None:
        edge = self._theme.px(16)
        for mark, state in self._marks:
            name, colour = _MARKS[state]
            mark.setPixmap(self._theme.icon(name, colour).pixmap(edge, edge))
