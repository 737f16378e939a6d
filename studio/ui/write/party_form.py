"""Owns the party as a form that edits the text: a list of who is there, and the sheet of one; knows no file.

The text is the truth. The form shows what it says, and each change becomes one small edit of it through `Sheets`.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListWidget,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from studio.errors import LorewrightError
from studio.language import _
from studio.scenario import Character, Edit, Scenario, Vocabulary
from studio.scenario import party_edits as edits_of
from studio.scenario.model import plain_name
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12
from studio.ui.widgets import EmptyPlace, IconButton, label, rule
from studio.ui.write.sheet_form import KINDS, SheetForm

_MOST_ROWS = 5


class Sheets(Protocol):
    """The text behind the form."""

    def scenario(self) -> Scenario | None:
        """What the text says now; None where there is nothing that can be edited."""
        ...

    def apply(self, edits: Sequence[Edit]) -> object:
        """Makes edits as one step that can be undone."""
        ...

    def undo(self, steps: int) -> None:
        """Takes the last step of the text back (1), whoever made it, or makes it again (-1)."""
        ...


class PartyForm(QWidget):
    """Who is in the party, and one sheet.

    `chosen` carries the place of the character that is shown, `export_wanted` the name of one that is to be a card.
    """

    chosen = Signal(int)
    export_wanted = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._sheets: Sheets | None = None
        self._words = Vocabulary.shipped()
        self._names: list[str] = []
        self._shown = 0
        self._empty = EmptyPlace(
            theme,
            "person",
            _("Nobody in the party yet"),
            _("Who plays has a sheet: health, skills, what they carry. It is written under # Party."),
            _("Add a character"),
            self.add,
        )
        self.list = self._characters()
        self.sheet = SheetForm(theme, self._change, lambda: self._words)
        self._trouble = label("", "error", wrap=True)
        self._trouble.hide()
        self.sheet.refused.connect(self._say)
        self.sheet.undone.connect(self._undo)
        self._tools = self._buttons()
        self._body = self._stacked()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._body)
        layout.addWidget(self._empty)
        self.follow()

    def _characters(self) -> QListWidget:
        rows = QListWidget()
        rows.setAccessibleName(_("Characters"))
        rows.setProperty("kind", "roomy")
        rows.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        rows.currentRowChanged.connect(self._turned)
        return rows

    def _stacked(self) -> QWidget:
        """The list, its buttons, the sheet and what was refused, one below the other."""
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(self.sheet)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body = QWidget()
        inside = QVBoxLayout(body)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        inside.addWidget(self.list)
        inside.addWidget(self._tools)
        inside.addWidget(rule())
        inside.addWidget(area, 1)
        inside.addWidget(self._trouble)
        self._trouble.setContentsMargins(SPACE_12, SPACE_8, SPACE_12, SPACE_8)
        return body

    def _buttons(self) -> QWidget:
        box = QWidget()
        line = QHBoxLayout(box)
        line.setContentsMargins(SPACE_8, SPACE_4, SPACE_8, SPACE_4)
        line.setSpacing(SPACE_4)
        self.buttons = {
            "add": IconButton(self._theme, "add", _("Add a character"), text=_("Add")),
            "up": IconButton(self._theme, "previous", _("Move this character up")),
            "down": IconButton(self._theme, "next", _("Move this character down")),
            "export": IconButton(self._theme, "export", _("Write this character as a card")),
            "remove": IconButton(self._theme, "trash", _("Remove this character")),
        }
        for name, run in (
            ("add", self.add),
            ("up", partial(self.shift, -1)),
            ("down", partial(self.shift, 1)),
            ("export", self.export),
            ("remove", self.remove),
        ):
            self.buttons[name].clicked.connect(lambda _checked=False, run=run: run())
        line.addWidget(self.buttons["add"])
        line.addStretch(1)
        for name in ("up", "down", "export", "remove"):
            line.addWidget(self.buttons[name])
        return box

    # -- following the text ---------------------------------------------------------------------------

    def attach(self, sheets: Sheets | None) -> None:
        """Turns to another text; what was half typed is handed on to the one before."""
        if sheets is self._sheets:
            return
        self._hand_on()
        self._sheets = sheets
        self._names = []
        self.sheet.forget()
        self.follow()

    def _hand_on(self) -> None:
        """Hands on what is half typed to the sheet that it was typed for; what is refused is let go."""
        focus = self.sheet.focused()
        if focus is not None:
            focus.hand_on()
            focus.let_go()

    def use(self, words: Vocabulary) -> None:
        """Completes skills by the words of this game."""
        self._words = words

    def follow(self, scenario: Scenario | None = None) -> None:
        """Shows what the text says now; the field with the keys in it keeps them, and what is half typed there."""
        if scenario is None and self._sheets is not None:
            scenario = self._sheets.scenario()
        party = scenario.system.party if scenario is not None and scenario.system is not None else ()
        self._body.setVisible(bool(party))
        self._empty.setVisible(not party)
        place = self._follow_list(party)
        if scenario is not None and party:
            self._shown = place
            self.sheet.follow(scenario, place)
        for name, able in (("up", place > 0), ("down", place < len(party) - 1), ("remove", bool(party))):
            self.buttons[name].setEnabled(able)

    @property
    def place(self) -> int:
        """Which character is shown, from 0."""
        return max(0, self.list.currentRow())

    def _follow_list(self, party: Sequence[Character]) -> int:
        """Lists who is there; the one shown stays shown, by place, or by name where places changed."""
        names = [one.name for one in party]
        place = min(self.place, max(0, len(party) - 1))
        shown = self._names[self.place] if self.place < len(self._names) else None
        if len(names) != len(self._names) and shown in names:
            place = names.index(shown)
        self.list.blockSignals(True)
        while self.list.count() > len(party):
            self.list.takeItem(self.list.count() - 1)
        for number, one in enumerate(party):
            words = _about(one)
            if number >= self.list.count():
                self.list.addItem(words)
            elif self.list.item(number).text() != words:
                self.list.item(number).setText(words)
        self.list.setCurrentRow(place if party else -1)
        self.list.blockSignals(False)
        rows = max(1, min(_MOST_ROWS, len(party)))
        self.list.setFixedHeight(rows * max(self.list.sizeHintForRow(0), 1) + SPACE_4)
        self._names = names
        return place

    @Slot(int)
    def _turned(self, place: int) -> None:
        self._hand_on()
        self.sheet.forget()
        self.follow()
        self.chosen.emit(place)

    # -- changing it ------------------------------------------------------------------------------------

    def add(self) -> None:
        """A new character after the last, with the keys in the name."""
        number = len(self._names) + 1
        taken = {plain_name(name) for name in self._names}
        while plain_name(_("New Character {n}").format(n=number)) in taken:
            number += 1
        made = Character(
            name=_("New Character {n}").format(n=number), kind=KINDS[1], level=1, health=(10, 10), experience=None
        )
        if self._change(lambda scenario, _place: edits_of.add_character(scenario, made)) is None:
            self.list.setCurrentRow(self.list.count() - 1)
            self.sheet.name.setFocus()
            self.sheet.name.selectAll()

    def remove(self) -> None:
        """The character that is shown, out of the text; undo brings it back."""
        self._change(edits_of.remove_character)

    def export(self) -> None:
        """Asks for the character that is shown to be written as a card."""
        if self.place < len(self._names):
            self.export_wanted.emit(self._names[self.place])

    def shift(self, steps: int) -> None:
        """The character that is shown, one place up or down; it stays the one that is shown."""
        place = self.place
        if self._change(lambda scenario, at: edits_of.move_character(scenario, at, steps)) is None:
            self.sheet.forget()
            self.list.setCurrentRow(place + steps)

    def _change(self, edit: Callable[[Scenario, int], Sequence[Edit]]) -> str | None:
        """Makes a change of the text as it is now; the reason where it cannot be made."""
        scenario = self._sheets.scenario() if self._sheets is not None else None
        if scenario is None or self._sheets is None:
            return _("This file cannot be edited.")
        try:
            edits = edit(scenario, self._shown)
        except LorewrightError as error:
            self._say(str(error))
            return str(error)
        self._say("")
        if edits:
            self._sheets.apply(edits)
            self.follow()
        return None

    @Slot(int)
    def _undo(self, steps: int) -> None:
        if self._sheets is not None:
            self._sheets.undo(steps)
            self.follow()

    @Slot(str)
    def _say(self, reason: str) -> None:
        self._trouble.setText(reason)
        self._trouble.setVisible(bool(reason))


def _about(one: Character) -> str:
    parts = [one.name, one.class_name or one.kind or ""]
    if one.health is not None:
        parts.append(f"{one.health[0]}/{one.health[1]}")
    return "  ·  ".join(part for part in parts if part)
