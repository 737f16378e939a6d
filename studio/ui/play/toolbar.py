"""Owns the Play tab's tool bar: which scenario, which seed, one model or two."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from studio.language import _
from studio.ui.play.shelf import ScenarioFile
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8, SPACE_12, SPACE_16
from studio.ui.train.fields import number_field
from studio.ui.widgets import IconButton, label

_KINDS = ("combat", "roleplay", "exploration", "mixed")


class PlayBar(QWidget):
    """The pickers. `scenario_chosen` and `begin_wanted` ask for a new play."""

    scenario_chosen = Signal()
    begin_wanted = Signal()
    pair_toggled = Signal(bool)
    panel_toggled = Signal(bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._scenarios: list[ScenarioFile] = []
        self._picker = QComboBox()
        self._picker.setAccessibleName(_("Scenario"))
        self._picker.setMinimumContentsLength(28)
        self._picker.setMaxVisibleItems(24)
        self._picker.activated.connect(self.scenario_chosen)
        self._seed = number_field(_("Seed of the dice"), 0, 999_999)
        self._seed.setValue(1)
        self._seed.setToolTip(_("The same seed gives the same dice in the same place of the story"))
        self._seed.editingFinished.connect(self._seed_left)
        self._played_seed = 1
        self._begin = IconButton(theme, "retry", _("Begin again"), text=_("Begin again"))
        self._begin.clicked.connect(self.begin_wanted)
        self.pair = IconButton(theme, "play", _("Two models on the same line"), text=_("Side by side"))
        self.pair.setCheckable(True)
        self.pair.toggled.connect(self.pair_toggled)
        self._fold = IconButton(theme, "fold-right", _("Show or hide the game panel"))
        self._fold.setCheckable(True)
        self._fold.setChecked(True)
        self._fold.toggled.connect(self.panel_toggled)
        self._lay_out()
        theme.changed.connect(self._redraw)

    def _lay_out(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(SPACE_16, SPACE_8, SPACE_12, SPACE_8)
        line.setSpacing(SPACE_8)
        for part in (self._picker, label(_("Seed"), "caption"), self._seed, self._begin):
            line.addWidget(part)
        line.addStretch(1)
        line.addWidget(self.pair)
        line.addWidget(self._fold)

    def show_scenarios(self, scenarios: Sequence[ScenarioFile]) -> None:
        """Fills the picker and keeps the choice."""
        if list(scenarios) != self._scenarios:
            self._scenarios = list(scenarios)
            self._redraw()

    @Slot()
    def _redraw(self) -> None:
        chosen = self._picker.currentData()
        self._picker.clear()
        self._picker.setIconSize(QSize(self._theme.px(16), self._theme.px(16)))
        for entry in self._scenarios:
            icon_name = entry.kind if entry.kind in _KINDS else "other"
            self._picker.addItem(self._theme.icon(icon_name), entry.title, str(entry.path))
            kept = _(", kept out of training") if entry.held_out else ""
            self._picker.setItemData(self._picker.count() - 1, entry.kind + kept, Qt.ItemDataRole.ToolTipRole)
        self._picker.setCurrentIndex(max(0, self._picker.findData(chosen)) if self._scenarios else -1)

    def choose(self, path: Path | None) -> None:
        """Chooses a scenario without beginning it."""
        row = self._picker.findData(str(path))
        if row >= 0:
            self._picker.setCurrentIndex(row)

    def scenario(self) -> ScenarioFile | None:
        """The chosen scenario."""
        row = self._picker.currentIndex()
        return self._scenarios[row] if 0 <= row < len(self._scenarios) else None

    def seed(self) -> int:
        """The seed of the next play."""
        self._played_seed = self._seed.value()
        return self._played_seed

    @Slot()
    def _seed_left(self) -> None:
        if self._seed.value() != self._played_seed:
            self.begin_wanted.emit()
