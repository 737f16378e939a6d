"""Owns the form of a training: which model, what it learns from, its name and time, and the settings behind a fold.

Looks at nothing itself: what it shows comes from `preparation`, what is right from the configuration.
"""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QLineEdit,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from studio.faults import Fault
from studio.jobs.protocol import Fields
from studio.language import _, plural
from studio.training.config import TrainingConfig, judged
from studio.training.suited import suited_profile
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12, SPACE_16
from studio.ui.train.advanced import Advanced
from studio.ui.train.bases_view import BasesView
from studio.ui.train.memory_view import MemoryView
from studio.ui.train.sources import BuildChoice
from studio.ui.train.words import explanation, word
from studio.ui.widgets import label, push_button, rule

_LEAST_WIDTH = 320
_LONGEST_NAME = 60


class TrainForm(QWidget):
    """What a run is told. `start_wanted` asks for it, `edited` tells that anything changed, `source_turned` that
    something else is learnt from."""

    start_wanted = Signal()
    edited = Signal()
    source_turned = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._scenarios: tuple[Path, ...] = ()
        self._sentence = self._busy = ""
        self._free = True
        self.wrong = ""
        self._own_profile = False
        self.bases = BasesView(theme)
        self.advanced = Advanced(theme)
        self.memory = MemoryView(theme)
        self.minutes = self.advanced.minutes
        self.setMinimumWidth(theme.px(_LEAST_WIDTH))
        self._make_fields()
        self._lay_out()
        self._connect()
        self._redraw()

    def _make_fields(self) -> None:
        self.source = QComboBox()
        self.source.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.source.addItem(_("The workspace's scenarios"), None)
        self._data = label("", "caption", wrap=True)
        self.changed = label("", "warning", wrap=True)
        self.changed.hide()
        self.anyway = QCheckBox()
        self.anyway.setToolTip(explanation("allow_errors"))
        self.anyway.hide()
        self.name = QLineEdit(str(TrainingConfig.model_fields["name"].default))
        self.name.setMaxLength(_LONGEST_NAME)
        self._unfold = QToolButton()
        self._unfold.setText(_("Advanced"))
        self._unfold.setCheckable(True)
        self._unfold.setAccessibleName(_("Advanced settings"))
        self._unfold.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._unfold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.advanced.hide()
        self.start = push_button(_("Train"), self.start_wanted.emit, "primary")
        self.why = label("", "caption", wrap=True)

    def _lay_out(self) -> None:
        inside = QWidget()
        inside.setProperty("kind", "scrolled")
        column = QVBoxLayout(inside)
        column.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        column.setSpacing(SPACE_8)
        column.addWidget(self.bases)
        for text, setting, field in (
            (_("Learns from"), "scenarios", self.source),
            (word("name"), "name", self.name),
        ):
            column.addSpacing(SPACE_4)
            head = label(text)
            head.setToolTip(explanation(setting))
            head.setProperty("term", setting)
            head.setBuddy(field)
            field.setAccessibleName(text)
            column.addWidget(head)
            column.addWidget(field)
            if field is self.source:
                column.addWidget(self._data)
                column.addWidget(self.changed)
                column.addWidget(self.anyway)
        column.addSpacing(SPACE_4)
        column.addWidget(self.minutes)
        column.addSpacing(SPACE_4)
        column.addWidget(self._unfold, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.advanced)
        column.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(inside)
        self.area.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # what is in it takes the focus
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        for part in (self.area, rule(), self._foot()):
            whole.addWidget(part, 1 if part is self.area else 0)
        self.bases.comes_after(self.area)

    def _foot(self) -> QWidget:
        """What stays in sight: what it takes, and the button."""
        foot = QWidget()
        column = QVBoxLayout(foot)
        column.setContentsMargins(SPACE_16, SPACE_12, SPACE_16, SPACE_16)
        column.setSpacing(SPACE_8)
        for part in (self.memory, self.start, self.why):
            column.addWidget(part)
        return foot

    def _connect(self) -> None:
        self.source.currentIndexChanged.connect(self._turn)
        self.anyway.toggled.connect(self._judge)
        self.name.textChanged.connect(self._judge)
        self.bases.chosen.connect(self._base_chosen)
        self.advanced.changed.connect(self._judge)
        self.advanced.profile_chosen.connect(self._profile_chosen)
        self._unfold.toggled.connect(self._fold)
        self._theme.changed.connect(self._redraw)

    @Slot()
    def _redraw(self) -> None:
        self._unfold.setIcon(self._theme.icon("down" if self._unfold.isChecked() else "right"))

    @Slot(bool)
    def _fold(self, shown: bool) -> None:
        self.advanced.setVisible(shown)
        self._redraw()

    @Slot()
    def _base_chosen(self) -> None:
        """Another model brings the profile that suits it, unless a person chose one."""
        choice = self.bases.choice
        if choice is not None and not self._own_profile:
            self.advanced.show_profile(suited_profile(choice.name, self.bases.bases.room))
        self._judge()

    @Slot(str)
    def _profile_chosen(self, _name: str) -> None:
        self._own_profile = True

    # What is learnt from

    def show_data(self, sentence: str, scenarios: Sequence[Path]) -> None:
        """Says what the workspace's scenarios hold."""
        self._sentence = sentence
        self._scenarios = tuple(scenarios)
        self._say_data()

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
        self._say_data()

    @property
    def build(self) -> BuildChoice | None:
        """The build that is learned from; None for the scenarios as they stand."""
        found = self.source.currentData()
        return found if isinstance(found, BuildChoice) else None

    @property
    def scenarios(self) -> tuple[Path, ...]:
        """The scenarios that are learned from; none where a build is."""
        return self._scenarios if self.build is None else ()

    @Slot()
    def _turn(self) -> None:
        self._say_data()
        self.source_turned.emit()

    def _say_data(self) -> None:
        """Says what is known of what is learned from."""
        build = self.build
        self._data.setText(build.sentence if build is not None else self._sentence)
        self.changed.setText(build.changed if build is not None else "")
        self.changed.setVisible(bool(self.changed.text()))
        errors = build.errors if build is not None else 0
        self.anyway.setVisible(bool(errors))
        words = plural("Train though {count} error was left out", "Train though {count} errors were left out", errors)
        self.anyway.setText(words)
        self.advanced.fix({"max_length": build.max_length} if build is not None else {})
        self._judge()

    # Whether it can start

    @Slot()
    def _judge(self) -> None:
        """Tells all that is wrong, each beside its field, and why a run cannot start."""
        _config, faults = judged(self.values())
        rest = self.advanced.show_faults(faults)
        self.wrong = self._why_not(faults, rest)
        why = self._busy if not self._free else self.wrong
        self.start.setEnabled(self._free and not why)
        self.why.setText(why)
        self.why.setVisible(bool(why))
        self.edited.emit()

    def _why_not(self, faults: Sequence[Fault], rest: Sequence[Fault]) -> str:
        choice, build = self.bases.choice, self.build
        if choice is None:
            return _("Choose a model first.")
        if choice.path is None and choice.download:
            return _("{name} is not here yet: fetch it first, by the button on its card.").format(name=choice.title)
        if choice.path is None:
            return _("The starter model is not here yet. Set-up fetches it.")
        if build is None and not self._scenarios and not self._pairs:
            return _("There is no scenario to learn from yet.")
        if build is not None and build.errors and not self.anyway.isChecked():
            return _("The data set left out what had errors. Mend that, or tick the box under it.")
        if rest:
            return str(rest[0])
        names = ", ".join(word(fault.setting) for fault in faults)
        return _("Not every setting can be used: {names}.").format(names=names) if names else ""

    def show_ready(self, ready: bool, why: str) -> None:
        """Whether a run can start now, and what to know about it."""
        if (ready, why) != (self._free, self._busy):
            self._free, self._busy = ready, why
            self._judge()

    @property
    def why_not(self) -> str:
        """Why a run cannot start now; nothing where it can."""
        return "" if self.start.isEnabled() else self.why.text()

    # What it is told

    @property
    def _pairs(self) -> bool:
        """Whether it learns from better and worse answers, which no scenario has."""
        return self.advanced.values().get("objective") == "dpo"

    def _learnt_from(self) -> Fields:
        if self.build is None and self._pairs:
            return {"scenarios": []}
        if self.build is None:
            return {"scenarios": [str(path) for path in self._scenarios]}
        return {"dataset": str(self.build.path), "scenarios": [], "allow_errors": self.anyway.isChecked()}

    def values(self) -> Fields:
        """The settings as they stand in the fields: the profile, and what stands over it."""
        choice = self.bases.choice
        base = (choice.path or choice.name) if choice is not None else None
        return {
            "name": self.name.text().strip() or None,
            "base": str(base) if base is not None else None,
            **self._learnt_from(),
            **self.advanced.values(),
        }
