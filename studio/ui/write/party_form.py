"""Owns the party as a form that edits the text: a list of who is there, and the sheet of one; knows no file.

The text is the truth. The form shows what it says, and each change becomes one small edit of it through `Sheets`.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
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
from studio.scenario.fields import read_item, read_skill
from studio.scenario.model import plain_name
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import EmptyPlace, IconButton, label, row, rule
from studio.ui.write.fields import Field, Number, Rows, Where, as_number

_MOST_ROWS = 5
_KINDS = ("Player Character", "NPC Companion", "NPC Enemy", "NPC")


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
    """Who is in the party, and one sheet. `chosen` carries the place of the character that is shown."""

    chosen = Signal(int)

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
        self.list = QListWidget()
        self.list.setAccessibleName(_("Characters"))
        self.list.setProperty("kind", "roomy")
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.currentRowChanged.connect(self._turned)
        self.sheet = SheetForm(theme, self._change, lambda: self._words)
        self._trouble = label("", "error", wrap=True)
        self._trouble.hide()
        self.sheet.refused.connect(self._say)
        self.sheet.undone.connect(self._undo)
        self._tools = self._buttons()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(self.sheet)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._body = QWidget()
        inside = QVBoxLayout(self._body)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        inside.addWidget(self.list)
        inside.addWidget(self._tools)
        inside.addWidget(rule())
        inside.addWidget(area, 1)
        inside.addWidget(self._trouble)
        self._trouble.setContentsMargins(SPACE_12, SPACE_8, SPACE_12, SPACE_8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._body)
        layout.addWidget(self._empty)
        self.follow()

    def _buttons(self) -> QWidget:
        box = QWidget()
        line = QHBoxLayout(box)
        line.setContentsMargins(SPACE_8, SPACE_4, SPACE_8, SPACE_4)
        line.setSpacing(SPACE_4)
        self.buttons = {
            "add": IconButton(self._theme, "add", _("Add a character"), text=_("Add")),
            "up": IconButton(self._theme, "previous", _("Move this character up")),
            "down": IconButton(self._theme, "next", _("Move this character down")),
            "remove": IconButton(self._theme, "trash", _("Remove this character")),
        }
        for name, run in (
            ("add", self.add),
            ("up", partial(self.shift, -1)),
            ("down", partial(self.shift, 1)),
            ("remove", self.remove),
        ):
            self.buttons[name].clicked.connect(lambda _checked=False, run=run: run())
        line.addWidget(self.buttons["add"])
        line.addStretch(1)
        for name in ("up", "down", "remove"):
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
            name=_("New Character {n}").format(n=number), kind=_KINDS[1], level=1, health=(10, 10), experience=None
        )
        if self._change(lambda scenario, _place: edits_of.add_character(scenario, made)) is None:
            self.list.setCurrentRow(self.list.count() - 1)
            self.sheet.name.setFocus()
            self.sheet.name.selectAll()

    def remove(self) -> None:
        """The character that is shown, out of the text; undo brings it back."""
        self._change(edits_of.remove_character)

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


Change = Callable[[Callable[[Scenario, int], Sequence[Edit]]], str | None]


class SheetForm(QWidget):
    """The fields of one sheet; `change` makes an edit of the text, `words` gives the skills of the game."""

    refused = Signal(str)
    undone = Signal(int)

    def __init__(self, theme: Theme, change: Change, words: Callable[[], Vocabulary]) -> None:
        super().__init__()
        self.setProperty("kind", "scrolled")
        self._theme = theme
        self._change = change
        self._words = words
        self._scenario: Scenario | None = None
        self._place = 0
        self.name = self._field(_("Name"), "name")
        self.kind = self._field(_("Kind"), "kind", words=_KINDS)
        self.class_name = self._field(_("Class"), "class_name", hint=_("Ranger"))
        self.level = Number(_("Level"), self._take_level)
        self._made(self.level)
        self.health = self._pair(_("Health"), "health")
        self.experience = self._pair(_("Experience"), "experience")
        self.skills = Rows(theme, self._skill_fields, partial(self._drop, "skills"), _("this skill"))
        self.inventory = Rows(theme, self._item_fields, partial(self._drop, "inventory"), _("this item"))
        self.spells = Rows(theme, self._spell_fields, partial(self._drop, "spells"), _("this spell"))
        self.other = Rows(theme, self._other_fields, self._drop_other, _("this line"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_12, SPACE_12, SPACE_12, SPACE_16)
        layout.setSpacing(SPACE_4)
        layout.addLayout(self._plain())
        for title, rows, add in (
            (_("Skills"), self.skills, _("Add a skill")),
            (_("Inventory"), self.inventory, _("Add an item")),
            (_("Spells"), self.spells, _("Add a spell")),
            (_("More lines"), self.other, _("Add a line of your own")),
        ):
            layout.addSpacing(SPACE_12)
            button = IconButton(theme, "add", add, size=14)
            button.clicked.connect(lambda _checked=False, rows=rows: rows.begin())
            layout.addLayout(row(label(title, "strong"), None, button))
            layout.addWidget(rows)
        layout.addStretch(1)

    def _plain(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE_8)
        grid.setVerticalSpacing(SPACE_4)
        grid.setColumnStretch(1, 1)
        lines: tuple[tuple[str, QWidget], ...] = (
            (_("Name"), self.name),
            (_("Kind"), self.kind),
            (_("Class"), self.class_name),
            (_("Level"), _beside(self.level)),
            (_("Health"), _beside(self.health[0], label("/", "muted"), self.health[1])),
            (_("Experience"), _beside(self.experience[0], label("/", "muted"), self.experience[1])),
        )
        for number, (word, widget) in enumerate(lines):
            grid.addWidget(label(word, "muted"), number, 0)
            grid.addWidget(widget, number, 1)
        return grid

    def focused(self) -> Field | None:
        """The field with the keys in it."""
        widget = self.focusWidget()
        return widget if isinstance(widget, Field) and widget.hasFocus() else None

    def forget(self) -> None:
        """Lets go of new rows and half-typed texts: another sheet is shown."""
        for rows in (self.skills, self.inventory, self.spells, self.other):
            rows.clear()

    def follow(self, scenario: Scenario, place: int) -> None:
        """Shows one sheet as the text has it."""
        self._scenario, self._place = scenario, place
        one = scenario.system.party[place] if scenario.system is not None else Character("")
        self.name.follow(one.name)
        self.kind.follow(one.kind or "")
        self.class_name.follow(one.class_name or "")
        self.level.follow("" if one.level is None else str(one.level))
        for pair, value in ((self.health, one.health), (self.experience, one.experience)):
            for number, field in enumerate(pair):
                field.follow("" if value is None else str(value[number]))
        self.inventory.follow([_item(entry) for entry in edits_of.entries_of(scenario, place, "inventory")])
        self.spells.follow([(entry,) for entry in edits_of.entries_of(scenario, place, "spells")])
        self.skills.follow([_skill(entry) for entry in edits_of.entries_of(scenario, place, "skills")])
        self.other.follow(list(one.other.items()))

    # -- fields -----------------------------------------------------------------------------------------

    def _made(self, field: Field) -> Field:
        field.refused.connect(self.refused)
        field.undone.connect(self.undone)
        return field

    def _field(self, word: str, name: str, *, hint: str = "", words: Sequence[str] = ()) -> Field:
        def take(text: str) -> str | None:
            value = " ".join(text.split()) or None
            if value is None and name == "name":
                return _("A character needs a name.")
            return self._change(lambda scenario, place: edits_of.set_field(scenario, place, name, value))

        return self._made(Field(word, take, hint=hint, words=words))

    def _take_level(self, text: str) -> str | None:
        value = as_number(text)
        if value is None and text.strip():
            return _("A level is a whole number.")
        return self._change(lambda scenario, place: edits_of.set_field(scenario, place, "level", value))

    def _pair(self, word: str, name: str) -> tuple[Number, Number]:
        def take(_text: str) -> str | None:
            texts = [field.text().strip() for field in pair]
            now, most = (as_number(text, signed=number == 0) for number, text in enumerate(texts))
            if not any(texts):
                return self._change(lambda scenario, place: edits_of.set_field(scenario, place, name, None))
            if now is None or most is None:
                other = pair[1] if now is not None else pair[0]
                if not other.text().strip():
                    return None  # the second number is still to come
                return _("{field} is two whole numbers: now and at most.").format(field=word)
            value = (now, most)
            return self._change(lambda scenario, place: edits_of.set_field(scenario, place, name, value))

        pair = (
            Number(_("{field} now").format(field=word), take),
            Number(_("{field} at most").format(field=word), take),
        )
        for field in pair:
            self._made(field)
        return pair

    # -- rows -------------------------------------------------------------------------------------------

    def _skill_fields(self, rows: Rows, where: Where) -> Sequence[Field]:
        def take(_text: str) -> str | None:
            name, modifier = fields[0].text().strip(), as_number(fields[1].text(), signed=True)
            if not name or not fields[1].text().strip():
                return None if where() >= rows.count else _("A skill has a name and a modifier, such as Stealth +6.")
            if modifier is None:
                return _("A modifier is a whole number, such as +6 or -1.")
            return self._entry(rows, "skills", where(), edits_of.skill_entry(name, modifier))

        words = [word.replace("_", " ").title() for word in self._words().skills]
        fields = (
            self._made(Field(_("Skill"), take, hint=_("Stealth"), words=words)),
            self._made(Number(_("Modifier"), take, hint="+0", signed=True)),
        )
        return fields

    def _item_fields(self, rows: Rows, where: Where) -> Sequence[Field]:
        def take(_text: str) -> str | None:
            name, count = fields[0].text().strip(), as_number(fields[1].text() or "1")
            if not name:
                return None if where() >= rows.count else _("An item needs a name; the cross removes it.")
            if not count:
                return _("A count is a whole number from 1.")
            return self._entry(rows, "inventory", where(), edits_of.item_entry(name, count))

        fields = (
            self._made(Field(_("Item"), take, hint=_("Healing Draught"))),
            self._made(Number(_("How many"), take, hint="1")),
        )
        return fields

    def _spell_fields(self, rows: Rows, where: Where) -> Sequence[Field]:
        def take(text: str) -> str | None:
            if not text.strip():
                return None if where() >= rows.count else _("A spell needs a name; the cross removes it.")
            return self._entry(rows, "spells", where(), text.strip())

        return (self._made(Field(_("Spell"), take, hint=_("Light"))),)

    def _other_fields(self, rows: Rows, where: Where) -> Sequence[Field]:
        def take(_text: str) -> str | None:
            key, value = fields[0].text().strip(), fields[1].text().strip()
            if not key or not value:
                return None if where() >= rows.count else _("A line has a key and what it says.")
            number = where()
            return rows.write(number, lambda: self._change(lambda text, at: _other(text, at, number, key, value)))

        fields = (
            self._made(Field(_("Key"), take, hint=_("Motto"))),
            self._made(Field(_("What it says"), take)),
        )
        return fields

    def _entry(self, rows: Rows, field: str, number: int, entry: str) -> str | None:
        """Writes one entry of a list, a new one at its end."""

        def edit(scenario: Scenario, place: int) -> Sequence[Edit]:
            entries = list(edits_of.entries_of(scenario, place, field))
            entries[number:] = [entry, *entries[number + 1 :]]
            return edits_of.set_entries(scenario, place, field, entries)

        return rows.write(number, lambda: self._change(edit))

    def _drop(self, field: str, number: int) -> None:
        def edit(scenario: Scenario, place: int) -> Sequence[Edit]:
            entries = list(edits_of.entries_of(scenario, place, field))
            del entries[number : number + 1]
            return edits_of.set_entries(scenario, place, field, entries)

        self._change(edit)

    def _drop_other(self, number: int) -> None:
        def edit(scenario: Scenario, place: int) -> Sequence[Edit]:
            keys = list(scenario.system.party[place].other) if scenario.system is not None else []
            return edits_of.set_field(scenario, place, keys[number], None) if number < len(keys) else ()

        self._change(edit)


def _other(scenario: Scenario, place: int, number: int, key: str, value: str) -> Sequence[Edit]:
    """The line of an unknown key: its value, its key, or a new line. One of them changes at a time."""
    known = list(scenario.system.party[place].other.items()) if scenario.system is not None else []
    if number >= len(known):
        return edits_of.set_field(scenario, place, key, value)
    if known[number][0] != key:
        return edits_of.rename_key(scenario, place, known[number][0], key)
    return edits_of.set_field(scenario, place, key, value)


def _item(entry: str) -> tuple[str, str]:
    item = read_item(entry)
    return item.name, str(item.count)


def _skill(entry: str) -> tuple[str, str]:
    skill = read_skill(entry)
    return (entry, "") if skill is None else (skill[0], f"{skill[1]:+d}")


def _beside(*parts: QWidget) -> QWidget:
    box = QWidget()
    line = QHBoxLayout(box)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(SPACE_4)
    for part in parts:
        line.addWidget(part)
    line.addStretch(1)
    return box
