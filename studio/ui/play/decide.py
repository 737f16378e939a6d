"""Owns the line with which the table decides in a fight what no turn asks for: a save, damage, a condition."""

from collections.abc import Callable

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLineEdit, QVBoxLayout, QWidget

from studio.language import _
from studio.rules import Party, Rules
from studio.rules.combat import Deed
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_8
from studio.ui.widgets import Choice, IconButton, number, push_button

_MOST_DC = 9999


class DecideRow(QWidget):
    """Who, what, how much. `deed_wanted` carries a Deed."""

    deed_wanted = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._names: tuple[str, ...] = ()
        self._who, self._what, self._ability, self._condition = (Choice() for _number in range(4))
        self._advantage = advantage_box()
        self._dice, self._dc = QLineEdit(), number(0, _MOST_DC, _("DC"))
        self._dice.setPlaceholderText("2d6+1")
        self._dc.setPrefix(_("DC "))
        self._dc.setSpecialValueText(_("usual DC"))
        for part, name in (
            (self._who, _("To whom")), (self._what, _("What happens")), (self._ability, _("Saving throw of")),
            (self._condition, _("Condition")), (self._dice, _("How much, in dice")), (self._dc, _("DC")),
        ):  # fmt: skip
            part.setAccessibleName(name)
            part.setMinimumWidth(theme.px(64))
        for kind, word in _words().items():
            self._what.addItem(word, kind)
        self._what.currentIndexChanged.connect(self._show_fields)
        self._dice.returnPressed.connect(self._do)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(SPACE_8)
        grid.addWidget(self._who, 0, 0)
        grid.addWidget(self._what, 0, 1)
        for place, field in enumerate((self._ability, self._dice, self._condition)):
            grid.addWidget(field, 1, 0, 1, 1 if place == 0 else 2)
        grid.addWidget(self._dc, 1, 1)
        grid.addWidget(self._advantage, 2, 0)
        grid.addWidget(push_button(_("So it is"), self._do), 2, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE_8, 0, 0)
        column.setSpacing(SPACE_8)
        self._fields = QWidget()
        self._fields.setLayout(grid)
        self._fields.hide()
        self._fold = IconButton(
            theme, "right", _("Decide something that no turn asks for"), text=_("The table decides"), size=12
        )
        self._fold.setCheckable(True)
        self._fold.toggled.connect(self._unfold)
        column.addWidget(self._fold)
        column.addWidget(self._fields)
        self._show_fields()

    def show_party(self, party: Party, rules: Rules) -> None:
        """Offers those who are there."""
        if party.names != self._names:
            self._names = party.names
            chosen = self._who.currentText()
            self._who.clear()
            self._who.addItems(party.names)
            self._who.setCurrentIndex(max(0, self._who.findText(chosen)))
        if not self._ability.count():
            self._ability.addItems([name for name, _skills in rules.combat.abilities])
            self._condition.addItems(rules.conditions)

    @Slot(bool)
    def _unfold(self, on: bool) -> None:
        self._fields.setVisible(on)
        self._fold.show_icon("down" if on else "right")

    @Slot()
    def _show_fields(self) -> None:
        kind = self._what.currentData()
        for part, kinds in (
            (self._ability, ("save",)), (self._dc, ("save",)), (self._advantage, ("save",)),
            (self._dice, ("damage", "heal")), (self._condition, ("condition", "off")),
        ):  # fmt: skip
            part.setVisible(kind in kinds)

    @Slot()
    def _do(self) -> None:
        kind, who = self._what.currentData(), self._who.currentText()
        made: dict[str, Callable[[], Deed]] = {
            "save": lambda: Deed("save", who, ability=self._ability.currentText(), dc=self._dc.value(),
                                 advantage=self._advantage.currentData()),
            "damage": lambda: Deed("damage", who, dice=self._dice.text().strip()),
            "heal": lambda: Deed("heal", who, dice=self._dice.text().strip()),
            "condition": lambda: Deed("condition", who, condition=self._condition.currentText()),
            "off": lambda: Deed("condition", who, condition=self._condition.currentText(), off=True),
            "leave": lambda: Deed("leave", who),
        }  # fmt: skip
        self.deed_wanted.emit(made[kind]())


def _words() -> dict[str, str]:  # a table whose words are those of the language that is set
    return {
        "save": _("Saving throw"),
        "damage": _("Damage"),
        "heal": _("Healing"),
        "condition": _("Condition"),
        "off": _("Condition ends"),
        "leave": _("Leaves the fight"),
    }


def advantage_box() -> Choice:
    """A choice between one die, and two of which the better or the worse counts."""
    made = Choice()
    made.setAccessibleName(_("Advantage"))
    for data, word in (("", _("Plain")), ("adv", _("Advantage")), ("dis", _("Disadvantage"))):
        made.addItem(word, data)
    return made
