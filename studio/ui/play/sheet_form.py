"""Owns the form in which a person changes a sheet by hand; the rules say what can be, and each change can be undone."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from studio.language import _
from studio.rules import HandChange, Rules, Sheet
from studio.rules.hand import MOST
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8
from studio.ui.widgets import Choice, IconButton, label, number, push_button, rule


class SheetForm(QWidget):
    """The fields of one sheet. `changed_by_hand` carries a HandChange."""

    changed_by_hand = Signal(object)

    def __init__(self, theme: Theme, rules: Rules) -> None:
        super().__init__()
        self._theme = theme
        self._sheet: Sheet | None = None
        self._numbers: dict[str, QSpinBox] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE_8, 0, 0)
        column.setSpacing(SPACE_8)
        column.addWidget(rule())
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE_8)
        grid.setVerticalSpacing(SPACE_4)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        for place, (field, name) in enumerate(
            (("health", _("Health")), ("most health", _("of at most")), ("level", _("Level")),
             ("experience", _("Experience")))
        ):  # fmt: skip
            grid.addWidget(label(name, "caption"), place // 2, place % 2 * 2)
            grid.addWidget(self._number(field, name), place // 2, place % 2 * 2 + 1)
        column.addLayout(grid)
        self._in, self._carried = QVBoxLayout(), QVBoxLayout()
        for part in (self._in, self._carried):
            part.setSpacing(SPACE_4)
            column.addLayout(part)
        self._condition = Choice()
        self._condition.setEditable(True)
        self._condition.addItems(rules.conditions)
        self._condition.setCurrentText("")
        self._condition.setAccessibleName(_("Condition"))
        line = self._condition.lineEdit()
        assert line is not None
        line.setPlaceholderText(_("Condition"))
        line.returnPressed.connect(self._add_condition)
        column.addLayout(self._adding(self._condition, _("Put in this condition"), self._add_condition))
        self._thing = QLineEdit()
        self._thing.setPlaceholderText(_("Thing"))
        self._thing.setAccessibleName(_("Thing to carry"))
        self._thing.returnPressed.connect(self._add_thing)
        column.addLayout(self._adding(self._thing, _("Give this thing"), self._add_thing))

    def _number(self, field: str, name: str) -> QSpinBox:
        made = number(0, MOST, name)
        made.setMinimumWidth(self._theme.px(56))
        made.valueChanged.connect(lambda value: self._wish(field, value))
        self._numbers[field] = made
        return made

    def _adding(self, field: QWidget, name: str, run: object) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(SPACE_8)
        line.addWidget(field, 1)
        add = IconButton(self._theme, "add", name)
        add.clicked.connect(run)
        line.addWidget(add)
        return line

    def show_sheet(self, sheet: Sheet) -> None:
        """Shows what stands on the sheet, without asking for a change."""
        if sheet == self._sheet:
            return
        before, self._sheet = self._sheet, sheet
        health, experience = sheet.health, sheet.experience
        self._put("health", health[0] if health else None, max(health) if health else 0)
        self._put("most health", health[1] if health else None, MOST)
        self._put("level", sheet.level if sheet.level is not None else None, 1000)
        self._put("experience", experience[0] if experience else None, max(experience) if experience else 0)
        if before is None or before.conditions != sheet.conditions:
            self._show_conditions(sheet)
        if before is None or before.inventory != sheet.inventory:
            self._show_things(sheet)

    def _put(self, field: str, value: int | None, most: int) -> None:
        number = self._numbers[field]
        number.blockSignals(True)
        number.setEnabled(value is not None)
        number.setMaximum(max(most, value or 0))
        number.setValue(value or 0)
        number.blockSignals(False)

    def _show_conditions(self, sheet: Sheet) -> None:
        _empty(self._in)
        for name in sheet.conditions:
            run = lambda name=name: self._wish("conditions", 0, name)  # noqa: E731  # one of many like it
            self._in.addWidget(push_button(_("No longer {condition}").format(condition=name), run))

    def _show_things(self, sheet: Sheet) -> None:
        _empty(self._carried)
        for item in sheet.inventory:
            line = QWidget()
            count = number(0, MOST, _("How many of {item}").format(item=item.name))
            inside = QHBoxLayout(line)
            inside.setContentsMargins(0, 0, 0, 0)
            inside.setSpacing(SPACE_8)
            count.setValue(item.count)
            count.valueChanged.connect(lambda value, name=item.name: self._wish("inventory", value, name))
            away = IconButton(self._theme, "close", _("Take away {item}").format(item=item.name), size=12)
            away.clicked.connect(lambda _checked=False, name=item.name: self._wish("inventory", 0, name))
            inside.addWidget(label(item.name, wrap=True), 1)
            inside.addWidget(count, 0, Qt.AlignmentFlag.AlignVCenter)
            inside.addWidget(away, 0, Qt.AlignmentFlag.AlignVCenter)
            self._carried.addWidget(line)

    def _wish(self, field: str, value: int, what: str = "") -> None:
        if self._sheet is not None:
            name, self._sheet = self._sheet.name, None  # refused or not, the fields show what stands afterwards
            self.changed_by_hand.emit(HandChange(name, field, value=value, what=what))

    @Slot()
    def _add_condition(self) -> None:
        name = self._condition.currentText().strip()
        if name:
            self._condition.setCurrentText("")
            self._wish("conditions", 1, name)

    @Slot()
    def _add_thing(self) -> None:
        name = self._thing.text().strip()
        if name and self._sheet is not None:
            self._thing.clear()
            self.changed_by_hand.emit(HandChange(self._sheet.name, "inventory", delta=1, what=name))


def _empty(layout: QVBoxLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        old = item.widget()
        if old is not None:
            old.hide()
            old.deleteLater()
