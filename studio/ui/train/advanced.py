"""Owns the folded part of the form: a profile, and every setting that it fills in, by groups. Judges nothing itself."""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from studio.faults import Fault
from studio.language import _, plural
from studio.training.config import judged
from studio.training.names import flat
from studio.training.profiles import DEFAULT_PROFILE, profile, profiles
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8, SPACE_12
from studio.ui.train.setting_row import SettingRow
from studio.ui.train.words import explanation, groups, word
from studio.ui.widgets import label, push_button, rule


class Advanced(QWidget):
    """The profile and the settings. `changed` tells of every edit; `profile_chosen` that a person took a profile.

    The row of `max_minutes` stands elsewhere in the form; the others are made when they are first shown.
    """

    changed = Signal()
    profile_chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.profile = QComboBox()
        self.profile.setAccessibleName(word("profile"))
        self.profile.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for name in sorted(profiles(), key=lambda one: one != DEFAULT_PROFILE):
            self.profile.addItem(profile(name).title, name)
        self.minutes = SettingRow(theme, "max_minutes")
        self._rows = {"max_minutes": self.minutes}
        self.back = push_button("", self.reset, "link")
        self._waiting = list(groups())
        self._last: QWidget = self.back
        self._making = QTimer(self, interval=0)
        self._making.timeout.connect(self._make_group)
        self._fixed: dict[str, object] = {}
        self._values: dict[str, object] = {}
        self._lay_out()
        self.profile.activated.connect(self._take_profile)
        self.minutes.edited.connect(self._edited)
        self._take_base(keep=False)

    def _lay_out(self) -> None:
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_8)
        head = label(word("profile"))
        head.setToolTip(explanation("profile"))
        head.setProperty("term", "profile")
        head.setBuddy(self.profile)
        self.profile.setToolTip(explanation("profile"))
        column.addWidget(head)
        column.addWidget(self.profile)
        column.addWidget(self.back, 0, Qt.AlignmentFlag.AlignLeft)

    @property
    def rows(self) -> Mapping[str, SettingRow]:
        """The row of every setting; those that are not there yet are made."""
        while self._waiting:
            self._make_group()
        return self._rows

    @Slot()
    def _make_group(self) -> None:
        """Makes the rows of the next group; a turn of the window's loop each, so that nothing stands still."""
        if not self._waiting:
            self._making.stop()
            return
        title, names = self._waiting.pop(0)
        self._column.addSpacing(SPACE_12)
        self._column.addWidget(label(title, "title"))
        self._column.addWidget(rule())
        for name in names:
            row = self._rows[name] = SettingRow(self._theme, name)
            row.show_base(self._values[name], keep=False)
            row.edited.connect(self._edited)
            self._column.addWidget(row)
            QWidget.setTabOrder(self._last, row.field)  # else it would come after what was made before it
            self._last = row.field

    def showEvent(self, event: QShowEvent) -> None:
        """Makes what is shown."""
        self._making.start()
        super().showEvent(event)

    # The profile

    def show_profile(self, name: str) -> None:
        """Takes another profile; what a person changed stays."""
        with QSignalBlocker(self.profile):
            self.profile.setCurrentIndex(max(0, self.profile.findData(name)))
        self._take_base(keep=True)

    @property
    def profile_name(self) -> str:
        """The profile that is chosen."""
        return str(self.profile.currentData())

    def fix(self, values: Mapping[str, object]) -> None:
        """Settings that what is learnt from brings along, such as the length that a build was cut to."""
        if dict(values) != self._fixed:
            self._fixed = dict(values)
            self._take_base(keep=True)

    @Slot()
    def _take_profile(self) -> None:
        self._take_base(keep=True)
        self.profile_chosen.emit(self.profile_name)
        self.changed.emit()

    def _base_values(self) -> dict[str, object]:
        """What the profile and what is learnt from say of every setting."""
        config, _faults = judged({"profile": self.profile_name, "base": "-", "scenarios": ["-"]})
        assert config is not None  # a shipped profile is sound
        return {**flat(config.model_dump(mode="json")), **self._fixed}

    def _take_base(self, *, keep: bool) -> None:
        self._values = self._base_values()
        for name, row in self._rows.items():
            row.show_base(self._values[name], keep)
        self._tell()

    # What was changed

    @Slot()
    def _edited(self) -> None:
        self._tell()
        self.changed.emit()

    @Slot()
    def reset(self) -> None:
        """Goes back to the profile in every setting."""
        for row in self._rows.values():
            row.show_base(row.base, keep=False)
        self._tell()
        self.changed.emit()

    def _tell(self) -> None:
        count = sum(row.changed for row in self._rows.values())
        self.back.setVisible(bool(count))
        self.back.setText(
            plural("{count} setting is changed: take it back", "{count} settings are changed: take all back", count)
        )

    def values(self) -> dict[str, object]:
        """The profile, and what stands over it."""
        changed = {name: row.value for name, row in self._rows.items() if row.changed}
        return {"profile": self.profile_name, **self._fixed, **changed}

    def show_faults(self, faults: Iterable[Fault]) -> tuple[Fault, ...]:
        """Says beside each field what is wrong with it; returns those of settings that have no field here."""
        told = {fault.setting: fault for fault in faults}
        for name, row in self._rows.items():
            fault = told.pop(name, None)
            row.show_fault(_sentence(fault) if fault is not None else "")
        return tuple(told.values())


def _sentence(fault: Fault) -> str:
    """What is wrong, where the setting's name stands beside it."""
    wrong = fault.wrong[:1].upper() + fault.wrong[1:]
    return _("{told} It takes {valid}.").format(told=wrong, valid=fault.valid) if fault.valid else wrong
