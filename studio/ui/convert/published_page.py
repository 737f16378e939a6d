"""Owns the page of what is published: names with the version in use, the way back, packs and their check."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.language import N_, _
from studio.ui.convert.gates_view import GatesView
from studio.ui.convert.release import GateRow, Line
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_12, SPACE_16, SPACE_24
from studio.ui.widgets import EmptyPlace, TableRows, label, push_button, row
from studio.ui.widgets.plain_table import PlainTable

_MOST_SHOWN = 12
"""Names that are shown at once; of more the table scrolls."""
_Index = QModelIndex | QPersistentModelIndex


class LinesModel(TableRows[Line]):
    """The published names."""

    columns = (
        N_("Name"), N_("Version in use"), N_("Published on"), N_("Quantisation"), N_("Learnt from"), N_("Go back to"),
    )  # fmt: skip

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text for display; what is wrong with a name stands on hover and in its colour."""
        line = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            cells = (line.name, line.version, line.day, line.quantisation, line.data, line.before or "–")
            return cells[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return line.trouble or None
        if role == Qt.ItemDataRole.ForegroundRole and line.trouble:
            return self._theme.colour("error")
        return None


class PublishedPage(QWidget):
    """The page; `back_wanted`, `play_wanted` and `pack_wanted` carry the chosen line.

    `verify_wanted` asks for a pack to check, `result_wanted` for the page on which a model is published.
    """

    back_wanted = Signal(object)
    play_wanted = Signal(object)
    pack_wanted = Signal(object)
    verify_wanted = Signal()
    result_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._model = LinesModel(theme)
        self.table = PlainTable(theme, self._model, _("Published models"))
        self.back = push_button(_("Roll back"), lambda: self._send(self.back_wanted))
        self.play = push_button(_("Play it"), lambda: self._send(self.play_wanted))
        self.pack = push_button(_("Make a game pack…"), lambda: self._send(self.pack_wanted))
        self.verify = push_button(_("Verify a pack…"), self.verify_wanted.emit)
        self.checks = GatesView(theme)
        self.told = label("", "strong", wrap=True, selectable=True)
        self._empty = EmptyPlace(
            theme, "flag", _("Nothing is published yet"),
            _("Convert a run, then publish it under a name: Play and games load it by that, and can go back."),
            _("Go to the result"), self.result_wanted.emit,
        )  # fmt: skip
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_24, SPACE_16, SPACE_24, SPACE_16)
        column.setSpacing(SPACE_12)
        column.addLayout(row(label(_("Published"), "display"), None, self.verify, self.pack, self.play, self.back))
        for part in (self.table, self.told, self.checks):
            column.addWidget(part)
        column.addWidget(self._empty, 1)
        column.addStretch(0)
        self.table.selectionModel().selectionChanged.connect(self._turn)
        theme.changed.connect(self._fit)
        self.show_lines([])
        self.show_checks("", ())

    @property
    def rows(self) -> Sequence[Line]:
        """What is shown."""
        return self._model.rows

    def show_lines(self, lines: list[Line]) -> None:
        """Shows what is published; the choice is kept."""
        chosen = self.chosen()
        self._model.show_rows(lines)
        names = [line.name for line in lines]
        if names:
            self.table.selectRow(names.index(chosen.name) if chosen is not None and chosen.name in names else 0)
        self.table.setVisible(bool(lines))
        self._fit()
        self._turn_empty()
        self._turn()

    def show_checks(self, told: str, checks: Sequence[GateRow]) -> None:
        """Shows what checking a pack found, or what was made."""
        self.told.setText(told)
        self.told.setVisible(bool(told))
        self.checks.show_rows(checks)
        self._turn_empty()

    @Slot()
    def _fit(self) -> None:
        """As high as its rows, so that what is said stands right below."""
        head = self.table.horizontalHeader().sizeHint().height()
        shown = min(len(self._model.rows), _MOST_SHOWN)
        self.table.setFixedHeight(head + shown * self.table.verticalHeader().defaultSectionSize() + 4)

    def _turn_empty(self) -> None:
        self._empty.setVisible(not self._model.rows and not self.told.text())

    def chosen(self) -> Line | None:
        """The chosen line."""
        row = self.table.currentIndex().row()
        return self._model.rows[row] if 0 <= row < len(self._model.rows) else None

    @Slot()
    def _turn(self) -> None:
        chosen = self.chosen()
        self.back.setEnabled(chosen is not None and bool(chosen.before))
        for button in (self.play, self.pack):
            button.setEnabled(chosen is not None and chosen.path is not None)

    def _send(self, signal: object) -> None:
        chosen = self.chosen()
        if chosen is not None:
            signal.emit(chosen)  # type: ignore[attr-defined]  # a bound signal has no type of its own in the stubs
