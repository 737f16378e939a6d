"""Owns the view of a converted model: its figures, and both models' answers side by side."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.convert.result import Compared, Result
from studio.ui.play.prose import plain_rich
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8, SPACE_12, SPACE_16
from studio.ui.train.work import FigureRow
from studio.ui.widgets import label


class ResultView(QFrame):
    """The result; hidden while there is none."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._result: Result | None = None
        self.setProperty("kind", "card")
        self._name = label("", "title", selectable=True)
        self._figures = FigureRow()
        self._table = QWidget()
        self._grid = QGridLayout(self._table)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE_16)
        self._grid.setVerticalSpacing(SPACE_8)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        inside.setSpacing(SPACE_12)
        for part in (self._name, self._figures, self._table):
            inside.addWidget(part)
        theme.changed.connect(lambda: self.show_result(self._result))
        self.show_result(None)

    def show_result(self, result: Result | None) -> None:
        """Shows a converted model."""
        self._result = result
        self.setVisible(result is not None)
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        if result is None:
            return
        self._name.setText(result.path.name)
        self._name.setToolTip(str(result.path))
        self._figures.show_figures(result.figures)
        self._table.setVisible(bool(result.rows))
        for column, text in enumerate((_("Prompt"), _("Unconverted"), _("Converted"))):
            self._grid.addWidget(label(text, "caption"), 0, column)
            self._grid.setColumnStretch(column, (3, 4, 4)[column])
        for number, row in enumerate(result.rows, start=1):
            self._fill(number, row)

    def _fill(self, number: int, row: Compared) -> None:
        style = f"color: {self._theme.colours.toolcall}; font-weight: 600"
        for column, (text, kind) in enumerate(((row.prompt, "muted"), (row.before, "muted"), (row.after, ""))):
            cell = QLabel(plain_rich(text, style))
            cell.setTextFormat(Qt.TextFormat.RichText)
            cell.setWordWrap(True)
            cell.setProperty("kind", kind)
            cell.setAlignment(Qt.AlignmentFlag.AlignTop)
            cell.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(cell, number, column)
