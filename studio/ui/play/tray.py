"""Owns the dice tray: any dice, or a skill with what the sheet adds. The rules throw; the seed says how they fall."""

from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLineEdit, QWidget

from studio.language import _
from studio.rules import Party, Rules, Throw
from studio.ui.play.decide import advantage_box
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8
from studio.ui.widgets import Choice, IconButton, label, number, push_button, row, stack

DICE = (4, 6, 8, 10, 12, 20, 100)
_MOST_DC = 9999


class DiceTray(QWidget):
    """Who throws for what. `throw_wanted` carries a Throw and whether the narrator is told of it."""

    throw_wanted = Signal(object, bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._party: Party | None = None
        self._suggested, self._for = False, ""
        self._rules = Rules.shipped()
        self._who, self._skill, self._advantage = Choice(), Choice(), advantage_box()
        self._dc, self._dice = number(0, _MOST_DC, _("DC")), QLineEdit()
        self._tell = QCheckBox(_("Tell the narrator"))
        self._tell.setChecked(True)
        self._tell.setToolTip(_("What a skill's throw came to becomes part of the story"))
        self._dc.setPrefix(_("DC "))
        self._dc.setSpecialValueText(_("no DC"))
        self._dice.setPlaceholderText(_("2d6+3, 2d20kh1…"))
        self._dice.returnPressed.connect(self._throw_dice)
        for part, name in (
            (self._who, _("Who throws")), (self._skill, _("For which skill")), (self._dc, _("DC")),
            (self._dice, _("Any dice")),
        ):  # fmt: skip
            part.setAccessibleName(name)
            part.setMinimumWidth(theme.px(64))
        for box in (self._who, self._skill):
            box.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(6)
        self._who.currentIndexChanged.connect(self._show_skills)
        self._skill.activated.connect(self._chose_skill)
        self._lay_out(theme)

    def _lay_out(self, theme: Theme) -> None:
        self._fold = IconButton(theme, "up", _("DC, advantage, any dice"), size=14)
        self._fold.setCheckable(True)
        self._fold.toggled.connect(self._unfold)
        single = QHBoxLayout()
        single.setSpacing(SPACE_4)
        for size in DICE:
            made = push_button(f"d{size}", partial(self._throw, Throw(expression=f"1d{size}"), tell=False), "small")
            made.setMinimumWidth(theme.px(28))
            made.setAccessibleName(_("Throw a die of {n} sides").format(n=size))
            single.addWidget(made, 1)
        skill = _halves()
        skill.addWidget(self._who, 0, 0)
        skill.addWidget(self._skill, 0, 1)
        skill.addWidget(self._tell, 1, 0)
        skill.addWidget(push_button(_("Throw"), self._throw_skill, "primary"), 1, 1)
        column = stack()
        column.addLayout(row(label(_("Dice"), "title"), None, self._fold))
        column.addLayout(skill)
        column.addWidget(self._more())
        column.addLayout(single)
        self.setLayout(column)

    def _more(self) -> QWidget:
        """What a throw seldom needs: against what, how, and any other dice."""
        self._whole, grid = QWidget(), _halves()
        grid.addWidget(self._dc, 0, 0)
        grid.addWidget(self._advantage, 0, 1)
        grid.addWidget(self._dice, 1, 0)
        grid.addWidget(push_button(_("Throw these"), self._throw_dice), 1, 1)
        self._whole.setLayout(grid)
        self._whole.hide()
        return self._whole

    def show_whole(self, on: bool) -> None:
        """Shows all of the tray or what is needed most; what a person chose stays until that changes."""
        if on is not self._suggested:
            self._suggested = on
            self._fold.setChecked(on)

    @Slot(bool)
    def _unfold(self, on: bool) -> None:
        self._whole.setVisible(on)
        self._fold.show_icon("down" if on else "up")

    def show_party(self, party: Party, rules: Rules, player: str | None, *, idle: bool) -> None:
        """Offers those who are there, with the skills of their sheets."""
        self.setEnabled(idle)
        before, self._party = self._party, party
        if before is not None and before.names == party.names and rules is self._rules:
            return
        self._rules = rules
        self._who.blockSignals(True)
        self._who.clear()
        for sheet in party.sheets:
            self._who.addItem(sheet.name, sheet.name)
        self._who.addItem(_("The table"), "")
        self._who.setCurrentIndex(max(0, self._who.findData(player)))
        self._who.blockSignals(False)
        self._show_skills()

    @Slot()
    def _show_skills(self) -> None:
        sheet = self._party.find(self._who.currentData() or "") if self._party is not None else None
        self._skill.clear()
        for skill in dict.fromkeys([*(name.strip().lower() for name in (sheet.character.skills if sheet else ())),
                                    *(name.replace("_", " ") for name in self._rules.skills)]):  # fmt: skip
            value = sheet.modifier(skill) if sheet is not None else None
            told = skill.capitalize() if value is None else f"{skill.capitalize()} {value:+d}".replace("-", "−")
            self._skill.addItem(told, skill)
        self._skill.setCurrentIndex(max(0, self._skill.findData(self._for)))

    @Slot()
    def _chose_skill(self) -> None:
        """A skill that a person chose stays chosen where somebody else throws; else it is the sheet's first."""
        self._for = str(self._skill.currentData() or "")

    def throw_for(self, skill: str, who: str) -> None:
        """Throws for a skill of somebody's sheet, as the tray is set otherwise."""
        self._throw(Throw(skill, who=who, advantage=self._advantage.currentData(), dc=self._dc.value()),
                    tell=self._tell.isChecked())  # fmt: skip

    @Slot()
    def _throw_skill(self) -> None:
        if self._skill.currentData():
            self.throw_for(self._skill.currentData(), self._who.currentData() or "")

    @Slot()
    def _throw_dice(self) -> None:
        if self._dice.text().strip():
            self._throw(Throw(expression=self._dice.text().strip(), who=self._who.currentData() or ""), tell=False)

    def _throw(self, asked: Throw, *, tell: bool) -> None:
        self.throw_wanted.emit(asked, tell)
        self._advantage.setCurrentIndex(0)


def _halves() -> QGridLayout:
    """Two columns of one width."""
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setSpacing(SPACE_8)
    grid.setColumnStretch(0, 1)
    grid.setColumnStretch(1, 1)
    return grid
