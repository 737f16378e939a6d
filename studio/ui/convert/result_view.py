"""Owns the view of a converted model's files beside the model they were made from, true size against forecast."""

from PySide6.QtWidgets import QFrame, QVBoxLayout

from studio.language import _
from studio.ui.convert.grid import Grid
from studio.ui.convert.result import FileRow, Result
from studio.ui.theme.tokens import SPACE_12, SPACE_16
from studio.ui.widgets import label


class ResultView(QFrame):
    """The files; hidden while there are none."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.grid = Grid(2)
        self._how = label("", "caption", wrap=True)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        inside.setSpacing(SPACE_12)
        for part in (label(_("Beside the unconverted model"), "title"), self.grid, self._how):
            inside.addWidget(part)
        self.show_result(None, {})

    def show_result(self, result: Result | None, forecasts: dict[str, tuple[str, str]]) -> None:
        """Shows a converted model; `forecasts` are forecast size and how far it was off, by file."""
        self.setVisible(result is not None)
        if result is None:
            return
        rows, kinds = [_cells(_unconverted(), ("–", "–"))], ["muted"]
        for row in result.rows:
            rows.append(_cells(row, forecasts.get(row.name, ("–", "–"))))
            kinds.append("strong" if row.name == result.path.name else "")
        self.grid.show_rows(_titles(), rows, kinds, ["", *(str(result.path.parent / row.name) for row in result.rows)])
        told = _("Both models read the same fixed chats; the likeliest next token was compared at {n} places.")
        self._how.setText(told.format(n=result.positions))
        self._how.setVisible(result.positions > 0)


def _cells(row: FileRow, forecast: tuple[str, str]) -> tuple[str, ...]:
    return (row.name, row.quantisation, forecast[0], row.size, forecast[1], row.bits, row.agreement, row.divergence)


def _titles() -> tuple[str, ...]:
    return (
        _("File"), _("Quantisation"), _("Forecast size"), _("True size"), _("Off by"), _("Bits a weight"),
        _("Same next token"), _("Divergence (nats)"),
    )  # fmt: skip


def _unconverted() -> FileRow:
    return FileRow(_("Unconverted, as trained"), "float32", "–", "32.00", "100 %", "0")
