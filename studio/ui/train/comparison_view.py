"""Owns runs held side by side: their curves over each other, and a small table of what differs."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QVBoxLayout, QWidget

from studio.amounts import file_size
from studio.faults import shown
from studio.language import N_, _, plural
from studio.training.run_comparison import Comparison
from studio.training.run_facts import RunFacts
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_12, SPACE_16, SPACE_24
from studio.ui.train.curves import Legend, PicturePlace
from studio.ui.train.figures import duration, grouped
from studio.ui.train.lines import COMPARED, compared_picture, series
from studio.ui.train.progress import run_title
from studio.ui.train.words import word
from studio.ui.widgets import TableRows, label, push_button, segment
from studio.ui.widgets.hover import of_field, of_word
from studio.ui.widgets.plain_table import PlainTable

_Index = QModelIndex | QPersistentModelIndex
_FIGURES = {
    "steps": (N_("Steps"), grouped),
    "epochs": (N_("Passes"), lambda value: f"{value:.1f}"),
    "last_loss": (N_("Loss"), lambda value: f"{value:.2f}"),
    "validation_loss": (N_("Loss, unseen turns"), lambda value: f"{value:.2f}"),
    "accuracy": (N_("Right calls"), lambda value: f"{100 * value:.0f} %"),
    "seconds": (N_("Time"), duration),
    "tokens_a_second": (N_("Tokens a second"), grouped),
    "peak_memory": (N_("Memory at most"), file_size),
}


class DifferencesModel(TableRows[tuple[str, tuple[str, ...], str]]):
    """A row a thing: what it is, its value in each run, and what stands on hover."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._runs: tuple[str, ...] = ()

    def show_comparison(self, found: Comparison, names: Sequence[str]) -> None:
        """Takes in what differs."""
        self._runs = tuple(names)
        self.show_rows([*_setting_rows(found), *_figure_rows(found)])

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own way
        """What it is, and a column a run."""
        return 0 if parent.isValid() else 1 + len(self._runs)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The runs' names in the colours of their curves."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return ("", *self._runs)[section]
        if role == Qt.ItemDataRole.ForegroundRole and section:
            return self._theme.colour(series(section - 1)[0])
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text for display."""
        name, values, hover = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (name, *values)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return hover if index.column() == 0 else (name, *values)[index.column()]
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == 0:
            return self._theme.colour("secondary")
        return None


class ComparisonView(QWidget):
    """Runs side by side; `back_wanted` asks for one of them alone."""

    back_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._runs: tuple[RunFacts, ...] = ()
        self._names: tuple[str, ...] = ()
        self._title = label("", "display")
        self.legend = Legend(theme)
        self.picture = PicturePlace(theme, _("Curves of several runs"))
        self.picture.setMinimumHeight(theme.px(140))
        self.model = DifferencesModel(theme)
        self.table = PlainTable(theme, self.model, _("What differs"))
        self.words = {view: segment(_(title)) for view, title in COMPARED.items()}
        self._lay_out()
        self.words["validation"].setChecked(True)
        theme.changed.connect(self._redraw)

    def _lay_out(self) -> None:
        self.table.setMinimumHeight(self._theme.px(130))
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_24, SPACE_16, SPACE_24, SPACE_16)
        column.setSpacing(SPACE_12)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(push_button(_("Back to one run"), self.back_wanted.emit))
        choice = QWidget()
        line = QHBoxLayout(choice)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE_4)
        for choice_of in self.words.values():
            choice_of.setToolTip(of_word(choice_of.text()))
            choice_of.toggled.connect(self._chosen)
            line.addWidget(choice_of)
        line.addStretch(1)
        column.addLayout(head)
        column.addWidget(choice)
        column.addWidget(self.legend)
        column.addWidget(self.picture, 3)
        column.addWidget(label(_("What differs"), "title"))
        column.addWidget(self.table, 2)

    def show_runs(self, runs: Sequence[RunFacts], found: Comparison) -> None:
        """Holds these runs side by side."""
        self._runs = tuple(runs)
        self._names = tuple(run_title(run.name)[1] for run in runs)
        if len(set(self._names)) < len(self._names):
            self._names = tuple(" · ".join(reversed(run_title(run.name))) for run in runs)
        self._title.setText(plural("{count} run", "{count} runs side by side", len(runs)))
        self.model.show_comparison(found, self._names)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._redraw()

    @Slot(bool)
    def _chosen(self, chosen: bool) -> None:
        if chosen:
            self._redraw()

    @Slot()
    def _redraw(self) -> None:
        view = next(view for view, button in self.words.items() if button.isChecked())
        found = compared_picture(view, self._runs, self._names)
        self.picture.show_picture(found)
        self.legend.show_lines(found.lines)


def _setting_rows(found: Comparison) -> list[tuple[str, tuple[str, ...], str]]:
    return [
        (word(name), tuple("–" if value is None else shown(value) for value in values), of_field(name))
        for name, values in found.settings.items()
        if name != "steps"  # which stands among the figures
    ]


def _figure_rows(found: Comparison) -> list[tuple[str, tuple[str, ...], str]]:
    rows = []
    for key, values in found.figures.items():
        if any(value is not None for value in values):
            title, said = _FIGURES[key]
            told = tuple("–" if value is None else said(value) for value in values)
            rows.append((_(title), told, of_word(_(title))))
    return rows
