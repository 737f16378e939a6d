"""Owns the Play tab's tool bar: which scenario, which seed, which view, one model or two, and what else can be done."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.language import _
from studio.ui.play.shelf import ScenarioFile
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12, SPACE_16
from studio.ui.train.fields import number_field
from studio.ui.widgets import Choice, IconButton, label, rule, segment

_KINDS = ("combat", "roleplay", "exploration", "mixed")


class PlayBar(QWidget):
    """The pickers. `scenario_chosen` and `begin_wanted` ask for a new play, `view_chosen` for the game or the chat."""

    scenario_chosen = Signal()
    begin_wanted = Signal()
    pair_toggled = Signal(bool)
    blind_toggled = Signal(bool)
    panel_toggled = Signal(bool)
    view_chosen = Signal(bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._scenarios: list[ScenarioFile] = []
        self._picker = Choice()
        self._picker.setAccessibleName(_("Scenario"))
        self._picker.setMinimumContentsLength(22)
        self._picker.setMaxVisibleItems(24)
        self._picker.activated.connect(self.scenario_chosen)
        self._seed = number_field(_("Seed of the dice"), 0, 999_999)
        self._seed.setValue(1)
        self._seed.setToolTip(_("The same seed gives the same dice in the same place of the story"))
        self._seed.editingFinished.connect(self._seed_left)
        self._played_seed = 1
        self._begin = IconButton(theme, "retry", _("Begin again (Ctrl+Shift+N)"))
        self._begin.clicked.connect(self.begin_wanted)
        self.undo = IconButton(theme, "undo", _("Take back what was done last (Ctrl+Z)"))
        self.redo = IconButton(theme, "redo", _("Do it again (Ctrl+Shift+Z)"))
        self.sessions = IconButton(theme, "sessions", _("Sessions that were kept (Ctrl+H)"))
        self.sampler = IconButton(theme, "sampler", _("How the narrator is asked (Ctrl+Shift+M)"))
        self.more = IconButton(theme, "more", _("Save, export, import, end"))
        self.chat = segment(_("Chat"), _("Show the chat large"))
        self.game = segment(_("Game"), _("Show the game large"))
        self.chat.setChecked(True)
        self.chat.clicked.connect(lambda: self.view_chosen.emit(False))
        self.game.clicked.connect(lambda: self.view_chosen.emit(True))
        self._pairing()
        self._lay_out()
        theme.changed.connect(self._redraw)

    def _pairing(self) -> None:
        theme = self._theme
        self.pair = IconButton(theme, "play", _("Two models on the same line"), text=_("Side by side"))
        self.pair.setCheckable(True)
        self.pair.toggled.connect(self._paired)
        self.blind = IconButton(theme, "blind", _("Hide which model is which until you vote"), text=_("Blind"))
        self.blind.setCheckable(True)
        self.blind.toggled.connect(self.blind_toggled)
        self.blind.hide()
        self._fold = IconButton(theme, "fold-right", _("Show or hide the game panel"))
        self._fold.setCheckable(True)
        self._fold.setChecked(True)
        self._fold.toggled.connect(self.panel_toggled)

    @Slot(bool)
    def _paired(self, on: bool) -> None:
        self.blind.setVisible(on)
        if not on:
            self.blind.setChecked(False)
        self.pair_toggled.emit(on)

    def _lay_out(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(SPACE_16, SPACE_8, SPACE_12, SPACE_8)
        line.setSpacing(SPACE_4)
        parts: tuple[QWidget | int, ...] = (
            self._picker, SPACE_4, label(_("Seed"), "caption"), self._seed, self._begin, SPACE_4, rule(vertical=True),
            SPACE_4, self.undo, self.redo, self.sessions, self.sampler, self.more,
        )  # fmt: skip
        for part in parts:
            if isinstance(part, int):
                line.addSpacing(part)
            else:
                line.addWidget(part)
        line.addStretch(1)
        for widget in (self.chat, self.game, self.pair, self.blind, self._fold):
            line.addWidget(widget)

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

    def choose_titled(self, title: str) -> None:
        """Chooses a scenario by its title without beginning it; none where there is none of that name."""
        row = self._picker.findText(title)
        self._picker.setPlaceholderText(title)
        self._picker.setCurrentIndex(row)

    def scenario(self) -> ScenarioFile | None:
        """The chosen scenario."""
        row = self._picker.currentIndex()
        return self._scenarios[row] if 0 <= row < len(self._scenarios) else None

    def seed(self) -> int:
        """The seed of the next play."""
        self._played_seed = self._seed.value()
        return self._played_seed

    def show_seed(self, seed: int) -> None:
        """Shows the seed of the play that is open."""
        self._seed.setValue(seed)
        self._played_seed = self._seed.value()

    @Slot()
    def _seed_left(self) -> None:
        if self._seed.value() != self._played_seed:
            self.begin_wanted.emit()
