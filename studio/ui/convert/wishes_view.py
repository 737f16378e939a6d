"""Owns the fields that say what a model is to fit: device, memory, tokens of play, importance matrix."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QGridLayout, QSlider, QSpinBox, QWidget

from studio.language import _
from studio.ui.convert.plan import LEAST_GB, MOST_GB, STEPS, DeviceRow, Wishes, room_at, step_of
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_16
from studio.ui.widgets import label
from studio.ui.widgets.hover import explain

_SETTLE_MS = 80
_LEAST_TOKENS, _MOST_TOKENS, _TOKENS = 256, 1 << 20, 1024


class WishesView(QWidget):
    """The fields; `changed` comes when they have been still for a moment."""

    changed = Signal()

    def __init__(self, theme: Theme, devices: list[DeviceRow]) -> None:
        super().__init__()
        self._devices = devices
        self.device = QComboBox()
        self.device.addItems([row.title for row in devices])
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, STEPS)
        self.slider.setMinimumWidth(theme.px(140))
        self.slider.setMaximumWidth(theme.px(420))
        self.room = QDoubleSpinBox()
        self.room.setRange(LEAST_GB, MOST_GB)
        self.room.setDecimals(2)
        self.room.setSuffix(_(" GB"))
        self.context = QSpinBox()
        self.context.setRange(_LEAST_TOKENS, _MOST_TOKENS)
        self.context.setSingleStep(_TOKENS)
        self.context.setSuffix(_(" tokens"))
        self.importance = QCheckBox(_("Importance matrix"))
        for field in (self.room, self.context):  # the style sheet's padding does not reach the text in them
            field.lineEdit().setTextMargins(SPACE_4, 0, 0, 0)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SETTLE_MS)
        self._timer.timeout.connect(self.changed)
        self._lay_out()
        self.show_wishes(next((row.wishes for row in devices if row.wishes.device == Wishes().device), Wishes()))
        self.device.currentIndexChanged.connect(self._take_device)
        self.slider.valueChanged.connect(self._take_slider)
        self.room.valueChanged.connect(self._take_room)
        self.context.valueChanged.connect(self._soon)
        self.importance.toggled.connect(self._soon)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE_16)
        grid.setVerticalSpacing(SPACE_4)
        fields = (
            (_("Made for"), self.device), (_("Must fit in"), self.slider), ("", self.room),
            (_("Tokens of play"), self.context), ("", self.importance),
        )  # fmt: skip
        for column, (word, field) in enumerate(fields):
            if word:
                name = label(word, "caption")
                name.setBuddy(field)
                explain(name, word)
                grid.addWidget(name, 0, column)
            field.setAccessibleName(word or _("Must fit in"))
            explain(field, word or _("Must fit in"))
            grid.addWidget(field, 1, column)
        self.importance.setAccessibleName(self.importance.text())
        explain(self.importance, self.importance.text())
        grid.setColumnStretch(1, 100)
        grid.setColumnStretch(len(fields), 1)

    def wishes(self) -> Wishes:
        """What the fields say."""
        row = self._devices[self.device.currentIndex()]
        return replace(
            row.wishes, room_gb=self.room.value(), context=self.context.value(), importance=self.importance.isChecked()
        )

    def show_wishes(self, wishes: Wishes) -> None:
        """Puts wishes into the fields, without telling of it."""
        blocked = [QSignalBlocker(field) for field in self._fields]
        names = [row.wishes.device for row in self._devices]
        self.device.setCurrentIndex(names.index(wishes.device) if wishes.device in names else 0)
        self.room.setValue(wishes.room_gb)
        self.slider.setValue(step_of(wishes.room_gb))
        self.context.setValue(wishes.context)
        self.importance.setChecked(wishes.importance)
        for one in blocked:
            one.unblock()

    @property
    def _fields(self) -> tuple[QWidget, ...]:
        return (self.device, self.slider, self.room, self.context, self.importance)

    @Slot(int)
    def _take_device(self, number: int) -> None:
        self.show_wishes(replace(self._devices[number].wishes, importance=self.importance.isChecked()))
        self._soon()

    @Slot(int)
    def _take_slider(self, step: int) -> None:
        with QSignalBlocker(self.room):
            self.room.setValue(room_at(step))
        self._soon()

    @Slot(float)
    def _take_room(self, room: float) -> None:
        with QSignalBlocker(self.slider):
            self.slider.setValue(step_of(room))
        self._soon()

    @Slot()
    def _soon(self) -> None:
        self._timer.start()
