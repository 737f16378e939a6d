"""Owns the left side: which run, which state of it or which base is converted, and what the model is called."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.convert.runs_list import RunsList
from studio.ui.convert.states import State
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_16
from studio.ui.train.progress import RunRow
from studio.ui.widgets import label, push_button

_LEAST, _LONGEST = 240, 60


class SourcesView(QWidget):
    """The side. `run_chosen` carries a run or a base, `state_chosen` what of it; `base_wanted` asks for another."""

    run_chosen = Signal(object)
    state_chosen = Signal(object)
    base_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.runs = RunsList(theme)
        self.states = QComboBox()
        self.states.setAccessibleName(_("Which state of it"))
        self.states.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.name = QLineEdit()
        self.name.setAccessibleName(_("Name of the model"))
        self.name.setMaxLength(_LONGEST)
        self.other = push_button(_("Another model…"), self.base_wanted.emit)
        self.other.setToolTip(_("A folder in the form of Hugging Face; it can also be dropped here"))
        self._state_word = label(_("Which state of it?"), "caption")
        self.setMinimumWidth(theme.px(_LEAST))
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        column.setSpacing(SPACE_8)
        column.addWidget(label(_("Which run?"), "caption"))
        column.addWidget(self.runs, 1)
        column.addWidget(self.other)
        for word, field in ((self._state_word, self.states), (label(_("Name of the model"), "caption"), self.name)):
            column.addSpacing(SPACE_4)
            word.setBuddy(field)
            column.addWidget(word)
            column.addWidget(field)
        self.runs.run_chosen.connect(self.run_chosen)
        self.states.activated.connect(self._send)

    def show_rows(self, rows: list[RunRow]) -> None:
        """Shows what can be converted."""
        self.runs.show_rows(rows)

    def show_states(self, states: Sequence[State]) -> None:
        """Shows the states of the chosen run; a base has only one."""
        with QSignalBlocker(self.states):
            self.states.clear()
            for state in states:
                self.states.addItem(state.title, state.path)
        for part in (self._state_word, self.states):
            part.setVisible(len(states) > 1)

    def source(self) -> Path | None:
        """What is to be converted."""
        state = self.states.currentData()
        return state if isinstance(state, Path) else self.runs.chosen()

    @Slot()
    def _send(self) -> None:
        source = self.source()
        if source is not None:
            self.state_chosen.emit(source)
