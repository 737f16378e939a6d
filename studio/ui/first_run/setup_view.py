"""Owns the view of what set-up still brings: a line and a bar a part."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.parts import Part, Parts
from studio.ui.phrases import percent, time_left
from studio.ui.theme.tokens import SPACE_8, SPACE_12
from studio.ui.widgets import label


class SetupView(QWidget):
    """The missing parts; nothing once all is there."""

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self._parts = parts
        self._rows: list[_Row] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE_8)
        self._column.addWidget(label(_("Still being installed"), "caption"))
        parts.changed.connect(self._refresh)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        missing = self._parts.missing
        self.setVisible(bool(missing))
        while len(self._rows) < len(missing):
            row = _Row()
            self._rows.append(row)
            self._column.addWidget(row)
        for number, row in enumerate(self._rows):
            row.setVisible(number < len(missing))
            if number < len(missing):
                row.show_part(missing[number])


class _Row(QWidget):
    """One part: its name, how far it is, and how long it takes."""

    def __init__(self) -> None:
        super().__init__()
        self._title, self._bar, self._figures = label(""), QProgressBar(), label("", "caption")
        self._failed: QLabel = label("", "error", wrap=True, selectable=True)
        self._bar.setTextVisible(False)
        line = QHBoxLayout()
        line.setSpacing(SPACE_12)
        line.addWidget(self._title, 2)
        line.addWidget(self._bar, 3)
        line.addWidget(self._figures, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(line)
        column.addWidget(self._failed)

    def show_part(self, part: Part) -> None:
        """Shows how a part stands."""
        self._title.setText(part.title)
        self._bar.setAccessibleName(_("Progress of {title}").format(title=part.title))
        self._bar.setRange(0, 0 if part.fraction is None else 1000)
        self._bar.setValue(round((part.fraction or 0) * 1000))
        self._bar.setVisible(part.failed is None)
        self._figures.setText("  ".join(filter(None, (percent(part.fraction), time_left(part.seconds_left)))))
        self._failed.setVisible(part.failed is not None)
        self._failed.setText(part.failed or "")
