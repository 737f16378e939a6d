"""Owns the small window in which is chosen how the narrator is asked. Knows no session and no model."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QGridLayout,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from studio.inference.sampling import Sampling
from studio.language import _
from studio.ui.play import presets
from studio.ui.play.popover import Popover
from studio.ui.play.presets import FIELDS, SHIPPED, Options, WhenFull
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8, SPACE_12
from studio.ui.train.fields import number_field
from studio.ui.widgets import Choice, IconButton, label, push_button, row
from studio.workspace import Settings

_HELD = "\N{BULLET} "


class Sampler(Popover):
    """The fields and the ways by name. `changed` carries the options as they stand."""

    changed = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget, settings: Settings, options: Options) -> None:
        super().__init__(theme, parent, _("How the narrator is asked"))
        self._settings = settings
        self._filling = False
        self.preset = Choice()
        self.preset.setAccessibleName(_("A way of drawing words by name"))
        self.preset.activated.connect(self._chosen)
        self._forget = IconButton(theme, "trash", _("Forget this way"))
        self._forget.clicked.connect(self._drop)
        self.name = QLineEdit()
        self.name.setAccessibleName(_("Name of a way of your own"))
        self.name.setPlaceholderText(_("Keep these as…"))
        self.name.setMaxLength(40)
        self.name.returnPressed.connect(self._keep)
        self._keep_button = push_button(_("Keep"), self._keep)
        self.fields = {name: self._field(name) for name in FIELDS}
        self.grammar = QCheckBox(_("Whole calls only (grammar)"))
        self.grammar.setToolTip(_("Holds the reply to the game's tools in brackets; a little slower"))
        self.grammar.toggled.connect(self._told)
        self.when_full = Choice()
        self.when_full.setAccessibleName(_("When the context is full"))
        self.when_full.addItem(_("the oldest turns are dropped"), "drop")
        self.when_full.addItem(_("the oldest turns are summed up by the model"), "summary")
        self.when_full.activated.connect(self._told)
        self._lay_out()
        self.show_options(options)

    def _field(self, name: str) -> QSpinBox | QDoubleSpinBox:
        word, why, least, most, step = FIELDS[name]
        if step == 1:
            field: QSpinBox | QDoubleSpinBox = number_field(_(word), int(least), int(most))
        else:
            field = QDoubleSpinBox()
            field.setRange(least, most)
            field.setSingleStep(step)
            field.setDecimals(2)
            field.setAccessibleName(_(word))
            field.lineEdit().setTextMargins(SPACE_8, 0, 0, 0)
        field.setToolTip(_(why))
        field.setKeyboardTracking(False)
        field.valueChanged.connect(self._told)
        return field

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE_12)
        grid.setVerticalSpacing(SPACE_8)
        for number, (name, field) in enumerate(self.fields.items()):
            word = label(_(FIELDS[name][0]), "muted")
            word.setToolTip(_(FIELDS[name][1]))
            word.setBuddy(field)
            line, side = number // 2, 2 * (number % 2)
            grid.addWidget(word, line, side)
            grid.addWidget(field, line, side + 1)
        self.column.addLayout(row(self.preset, self._forget))
        self.column.addLayout(grid)
        self.column.addLayout(row(self.name, self._keep_button))
        self.column.addWidget(self.grammar)
        self.column.addLayout(row(label(_("When the context is full,"), "muted"), self.when_full, None))
        self.preset.setSizePolicy(self.preset.sizePolicy().Policy.Expanding, self.preset.sizePolicy().Policy.Fixed)

    def show_options(self, options: Options) -> None:
        """Shows options without telling them."""
        self._filling = True
        for name, field in self.fields.items():
            value = getattr(options.sampling, name)
            field.setValue(value)
        self.grammar.setChecked(options.grammar)
        self.when_full.setCurrentIndex(self.when_full.findData(options.when_full))
        self._filling = False
        self._show_presets()

    def options(self) -> Options:
        """The options as they stand in the fields."""
        values = {name: type(getattr(Sampling(), name))(field.value()) for name, field in self.fields.items()}
        full: WhenFull = "summary" if self.when_full.currentData() == "summary" else "drop"
        return Options(Sampling(**values), self.grammar.isChecked(), full)

    def _show_presets(self) -> None:
        """Lists the ways by name; the one that the fields stand for is chosen, else none is."""
        now = self.options().sampling
        own = presets.own(self._settings)
        self.preset.clear()
        for name, (title, sampling) in SHIPPED.items():
            self.preset.addItem(_(title), ("", name, sampling))
        for name, sampling in own.items():
            self.preset.addItem(_HELD + name, ("own", name, sampling))
        found = next((n for n in range(self.preset.count()) if self.preset.itemData(n)[2] == now), -1)
        self.preset.setPlaceholderText(_("As set below"))
        self.preset.setCurrentIndex(found)
        chosen = self.preset.currentData()
        self._forget.setEnabled(chosen is not None and chosen[0] == "own")

    @Slot()
    def _told(self) -> None:
        if not self._filling:
            self._show_presets()
            self.changed.emit(self.options())

    @Slot(int)
    def _chosen(self, number: int) -> None:
        now = self.options()
        self.show_options(Options(self.preset.itemData(number)[2], now.grammar, now.when_full))
        self.changed.emit(self.options())

    @Slot()
    def _keep(self) -> None:
        name = self.name.text().strip()
        if name:
            presets.keep_own(self._settings, name, self.options().sampling)
            self.name.clear()
            self._show_presets()

    @Slot()
    def _drop(self) -> None:
        chosen = self.preset.currentData()
        if chosen is not None and chosen[0] == "own":
            presets.keep_own(self._settings, chosen[1], None)
            self._show_presets()
