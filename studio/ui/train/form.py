"""Owns the form of a training: few fields, each with a default that suffices. Checks nothing itself."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QLabel,
    QLineEdit,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from studio.jobs.protocol import Fields
from studio.language import _, plural
from studio.training.config import TrainingConfig
from studio.ui.phrases import file_size
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12, SPACE_16
from studio.ui.train.fields import number_field
from studio.ui.train.sources import BaseModel, BuildChoice
from studio.ui.widgets import label, push_button

_LENGTHS = (512, 1024, 2048, 4096)
_RATES = ("1e-4", "2e-4", "5e-4", "1e-3", "2e-3")
_RANKS = (4, 8, 16, 32, 64)


class ModelCard(QFrame):
    """One model to choose; the chosen one has a coloured edge."""

    def __init__(self, theme: Theme, model: BaseModel) -> None:
        super().__init__()
        self._theme = theme
        self.model = model
        self.setObjectName("model")
        self.setAccessibleName(model.name)
        self._icon = QLabel()
        inside = QVBoxLayout(self)
        inside.setContentsMargins(SPACE_12, SPACE_12, SPACE_12, SPACE_12)
        inside.setSpacing(SPACE_4)
        inside.addWidget(label(model.name, "strong", wrap=True))
        inside.addWidget(label(f"{file_size(model.size)} · {model.about}", "caption", wrap=True))
        theme.changed.connect(self._redraw)
        self._redraw()

    @Slot()
    def _redraw(self) -> None:
        ground, edge = self._theme.tint("accent", 0.10, "panel").name(), self._theme.colours.accent
        self.setStyleSheet(
            f"QFrame#model {{ background: {ground}; border: 1px solid {edge}; border-radius: {self._theme.px(10)}px; }}"
        )


class TrainForm(QScrollArea):
    """What a run is told. `start_wanted` asks for it."""

    start_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._base: BaseModel | None = None
        self._scenarios: tuple[Path, ...] = ()
        self._sentence = ""
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(theme.px(260))
        inside = QWidget()
        inside.setProperty("kind", "scrolled")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        self._column.setSpacing(SPACE_8)
        self._make_fields()
        self._fill()
        self.setWidget(inside)

    def _make_fields(self) -> None:
        self._cards = QVBoxLayout()
        self._cards.setSpacing(SPACE_8)
        self._no_model = label(_("The starter model is not here yet. Set-up fetches it."), "muted", wrap=True)
        self._cards.addWidget(self._no_model)
        self.source = QComboBox()
        self.source.setAccessibleName(_("Learns from"))
        self.source.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.source.addItem(_("The workspace's scenarios"), None)
        self.source.currentIndexChanged.connect(self._turn)
        self._data = label("", "caption", wrap=True)
        self.anyway = QCheckBox()
        self.anyway.hide()
        self.anyway.toggled.connect(self._ready)
        self._free = True
        self.name = QLineEdit()
        self.name.setAccessibleName(_("Name"))
        self.minutes = number_field(_("Minutes at most"), 1, 600)
        self.minutes.setSuffix(_(" min"))
        self.start = push_button(_("Train"), self.start_wanted.emit, "primary")
        self._why = label("", "caption", wrap=True)
        self._make_advanced()

    def _make_advanced(self) -> None:
        self._rank, self._rate, self._length = QComboBox(), QComboBox(), QComboBox()
        self._rank.addItems([str(rank) for rank in _RANKS])
        self._rate.addItems(_RATES)
        self._length.addItems([str(length) for length in _LENGTHS])
        self._seed = number_field(_("Seed"), 0, 999_999)
        self._advanced = QFrame()
        fields = QFormLayout(self._advanced)
        fields.setContentsMargins(0, 0, 0, 0)
        fields.setSpacing(SPACE_8)
        for word, field, why in (
            (
                _("Rank"),
                self._rank,
                _("How much the adapter can learn. 16 suits small models; more needs more memory."),
            ),
            (
                _("Learning rate"),
                self._rate,
                _("How big each step of learning is. Too big forgets, too small learns nothing."),
            ),
            (
                _("Length"),
                self._length,
                _("Tokens of a scenario read at once. Longer ones are cut; more needs more memory."),
            ),
            (_("Seed"), self._seed, _("Where the random numbers start. The same seed gives the same run.")),
        ):
            name = label(word, "muted")
            name.setToolTip(why)
            name.setBuddy(field)
            field.setToolTip(why)
            field.setAccessibleName(word)
            fields.addRow(name, field)
        self._advanced.hide()

    def _fill(self) -> None:
        self._unfold = QToolButton()
        self._unfold.setText(_("Advanced"))
        self._unfold.setCheckable(True)
        self._unfold.setAccessibleName(_("Advanced settings"))
        self._unfold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._unfold.toggled.connect(self._fold)
        self._theme.changed.connect(self._redraw)
        column = self._column
        column.addWidget(label(_("Which model?"), "caption"))
        column.addLayout(self._cards)
        for word, part in (
            (_("Learns from"), self.source),
            (_("Name"), self.name),
            (_("At most"), self.minutes),
        ):
            column.addSpacing(SPACE_4)
            column.addWidget(label(word, "caption"))
            column.addWidget(part)
            if part is self.source:
                column.addWidget(self._data)
                column.addWidget(self.anyway)
        column.addWidget(self._unfold, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._advanced)
        column.addSpacing(SPACE_8)
        column.addWidget(self.start)
        column.addWidget(self._why)
        column.addStretch(1)
        self._redraw()

    @Slot()
    def _redraw(self) -> None:
        self._unfold.setIcon(self._theme.icon("down" if self._unfold.isChecked() else "right"))

    @Slot(bool)
    def _fold(self, shown: bool) -> None:
        self._advanced.setVisible(shown)
        self._redraw()

    def show_defaults(self, config: TrainingConfig) -> None:
        """Fills every field with what suffices."""
        self.name.setText(config.name)
        self.minutes.setValue(round(config.max_minutes or 7))
        _choose(self._rank, str(config.lora.rank))
        _choose(self._rate, f"{config.learning_rate:.0e}".replace("e-0", "e-"))
        _choose(self._length, str(config.max_length))
        self._seed.setValue(config.seed)

    def show_models(self, models: Sequence[BaseModel]) -> None:
        """Shows the models; the first is chosen."""
        while self._cards.count() > 1:
            item = self._cards.takeAt(1)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        for model in models:
            self._cards.addWidget(ModelCard(self._theme, model))
        self._base = models[0] if models else None
        self._no_model.setVisible(not models)

    def show_data(self, sentence: str, scenarios: Sequence[Path]) -> None:
        """Says what the workspace's scenarios hold."""
        self._sentence = sentence
        self._scenarios = tuple(scenarios)
        self._turn()

    def show_builds(self, builds: Sequence[BuildChoice]) -> None:
        """Offers the latest build of each data set; the choice is kept."""
        chosen = self.build.name if self.build is not None else ""
        with QSignalBlocker(self.source):
            while self.source.count() > 1:
                self.source.removeItem(1)
            for one in builds:
                self.source.addItem(self._theme.icon("data"), _("Data set {name}").format(name=one.name), one)
            names = [one.name for one in builds]
            self.source.setCurrentIndex(1 + names.index(chosen) if chosen in names else 0)
        self._turn()

    @property
    def build(self) -> BuildChoice | None:
        """The build that is learned from; None for the scenarios as they stand."""
        found = self.source.currentData()
        return found if isinstance(found, BuildChoice) else None

    @Slot()
    def _turn(self) -> None:
        """Says what is known of what is learned from."""
        build = self.build
        self._data.setText(build.sentence if build is not None else self._sentence)
        errors = build.errors if build is not None else 0
        self.anyway.setVisible(bool(errors))
        words = plural("Train though {count} error was left out", "Train though {count} errors were left out", errors)
        self.anyway.setText(words)
        if build is not None:
            _choose(self._length, str(build.max_length))
        self._ready()

    @Slot()
    def _ready(self) -> None:
        """A build with errors is only trained on where a person says so."""
        build = self.build
        some = bool(self._scenarios) if build is None else not build.errors or self.anyway.isChecked()
        self.start.setEnabled(self._free and self._base is not None and some)

    def show_ready(self, ready: bool, why: str) -> None:
        """Whether a run can start now, and what to know about it."""
        self._free = ready
        self._ready()
        self._why.setText(why)
        self._why.setVisible(bool(why))

    def _learnt_from(self) -> Fields:
        if self.build is None:
            return {"scenarios": [str(path) for path in self._scenarios]}
        return {"dataset": str(self.build.path), "scenarios": [], "allow_errors": self.anyway.isChecked()}

    def values(self) -> Fields:
        """The settings as they stand in the fields."""
        return {
            "name": self.name.text().strip() or None,
            "base": str(self._base.path) if self._base else None,
            **self._learnt_from(),
            "max_minutes": self.minutes.value(),
            "max_length": int(self._length.currentText()),
            "learning_rate": float(self._rate.currentText()),
            "lora": {"rank": int(self._rank.currentText()), "alpha": 2 * int(self._rank.currentText())},
            "seed": self._seed.value(),
        }


def _choose(box: QComboBox, text: str) -> None:
    """Chooses a value; one that is not offered is added."""
    if box.findText(text) < 0:
        box.addItem(text)
    box.setCurrentText(text)
