"""Owns the view of a fight: its order, whose turn it is, and what that one can do. The rules decide."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.language import _
from studio.rules import Party, Rules
from studio.rules.combat import Deed, offers, side
from studio.ui.play.decide import DecideRow, advantage_box
from studio.ui.play.sheets import Place, order_of
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12
from studio.ui.widgets import Choice, IconButton, label, push_button, stack

BY_RULES = "by rules"
"""The wish that the rules choose what the one whose turn it is does."""


class OrderView(QWidget):
    """Who acts in which order while a fight lasts."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE_12)
        self._grid.setVerticalSpacing(SPACE_4)
        self._grid.setColumnStretch(1, 1)
        self._rows: list[tuple[QLabel, QLabel, QLabel, QLabel]] = []
        self._order: tuple[Place, ...] = ()
        theme.changed.connect(self._redraw)

    @Slot()
    def _redraw(self) -> None:
        """The mark is a picture, which has its colour from the theme it was drawn in."""
        self.show_order(self._order)

    def show_order(self, order: tuple[Place, ...]) -> None:
        """Shows the order; only what differs is drawn."""
        self._order = order
        while len(self._rows) < len(order):
            self._rows.append(self._row(len(self._rows)))
        for number, parts in enumerate(self._rows):
            for part in parts:
                part.setVisible(number < len(order))
            if number < len(order):
                self._show(parts, order[number])

    def _show(self, parts: tuple[QLabel, QLabel, QLabel, QLabel], place: Place) -> None:
        mark, name, health, total = parts
        if place.acts:
            mark.setPixmap(self._theme.icon("start", "accent").pixmap(self._theme.px(12)))
        else:
            mark.clear()
        kind = "muted" if place.state else "strong" if place.acts else ""
        if name.property("kind") != kind:
            name.setProperty("kind", kind)
            name.style().polish(name)
        name.setText(place.name)
        told = place.state or (f"{place.health[0]} / {place.health[1]}" if place.health else "")
        health.setText(told)
        total.setText(str(place.initiative))
        name.setAccessibleName(
            _("{name}, initiative {n}, {state}").format(
                name=place.name, n=place.initiative, state=_("acts now") if place.acts else told
            )
        )

    def _row(self, number: int) -> tuple[QLabel, QLabel, QLabel, QLabel]:
        mark, name, health, total = label(""), label("", wrap=True), label("", "caption"), label("", "caption")
        mark.setFixedWidth(self._theme.px(12))
        total.setToolTip(_("Initiative"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for column, part in enumerate((mark, name, health, total)):
            self._grid.addWidget(part, number, column, right if column > 1 else Qt.AlignmentFlag.AlignVCenter)
        return mark, name, health, total


class FightView(QWidget):
    """A fight, or the way into one. `deed_wanted` carries a Deed or `BY_RULES`; `tell_wanted`: the narrator goes on."""

    deed_wanted = Signal(object)
    tell_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._shown: tuple[object, ...] | None = None
        self._rules = Rules.shipped()
        self._begin = push_button(_("Begin a fight"), lambda: self.deed_wanted.emit(Deed("begin")))
        self._begin.setToolTip(_("Everybody throws initiative; the rules keep the order"))
        self._title, self._whose = label(_("Fight"), "title"), label("", "strong", wrap=True)
        self._end = IconButton(theme, "close", _("End the fight"))
        self._end.clicked.connect(lambda: self.deed_wanted.emit(Deed("end")))
        self._order = OrderView(theme)
        self._target, self._weapon, self._advantage = Choice(), Choice(), advantage_box()
        self._target.setAccessibleName(_("Whom to attack"))
        self._weapon.setAccessibleName(_("What to attack with"))
        for box in (self._target, self._weapon):
            box.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(6)
        self._attack = push_button(_("Attack"), self._strike, "primary")
        self._by_rules = push_button(_("Let the rules act"), lambda: self.deed_wanted.emit(BY_RULES))
        self._by_rules.setToolTip(_("The rules choose what this one does, as they do for foes"))
        self._next = push_button(_("End the turn"), lambda: self.deed_wanted.emit(Deed("next")))
        self._tell = push_button(_("Let the narrator tell it"), self.tell_wanted.emit)
        self._remedies = QVBoxLayout()
        self._remedies.setSpacing(SPACE_4)
        self._decide = DecideRow(theme)
        self._decide.deed_wanted.connect(self.deed_wanted)
        self._fight = QWidget()
        self._lay_out()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._end)
        self._blow = QWidget()
        grid = QGridLayout(self._blow)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(SPACE_8)
        grid.addWidget(self._target, 0, 0)
        grid.addWidget(self._weapon, 0, 1)
        grid.addWidget(self._advantage, 1, 0)
        grid.addWidget(self._attack, 1, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        turn = QHBoxLayout()
        turn.setSpacing(SPACE_8)
        turn.addWidget(self._by_rules, 1)
        turn.addWidget(self._next, 1)
        inside = QVBoxLayout(self._fight)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(SPACE_8)
        inside.addLayout(head)
        inside.addWidget(self._order)
        inside.addWidget(self._whose)
        inside.addWidget(self._blow)
        inside.addLayout(self._remedies)
        inside.addLayout(turn)
        inside.addWidget(self._decide)
        self.setLayout(stack(self._begin, self._fight, self._tell))

    def show_fight(self, party: Party, rules: Rules, *, idle: bool, due: bool) -> None:
        """Shows the fight as it stands; `due`: the rules have done what the narrator has not told yet."""
        shown = (party, rules, idle, due)
        if shown == self._shown:
            return
        self._shown, self._rules = shown, rules
        combat = party.combat
        self._begin.setVisible(combat is None)
        self._begin.setEnabled(idle and len(party.sheets) > 1)
        self._fight.setVisible(combat is not None)
        self._fight.setEnabled(idle)
        self._tell.setVisible(due)
        self._tell.setEnabled(idle)
        if combat is not None:
            self._title.setText(_("Fight · round {n}").format(n=combat.round))
            self._order.show_order(order_of(party))
            self._show_turn(party)
            self._decide.show_party(party, rules)

    def _show_turn(self, party: Party) -> None:
        whose = party.combat.whose if party.combat is not None else None
        found = offers(party, whose, self._rules) if whose is not None else ()
        blows = [offer.deed for offer in found if offer.deed.kind == "attack"]
        sheet = party.find(whose) if whose is not None else None
        foe = sheet is not None and side(sheet, self._rules) == "foes"
        self._whose.setText(_("{name} acts").format(name=whose) if whose else "")
        self._blow.setVisible(bool(blows))
        _fill(self._target, list(dict.fromkeys(deed.target for deed in blows)))
        _fill(self._weapon, list(dict.fromkeys(deed.weapon for deed in blows)))
        self._next.setEnabled(any(offer.deed.kind == "next" for offer in found))
        _stress(self._by_rules, foe and bool(blows))
        _stress(self._attack, not foe)
        while (item := self._remedies.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        for offer in found:
            if offer.deed.kind == "use":
                run = lambda deed=offer.deed: self.deed_wanted.emit(deed)  # noqa: E731  # one of many like it
                self._remedies.addWidget(push_button(offer.sentence, run))

    @Slot()
    def _strike(self) -> None:
        party = self._shown[0] if self._shown is not None else None
        whose = party.combat.whose if isinstance(party, Party) and party.combat is not None else None
        if whose is not None:
            weapon, advantage = self._weapon.currentText(), self._advantage.currentData()
            self.deed_wanted.emit(Deed("attack", whose, self._target.currentText(), weapon=weapon, advantage=advantage))
            self._advantage.setCurrentIndex(0)


def _fill(box: Choice, words: list[str]) -> None:
    """Puts words into a box; the one that was chosen stays chosen where it is among them."""
    if [box.itemText(row) for row in range(box.count())] == words:
        return
    chosen = box.currentText()
    box.clear()
    box.addItems(words)
    box.setCurrentIndex(max(0, box.findText(chosen)))


def _stress(button: QWidget, on: bool) -> None:
    """Makes a button the one that is meant."""
    kind = "primary" if on else ""
    if button.property("kind") != kind:
        button.setProperty("kind", kind)
        button.style().polish(button)
