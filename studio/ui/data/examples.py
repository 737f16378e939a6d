"""Owns the middle of the Data tab: the table of examples with its filters, and one of them opened to be read."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from studio.dataset.verdicts import Decision, Verdict
from studio.language import _
from studio.ui.background import Background
from studio.ui.context import Context
from studio.ui.data import shelf
from studio.ui.data.examples_model import COLUMNS, ExamplesModel
from studio.ui.data.examples_view import ExamplesView
from studio.ui.data.filters import Filters
from studio.ui.data.reading import Reading
from studio.ui.data.rulings import Rulings
from studio.ui.data.talk import talk_of
from studio.ui.widgets import EmptyPlace, rule

if TYPE_CHECKING:
    import pyarrow as pa

    from studio.dataset.rows import Row
    from studio.ui.data.shelf import DataSet, Shown


class Examples(QWidget):
    """Table and reading. `place_wanted` carries a path and a line; `audit_wanted` asks for a first look."""

    place_wanted = Signal(str, int)
    audit_wanted = Signal()

    def __init__(self, context: Context, background: Background, rulings: Rulings) -> None:
        super().__init__()
        theme = context.theme
        self._context = context
        self._background = background
        self._rulings = rulings
        self._data: DataSet | None = None
        self._shown: Shown | None = None
        self._table: pa.Table | None = None
        self._row: Row | None = None
        self._voices: tuple[Verdict, ...] = ()
        self._order = ("", False)
        self.model = ExamplesModel()
        self.view = ExamplesView(theme, self.model)
        self.filters = Filters(theme)
        self.reading = Reading(theme)
        self._none = EmptyPlace(theme, "search", _("No example is like this"), _("Take a filter away to see more."))
        self._unread = EmptyPlace(
            theme, "data", _("Not read yet"), _("The sources are read and every example checked; nothing is changed."),
            _("Read the sources"), self.audit_wanted.emit,
        )  # fmt: skip
        self._working = EmptyPlace(theme, "clock", _("Reading the sources"), _("The examples come when all are read."))
        self._rows = QStackedWidget()
        self._rows.addWidget(self.view)
        self._rows.addWidget(self._none)
        self._listed = QWidget()
        column = QVBoxLayout(self._listed)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self.filters, rule(), self._rows):
            column.addWidget(part)
        self._pages = QStackedWidget()
        for page in (self._unread, self._working, self._listed, self.reading):
            self._pages.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._pages)
        self._connect()

    def _connect(self) -> None:
        self.filters.changed.connect(self._pick)
        self.view.opened.connect(self.open)
        self.view.decided.connect(self._decide)
        self.view.ordered.connect(self._reorder)
        self.reading.left.connect(self.close_reading)
        self.reading.stepped.connect(self.step)
        self.reading.decided.connect(self.decide)
        self.reading.place_wanted.connect(self._go_to_place)
        self._rulings.ruled.connect(self._ruled)

    # What is shown

    def show_table(self, data: "DataSet | None", shown: "Shown | None") -> None:
        """Shows what was found out about a data set; the same again changes nothing."""
        self._data = data
        if shown is self._shown:
            return
        self._shown = shown
        if shown is None:
            self._table = None
            self.model.clear()
            self._pages.setCurrentWidget(self._unread)
            return
        self.filters.show_values(shown.found)
        self.view.setColumnHidden(COLUMNS.index("why"), not shown.found["reason"])
        self._pages.setCurrentWidget(self._listed)
        if self.isVisible():
            self.view.setFocus()
        self._pick()

    def show_work(self, words: str) -> None:
        """Says that the sources are being read, where there is nothing else to show."""
        if self._shown is None:
            self._pages.setCurrentWidget(self._working if words else self._unread)

    @property
    def drawn(self) -> bool:
        """Whether all that is shown is there."""
        return self.reading.drawn and not self.filters.waiting

    @Slot()
    def _pick(self) -> None:
        """Asks for the rows that the filters want; they come from another thread."""
        if self._shown is None:
            return
        table, own = self._shown.table, self._rulings.counting
        values, (order, descending) = self.filters.chosen(), self._order
        self._background.ask(
            (self, "pick"),
            lambda: shelf.picked(table, own, shelf.wanted_from(values, order, descending)),
            self._picked,
        )

    def _picked(self, answer: object) -> None:
        assert isinstance(answer, tuple)
        self._table, places = answer
        at = self.view.currentIndex().row()
        self.model.show_rows(self._table, places)
        self._rows.setCurrentIndex(0 if len(places) else 1)
        assert self._shown is not None
        self.filters.show_count(len(places), self._shown.table.num_rows)
        if len(places):
            self.view.go_to(max(0, min(at, len(places) - 1)))

    @Slot(str, bool)
    def _reorder(self, name: str, descending: bool) -> None:
        self._order = (name, descending)
        self._pick()

    def take_keys(self) -> None:
        """Puts the keys where the work is."""
        (self.reading if self._pages.currentWidget() is self.reading else self.view).setFocus()

    # One example

    @property
    def opened(self) -> bool:
        """Whether one example is being read."""
        return self._pages.currentWidget() is self.reading

    @Slot(int)
    def open(self, shown: int) -> None:
        """Opens a shown row as a chat."""
        if self._table is not None and 0 <= shown < self.model.rowCount():
            self._open_place(self.model.place(shown))

    def open_key(self, key: str) -> None:
        """Opens the example with that key."""
        shown = self._shown
        if shown is not None:
            self._background.ask((self, "key"), lambda: shelf.place_of(shown.table, key), self._open_place)

    def _open_place(self, place: object) -> None:
        shown = self._shown
        if shown is not None and isinstance(place, int) and place >= 0:
            self._background.ask((self, "open"), lambda: shelf.example(shown.table, place), self._opened)

    def _opened(self, answer: object) -> None:
        assert isinstance(answer, tuple)
        self._row, self._voices = answer
        self._pages.setCurrentWidget(self.reading)
        self._show_row()
        self.reading.setFocus()

    def _show_row(self) -> None:
        assert self._row is not None
        voices = shelf.voices_with(self._voices, self._rulings.by_key.get(self._row.key))
        game = self._context.game
        self.reading.show_example(self._row, voices, talk_of(self._row, game.tools, game.words.outcomes))

    @Slot()
    def close_reading(self) -> None:
        """Goes back to the table, where it was."""
        self._row = None
        self._pages.setCurrentWidget(self._listed)
        self.view.setFocus()

    @Slot(int)
    def step(self, steps: int) -> None:
        """Goes to the example after or before; past the last one it stays."""
        shown = self.view.currentIndex().row() + steps
        if 0 <= shown < self.model.rowCount():
            self.view.go_to(shown)
            self.open(shown)

    @Slot()
    def _go_to_place(self) -> None:
        if self._row is not None:
            self.place_wanted.emit(self._row.place.path, self._row.place.line)

    # A person's verdict

    @Slot(object)
    def decide(self, decision: Decision) -> None:
        """Decides on the example that is read, or on those that are selected."""
        rows = [self.view.currentIndex().row()] if self.opened else self.view.chosen
        self._decide([row for row in rows if row >= 0], decision)

    @Slot(object, object)
    def _decide(self, rows: list[int], decision: Decision) -> None:
        if self._shown is None or not rows or self._data is None or self._data.description is None:
            return
        places = [self.model.place(row) for row in rows]
        self._rulings.rule(self._shown.table, places, self._data.description.audit.authority, decision)
        if not self.opened and len(rows) == 1:
            self.view.go_to(rows[0] + 1)

    @Slot()
    def _ruled(self) -> None:
        ruled = self._rulings.by_key
        self.view.setColumnHidden(COLUMNS.index("why"), False)
        self.model.overlay({key: (one.counts.decision.value, one.why) for key, one in ruled.items()})
        if self.opened and self._row is not None:
            self._show_row()
