"""Owns the fields of a game's rules: die, usual DC, outcome words, and the lists of words."""

from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLineEdit, QPlainTextEdit, QSpinBox, QVBoxLayout, QWidget

from studio.language import _
from studio.scenario.vocabulary import Vocabulary, rules_troubles
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import label, row

_LISTS = ("skills", "conditions", "uncontested")


class RulesFields(QWidget):
    """`changed` carries the words as the fields say them, right or wrong; what is wrong stands under each field."""

    changed = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._words = Vocabulary.shipped()
        self.die = self._number(_("Sides of the die"), 2, 1000)
        self.default_dc = self._number(_("Usual DC"), 1, 9999)
        self.success, self.failure = QLineEdit(), QLineEdit()
        self.success.setAccessibleName(_("Word after success"))
        self.failure.setAccessibleName(_("Word after failure"))
        self.lists = {name: self._list(theme, word) for name, word in zip(_LISTS, self._titles(), strict=True)}
        self._troubles = {name: label("", "error", wrap=True) for name in ("die", "default_dc", "outcomes", *_LISTS)}
        self._lay_out()
        for box in (self.die, self.default_dc):
            box.valueChanged.connect(self._edited)
        for field in (self.success, self.failure):
            field.textEdited.connect(self._edited)
        for text in self.lists.values():
            text.textChanged.connect(self._edited)

    def _titles(self) -> tuple[str, str, str]:
        return _("Skills"), _("Conditions"), _("Rolls without a DC")

    def _number(self, name: str, least: int, most: int) -> QSpinBox:
        box = QSpinBox()
        box.setRange(least, most)
        box.setAccessibleName(name)
        return box

    def _list(self, theme: Theme, name: str) -> QPlainTextEdit:
        text = QPlainTextEdit()
        text.setProperty("kind", "field")
        text.setAccessibleName(name)
        text.setTabChangesFocus(True)
        text.setFont(theme.mono_font())
        return text

    def _lay_out(self) -> None:
        top, lists = QGridLayout(), QGridLayout()
        for grid in (top, lists):
            grid.setHorizontalSpacing(SPACE_12)
            grid.setVerticalSpacing(SPACE_4)
        columns = (
            (_("Sides of the die"), self.die, "die"),
            (_("Usual DC"), self.default_dc, "default_dc"),
            (_("After success"), self.success, "outcomes"),
            (_("After failure"), self.failure, ""),
        )
        for number, (word, widget, _name) in enumerate(columns):
            top.addWidget(label(word, "caption"), 0, number)
            top.addWidget(widget, 1, number)
            top.setColumnStretch(number, 1)
        for number, (name, word) in enumerate(zip(_LISTS, self._titles(), strict=True)):
            lists.addWidget(label(word, "strong"), 0, number)
            lists.addWidget(self.lists[name], 1, number)
            lists.addWidget(self._troubles[name], 2, number)
            lists.setColumnStretch(number, 1)
        lists.setRowStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        layout.setSpacing(SPACE_8)
        layout.addLayout(top)
        for name in ("die", "default_dc", "outcomes"):
            layout.addLayout(row(self._troubles[name]))
        layout.addSpacing(SPACE_8)
        layout.addWidget(
            label(_("One word a line. A skill may have several words; `_` is the same as a space."), "muted")
        )
        layout.addLayout(lists, 1)

    def show_words(self, words: Vocabulary) -> None:
        """Shows the words of a game."""
        self._words = words
        parts = (self.die, self.default_dc, *self.lists.values())
        for part in parts:
            part.blockSignals(True)
        self.die.setValue(words.die)
        self.default_dc.setValue(words.default_dc)
        self.success.setText(words.outcomes[0])
        self.failure.setText(words.outcomes[1])
        for name, text in self.lists.items():
            text.setPlainText("\n".join(getattr(words, name)))
        for part in parts:
            part.blockSignals(False)
        self._judge()

    @Slot()
    def _edited(self) -> None:
        lists = {name: _lines(text.toPlainText()) for name, text in self.lists.items()}
        self._words = replace(
            self._words,
            die=self.die.value(),
            default_dc=self.default_dc.value(),
            outcomes=(self.success.text().strip(), self.failure.text().strip()),
            skills=lists["skills"],
            conditions=lists["conditions"],
            uncontested=lists["uncontested"],
        )
        self._judge()
        self.changed.emit(self._words)

    def _judge(self) -> None:
        words = self._words
        values: dict[str, object] = {name: getattr(words, name) for name in ("die", "default_dc", *_LISTS)}
        values["outcomes"] = dict(zip(("success", "failure"), words.outcomes, strict=True))
        found: dict[str, str] = {}
        for key, reason in rules_troubles(values, Vocabulary.shipped()):
            found.setdefault(key.partition(".")[0], reason)
        for name, under in self._troubles.items():
            under.setText(found.get(name, ""))
            under.setVisible(name in found)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
