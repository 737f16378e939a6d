"""Owns the fields of one character's sheet, each a small edit of the text; knows neither the list nor a file."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from studio.language import _
from studio.scenario import Character, Edit, Scenario, Vocabulary
from studio.scenario import party_edits as edits_of
from studio.scenario.fields import read_item, read_skill
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import IconButton, label, row
from studio.ui.write.fields import Field, Number, Rows, Where, as_number

KINDS = ("Player Character", "NPC Companion", "NPC Enemy", "NPC")
"""What a character can be; any other word can be written."""

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
        self.kind = self._field(_("Kind"), "kind", words=KINDS)
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
