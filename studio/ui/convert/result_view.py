"""Owns the view of a converted model: its files beside the model they were made from."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.convert.result import FileRow, Result
from studio.ui.theme.tokens import SPACE_8, SPACE_12, SPACE_16, SPACE_24
from studio.ui.widgets import label
from studio.ui.widgets.hover import explain


class ResultView(QFrame):
    """The result; hidden while there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._name = label("", "title", selectable=True)
        self._how = label("", "caption", wrap=True)
        self._table = QWidget()
        self._grid = QGridLayout(self._table)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE_24)
        self._grid.setVerticalSpacing(SPACE_8)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        inside.setSpacing(SPACE_12)
        for part in (self._name, self._table, self._how):
            inside.addWidget(part)
        self.show_result(None)

    def show_result(self, result: Result | None) -> None:
        """Shows a converted model."""
        self.setVisible(result is not None)
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        if result is None:
            return
        self._name.setText(result.path.name)
        self._name.setToolTip(str(result.path))
        self._fill(0, _titles(), "caption")
        for number, row in enumerate((_unconverted(), *result.rows), start=1):
            cells = (row.name, row.quantisation, row.size, row.bits, row.agreement, row.divergence)
            self._fill(number, cells, "strong" if row.name == result.path.name else "muted")
        self._grid.setColumnStretch(0, 1)
        told = _("Both models read the same fixed chats; the likeliest next token was compared at {n} places.")
        self._how.setText(told.format(n=result.positions))
        self._how.setVisible(result.positions > 0)

    def _fill(self, number: int, cells: tuple[str, ...], kind: str) -> None:
        for column, text in enumerate(cells):
            cell = label(text, kind, selectable=True)
            explain(cell, text)
            side = Qt.AlignmentFlag.AlignRight if column > 1 else Qt.AlignmentFlag.AlignLeft
            self._grid.addWidget(cell, number, column, side | Qt.AlignmentFlag.AlignVCenter)


def _titles() -> tuple[str, ...]:
    return (
        _("File"), _("Quantisation"), _("True size"), _("Bits a weight"), _("Same next token"), _("Divergence (nats)"),
    )  # fmt: skip


def _unconverted() -> FileRow:
    return FileRow(_("Unconverted, as trained"), "float32", "–", "32.00", "100 %", "0")
