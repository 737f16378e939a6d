"""Owns the right side: what is said of the open cell in sentences, its figures, its cases."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QStackedWidget, QVBoxLayout, QWidget

from studio.evaluation.evaluating import Evaluation
from studio.language import _
from studio.ui.data.words import FLUSH_LINK
from studio.ui.evaluate.board import Cell, SuiteRow
from studio.ui.evaluate.cases_view import CasesView
from studio.ui.evaluate.detail import Detail, detail_of
from studio.ui.evaluate.figures_view import FiguresView
from studio.ui.evaluate.models import ModelRow
from studio.ui.evaluate.rivals_view import RivalsView
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import EmptyPlace, label, push_button, row, segment

_UNFINISHED = ("alone", "part", "running", "waiting")
_KINDS = {"first": "error", "write": "", "": ""}


class DetailView(QWidget):
    """One model on one suite; `measure_wanted` and `data_wanted` tell what is wished.

    The latter carries what Data's balance lacks, (what is counted, value), or None.
    """

    measure_wanted = Signal()
    data_wanted = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._said: Evaluation | None = None
        self.detail: Detail | None = None
        self._title, self._about = label("", "title", wrap=True), label("", "caption", wrap=True)
        self.sentences = QFrame()
        self.sentences.setProperty("kind", "card")
        self._card = QVBoxLayout(self.sentences)
        self._card.setContentsMargins(SPACE_12, SPACE_12, SPACE_12, SPACE_8)
        self._card.setSpacing(SPACE_8)
        self.write = push_button(_("See what is missing in Data"), self._want_data, "link")
        self.write.setStyleSheet(FLUSH_LINK)
        self.figures, self.rivals, self.cases = FiguresView(theme), RivalsView(theme), CasesView(theme)
        self.to_figures, self.to_rivals, self.to_cases = map(segment, (_("Figures"), _("Rivals"), _("Cases")))
        self.to_figures.setChecked(True)
        self._inner = QStackedWidget()
        for page in (self.figures, self.rivals, self.cases):
            self._inner.addWidget(page)
        self._empty = EmptyPlace(theme, "evaluate", "", "", _("Measure"), self.measure_wanted.emit)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self._full())
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._pages)
        for word in (self.to_figures, self.to_rivals, self.to_cases):
            word.toggled.connect(self._turn)

    def _full(self) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        column.setSpacing(SPACE_12)
        head = QVBoxLayout()
        head.setSpacing(SPACE_4)
        head.addWidget(self._title)
        head.addWidget(self._about)
        column.addLayout(head)
        column.addWidget(self.sentences)
        column.addLayout(row(self.to_figures, self.to_rivals, self.to_cases, None, spacing=SPACE_4))
        column.addWidget(self._inner, 1)
        return box

    def show_cell(self, model: ModelRow | None, suite: SuiteRow | None, cell: Cell, said: Evaluation | None) -> None:
        """Shows a cell; what is the same is not drawn anew."""
        if model is None or suite is None:
            self._say_empty(_("Nothing is open"), _("Choose a cell of the table to see its cases."))
            return
        if said is None:
            self._say_empty(f"{model.name} · {suite.name}", _words(cell, suite))
            return
        self._pages.setCurrentIndex(1)
        self._title.setText(model.name)
        self._about.setText(" · ".join(word for word in (suite.title, cell.note) if word))
        if said is not self._said:
            self._said = said
            self.detail = detail_of(said, alone=cell.state in _UNFINISHED)
            self._fill(self.detail)

    def _say_empty(self, heading: str, sentence: str) -> None:
        self._said = self.detail = None
        self._empty.say(heading, sentence)
        self._pages.setCurrentIndex(0)

    def _fill(self, detail: Detail) -> None:
        while (item := self._card.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None and widget is not self.write:
                widget.deleteLater()
        for sentence in detail.sentences:
            self._card.addWidget(label(sentence.text, _KINDS[sentence.kind], wrap=True, selectable=True))
        self._card.addLayout(row(self.write, None))
        self.figures.show_detail(detail)
        self._show_rivals()
        self.cases.show_cases(detail.cases)
        self.to_cases.setText(_("Cases ({wrong} failed)").format(wrong=detail.wrong))

    def _want_data(self) -> None:
        """Wishes for Data at the first thing that is missing."""
        sentences = self.detail.sentences if self.detail is not None else ()
        self.data_wanted.emit(next((one.lacks for one in sentences if one.lacks is not None), None))

    def _show_rivals(self) -> None:
        """Fills the rivals' page once somebody looks at it: its cards take longest."""
        if self.detail is not None and self.to_rivals.isChecked():
            self.rivals.show_detail(self.detail)

    @Slot()
    def _turn(self) -> None:
        self._show_rivals()
        self.sentences.setVisible(not self.to_cases.isChecked())  # cases need the room
        pages = (self.to_figures, self.to_rivals, self.to_cases)
        self._inner.setCurrentIndex(next((at for at, page in enumerate(pages) if page.isChecked()), 0))


def _words(cell: Cell, suite: SuiteRow) -> str:
    if cell.state in ("running", "waiting", "failed"):
        return cell.note
    return _("This model was not measured on “{suite}” yet ({about}).").format(suite=suite.title, about=suite.about)
