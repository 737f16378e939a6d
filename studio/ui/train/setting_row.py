"""Owns one setting in the form: its name, its field, the way back to the profile's value, and what is wrong with it.

Reads and writes plain values; what is right is judged elsewhere.
"""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QLineEdit, QPlainTextEdit, QWidget

from studio.faults import takes_nothing, valid
from studio.language import _
from studio.training.config import settings
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8
from studio.ui.train.words import WIDE, explanation, listed, nothing_word, value_word, word
from studio.ui.widgets import IconButton, label

_FIELD_WIDTH, _UNDO_WIDTH = 108, 26
_LINES_HEIGHT = 66


class SettingRow(QWidget):
    """A setting. `edited` tells that a person changed it."""

    edited = Signal(str)

    def __init__(self, theme: Theme, setting: str) -> None:
        super().__init__()
        self._theme, self.setting = theme, setting
        self._schema: Mapping[str, Any] = settings()[setting]
        self._options = _options(self._schema)
        self._base: object = None
        self.name = label(word(setting), "", wrap=True)
        self.field = self._made_field()
        self._undo: IconButton | None = None  # these two are made when they are first needed: there are many rows
        self._trouble: QLabel | None = None
        self._name_all()
        self._lay_out()

    def _made_field(self) -> QComboBox | QLineEdit | QPlainTextEdit:
        if self._options:
            box = QComboBox()
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            for value in self._options:
                box.addItem(value_word(self.setting, value), value)
            box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            box.currentIndexChanged.connect(self._turned)
            return box
        if self.setting == "sample_lines":
            lines = QPlainTextEdit()
            lines.setProperty("kind", "field")
            lines.setTabChangesFocus(True)
            lines.textChanged.connect(self._turned)
            return lines
        line = QLineEdit()
        line.textEdited.connect(self._turned)
        return line

    def _name_all(self) -> None:
        why = explanation(self.setting)
        self.name.setToolTip(why)
        self.name.setBuddy(self.field)
        self.name.setProperty("term", self.setting)
        self.field.setAccessibleName(self.name.text())
        self.field.setAccessibleDescription(why)
        self.field.setToolTip(_("It takes {valid}.").format(valid=valid(self._schema)))
        if isinstance(self.field, QLineEdit | QPlainTextEdit):
            self.field.setPlaceholderText(nothing_word(self.setting))

    def _lay_out(self) -> None:
        grid = self._grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE_8)
        grid.setVerticalSpacing(SPACE_4)
        grid.setColumnStretch(0, 1)
        if isinstance(self.field, QPlainTextEdit):
            self.field.setFixedHeight(self._theme.px(_LINES_HEIGHT))
        grid.addWidget(self.name, 0, 0)
        grid.setColumnMinimumWidth(1, self._theme.px(_UNDO_WIDTH))
        if self._wide:
            grid.addWidget(self.field, 1, 0, 1, 3)
        else:
            self.field.setFixedWidth(self._theme.px(_FIELD_WIDTH))
            grid.addWidget(self.field, 0, 2)

    @property
    def _wide(self) -> bool:
        return self.setting in WIDE or isinstance(self.field, QPlainTextEdit)

    @property
    def undo(self) -> IconButton:
        """The way back to the profile's value."""
        if self._undo is None:
            self._undo = IconButton(self._theme, "undo", _("Back to the profile's value"), size=14)
            self._undo.setAccessibleName(_("{setting}: back to the profile's value").format(setting=self.name.text()))
            self._undo.clicked.connect(self.reset)
            self._undo.setParent(self)
            self.setTabOrder(self.field, self._undo)
            self._grid.addWidget(self._undo, 0, 2 if self._wide else 1, Qt.AlignmentFlag.AlignRight)
        return self._undo

    @property
    def trouble(self) -> str:
        """What is wrong with it."""
        return self._trouble.text() if self._trouble is not None else ""

    # What stands in it

    @property
    def value(self) -> object:
        """What stands in the field, as far as its text can be read; a text that cannot stays one."""
        if isinstance(self.field, QComboBox):
            return self.field.currentData()
        if isinstance(self.field, QPlainTextEdit):
            return [line.strip() for line in self.field.toPlainText().splitlines() if line.strip()]
        return _read(self.field.text().strip(), self._schema)

    @property
    def base(self) -> object:
        """The profile's value."""
        return self._base

    @property
    def changed(self) -> bool:
        """Whether it is another value than the profile's."""
        return self.value != self._base

    def show_base(self, value: object, keep: bool) -> None:
        """Takes in the profile's value; what a person changed stays where `keep` says so."""
        stays = keep and self.changed
        self._base = value
        if not stays:
            self._write(value)
        self._tell()

    def _write(self, value: object) -> None:
        with QSignalBlocker(self.field):
            if isinstance(self.field, QComboBox):
                self.field.setCurrentIndex(max(0, self.field.findData(value)))
            elif isinstance(self.field, QPlainTextEdit):
                self.field.setPlainText("\n".join(map(str, value if isinstance(value, list) else ())))
            else:
                self.field.setText(_text(value))
                self.field.setCursorPosition(0)

    @Slot()
    def _turned(self) -> None:
        self._tell()
        self.edited.emit(self.setting)

    @Slot()
    def reset(self) -> None:
        """Goes back to the profile's value."""
        if self.changed:
            self._write(self._base)
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)
            self._turned()

    def _tell(self) -> None:
        """Marks what was changed."""
        changed = self.changed
        if changed or self._undo is not None:
            self.undo.setVisible(changed)
            self.undo.setToolTip(_("Back to the profile's value: {value}").format(value=self._base_word()))
        _mark(self.name, "touched", changed)

    def _base_word(self) -> str:
        if self._base is None or self._base == []:
            return nothing_word(self.setting) or _("empty")
        return value_word(self.setting, self._base) if self._options else _text(self._base)

    def show_fault(self, sentence: str) -> None:
        """Says what is wrong; an empty sentence says that nothing is."""
        if sentence == self.trouble:
            return
        if self._trouble is None:
            self._trouble = label("", "error", wrap=True)
            self._grid.addWidget(self._trouble, 2, 0, 1, 3)
        self._trouble.setText(sentence)
        self._trouble.setVisible(bool(sentence))
        self.field.setAccessibleDescription(sentence or explanation(self.setting))
        _mark(self.field, "invalid", bool(sentence))


def _mark(widget: QWidget | QLabel, name: str, on: bool) -> None:
    """Sets a property that the style sheet knows."""
    if bool(widget.property(name)) != on:
        widget.setProperty(name, on)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def _options(schema: Mapping[str, Any]) -> tuple[object, ...]:
    """The values of a setting that has only so many; none where anything can be written."""
    if "anyOf" in schema:
        parts = [_options(part) for part in schema["anyOf"]]
        return tuple(value for part in reversed(parts) for value in part) if all(parts) else ()
    if "enum" in schema:
        return tuple(schema["enum"])
    if "const" in schema:
        return (schema["const"],)
    return (True, False) if schema.get("type") == "boolean" else ()


def _kinds(schema: Mapping[str, Any]) -> set[str]:
    found = {str(schema["type"])} if "type" in schema else set[str]()
    return found.union(*(_kinds(part) for part in schema.get("anyOf", ())))


def _read(text: str, schema: Mapping[str, Any]) -> object:
    """The value that a text means for a setting."""
    kinds = _kinds(schema)
    if not text:
        return None if takes_nothing(schema) else ""
    if kinds & {"integer", "number"}:
        for kind in (int, float):
            try:
                return kind(text)
            except ValueError:
                continue
    if "array" in kinds and text not in _words(schema):
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _words(schema: Mapping[str, Any]) -> tuple[object, ...]:
    return tuple(part["const"] for part in schema.get("anyOf", ()) if "const" in part)


def _text(value: object) -> str:
    """A value as it stands in a field."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return listed(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
