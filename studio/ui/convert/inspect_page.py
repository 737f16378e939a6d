"""Owns the page of a GGUF that is looked into: what it is, its metadata, its tensors, its template, its checks."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QPlainTextEdit, QStackedWidget, QVBoxLayout, QWidget

from studio.language import N_, _
from studio.ui.convert.gates_view import GatesView
from studio.ui.convert.grid import Grid
from studio.ui.convert.inspection import Inspection
from studio.ui.convert.release import GateRow
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_12, SPACE_16, SPACE_24
from studio.ui.widgets import EmptyPlace, TableRows, label, push_button, row, segment
from studio.ui.widgets.plain_table import PlainTable

_MEASURED = 40
"""Rows by which columns are made wide; all of a large model's take too long."""
HEADS = (N_("What it is"), "")
_Index = QModelIndex | QPersistentModelIndex


class _Words(TableRows[tuple[str, ...]]):
    """Rows of words as they are."""

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The word; whole on hover, where it may be cut."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.rows[index.row()][index.column()]
        return None


class EntriesModel(_Words):
    """The metadata."""

    columns: ClassVar[tuple[str, ...]] = (N_("Key"), N_("Value"))


class TensorsModel(_Words):
    """The tensors."""

    columns: ClassVar[tuple[str, ...]] = (N_("Tensor"), N_("Type"), N_("Shape"), N_("Size"))


class InspectPage(QStackedWidget):
    """The page; `open_wanted` asks for a file, `check_wanted` for its validation, `play_wanted` for it in Play."""

    open_wanted = Signal()
    check_wanted = Signal(object)
    play_wanted = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._shown: Inspection | None = None
        self.facts = (Grid(2, figures=False), Grid(2, figures=False))
        self.entries, self.tensors = EntriesModel(), TensorsModel()
        self.template = QPlainTextEdit()
        self.template.setReadOnly(True)
        self.template.setAccessibleName(_("Chat template"))
        self.check = push_button(_("Validate"), lambda: self._send(self.check_wanted))
        self.play = push_button(_("Play it"), lambda: self._send(self.play_wanted))
        self.checks = GatesView(theme)
        self._title = label("", "display", selectable=True)
        self._pages = QStackedWidget()
        tables = (PlainTable(theme, self.entries, _("Metadata")), PlainTable(theme, self.tensors, _("Tensors")))
        for table in tables:
            table.horizontalHeader().setResizeContentsPrecision(_MEASURED)
        for part in (*tables, self.template):
            self._pages.addWidget(part)
        self._lay_out(theme)

    def _lay_out(self, theme: Theme) -> None:
        self.addWidget(
            EmptyPlace(
                theme, "search", _("Look into a GGUF"),
                _("Drop a .gguf file here. Its header is read without loading the model: metadata, tensors, template."),
                _("Choose a file…"), self.open_wanted.emit,
            )
        )  # fmt: skip
        self._segments = QButtonGroup(self)
        buttons = [segment(word) for word in (_("Metadata"), _("Tensors"), _("Chat template"))]
        for number, button in enumerate(buttons):
            self._segments.addButton(button, number)
        buttons[0].setChecked(True)
        self._segments.idClicked.connect(self._pages.setCurrentIndex)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(SPACE_24, SPACE_16, SPACE_24, SPACE_16)
        column.setSpacing(SPACE_12)
        other = push_button(_("Another file…"), self.open_wanted.emit)
        column.addLayout(row(self._title, None, other, self.check, self.play))
        facts = row(*self.facts, spacing=SPACE_24)
        for number, part in enumerate(self.facts):
            facts.setStretch(number, 1)
            facts.setAlignment(part, Qt.AlignmentFlag.AlignTop)
        column.addLayout(facts)
        column.addWidget(self.checks)
        column.addLayout(row(*buttons, None))
        column.addWidget(self._pages, 1)
        self.addWidget(page)

    def show_inspection(self, found: Inspection) -> None:
        """Shows a file."""
        self._shown = found
        self.setCurrentIndex(1)
        self._title.setText(found.path.name)
        self._title.setToolTip(str(found.path))
        half = (len(found.facts) + 1) // 2
        for grid, facts, head in zip(self.facts, (found.facts[:half], found.facts[half:]), HEADS, strict=True):
            grid.show_rows((_(head) if head else "", ""), facts)
        self.entries.show_rows(found.entries)
        self.tensors.show_rows(found.tensors)
        self.template.setPlainText(found.template or _("It has none."))
        self.show_checks(())

    def show_checks(self, rows: Sequence[GateRow]) -> None:
        """Shows what validating it found."""
        self.checks.show_rows(rows)
        self.checks.setVisible(bool(rows))

    @property
    def path(self) -> Path | None:
        """The file that is shown."""
        return self._shown.path if self._shown is not None else None

    def _send(self, signal: object) -> None:
        if self._shown is not None:
            signal.emit(self._shown.path)  # type: ignore[attr-defined]  # a bound signal has no type in the stubs
