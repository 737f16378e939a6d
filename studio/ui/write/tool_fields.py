"""Owns the fields of one tool: what it is called, as what it acts, what it takes, an example that is read live."""

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from studio.language import N_, _
from studio.scenario import ToolTable, find_calls
from studio.scenario.model import plain_name
from studio.scenario.own_tools import default_example, example_trouble, like_of
from studio.scenario.tools import ARGUMENT_KINDS, Tool
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import label, row

_MOST_ARGUMENTS = 3
_ACTS = {
    "": N_("Nothing: it is told in the log"),
    "roll": N_("A roll, answered by a result"),
    "damage": N_("Takes health"),
    "heal": N_("Gives health back"),
    "give": N_("Puts into the inventory"),
    "take": N_("Takes out of the inventory"),
    "condition": N_("Puts into a condition, or ends one"),
    "level up": N_("Raises the level"),
    "begin combat": N_("Begins a fight"),
    "end combat": N_("Ends the fight"),
}
_KINDS = {
    "skill": N_("a skill"),
    "target": N_("a character"),
    "number": N_("a number"),
    "item": N_("an item"),
    "condition": N_("a condition"),
}
_OPTIONS = {
    "dc": N_("dc N"),
    "advantage": N_("adv or dis"),
    "actor": N_("for NAME"),
    "off": N_("off"),
}


class ToolFields(QWidget):
    """`changed` carries the tool as the fields say it. While `frozen`, what is shown stays."""

    changed = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.frozen = False
        self._tool: Tool | None = None
        self.name = self._line(_("Name"))
        self.acts = QComboBox()
        self.acts.setAccessibleName(_("What it does"))
        for like, words in _ACTS.items():
            self.acts.addItem(_(words), like)
        self.arguments = [self._kind(number) for number in range(_MOST_ARGUMENTS)]
        self.options = {name: QCheckBox(_(words)) for name, words in _OPTIONS.items()}
        self.changes = label("", "muted", wrap=True)
        self.example = self._line(_("Example"))
        self.example.setFont(theme.mono_font())
        self.help = self._line(_("Help"))
        self.read = label("", "caption", wrap=True)
        self._troubles = {
            name: label("", "error", wrap=True) for name in ("name", "like", "arguments", "options", "help")
        }
        self._lay_out()
        for box in (self.acts, *self.arguments):
            box.activated.connect(self._edited)
        for check in self.options.values():
            check.clicked.connect(self._edited)
        for field in (self.name, self.example, self.help):
            field.textEdited.connect(self._edited)

    def _line(self, name: str) -> QLineEdit:
        field = QLineEdit()
        field.setAccessibleName(name)
        return field

    def _kind(self, number: int) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(_("Argument {n}").format(n=number + 1))
        box.addItem("–", "")
        for kind in ARGUMENT_KINDS:
            box.addItem(_(_KINDS[kind]), kind)
        return box

    def _lay_out(self) -> None:
        kinds, options = QWidget(), QWidget()
        self._may_follow = label()
        kinds.setLayout(row(*self.arguments, None, spacing=SPACE_4))
        options.setLayout(row(*self.options.values(), None, spacing=SPACE_8))
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE_12)
        grid.setVerticalSpacing(SPACE_8)
        grid.setColumnStretch(1, 1)
        lines: tuple[tuple[str, QWidget, QLabel | None], ...] = (
            (_("Name"), self.name, self._troubles["name"]),
            (_("What it does"), self.acts, self._troubles["like"]),
            ("", self.changes, None),
            (_("Takes"), kinds, self._troubles["arguments"]),
            (_("May follow"), options, self._troubles["options"]),
            (_("Example"), self.example, self.read),
            (_("Help"), self.help, self._troubles["help"]),
        )
        for number, (word, widget, under) in enumerate(lines):
            title = label(word, "muted")
            self._may_follow = title if widget is options else self._may_follow
            grid.addWidget(title, 2 * number, 0)
            grid.addWidget(widget, 2 * number, 1)
            if under is not None:
                grid.addWidget(under, 2 * number + 1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        layout.addLayout(grid)
        layout.addStretch(1)

    # -- showing ----------------------------------------------------------------------------------------

    def show_tool(self, tool: Tool | None) -> None:
        """Shows a tool; a field that says it already is not touched."""
        if self.frozen:
            self._tool = tool
            return
        self._tool = tool
        self.setVisible(tool is not None)
        if tool is None:
            return
        model = like_of(tool, ToolTable.shipped())
        for field, text in ((self.name, tool.name), (self.example, tool.example), (self.help, tool.help)):
            same = plain_name(field.text()) == text if field is self.name else field.text() == text
            if not same:
                field.setText(text)
                field.setCursorPosition(0)
        self.acts.setCurrentIndex(max(0, self.acts.findData(model.name if model is not None else "")))
        for number, box in enumerate(self.arguments):
            kind = tool.arguments[number] if number < len(tool.arguments) else ""
            box.setCurrentIndex(max(0, box.findData(kind)))
            box.setEnabled(model is None)
            box.setVisible(model is None or bool(kind))
        for name, check in self.options.items():
            check.setChecked(name in tool.options)
            check.setVisible(model is not None and name in model.options)
        self._may_follow.setVisible(bool(model is not None and model.options))
        self._say(tool)

    def _say(self, tool: Tool) -> None:
        """What follows from what it acts as, and how the example is read."""
        told = _("A TOOLCALL turn answers it.") if tool.result else _("The narrator goes on without an answer.")
        what = (
            _("It changes {what} on the sheet.").format(what=tool.changes)
            if tool.changes
            else _("It changes no sheet.")
        )
        self.changes.setText(f"{told} {what}")
        wrong = example_trouble(tool)
        self.read.setProperty("kind", "error" if wrong is not None else "good")
        self.read.style().polish(self.read)
        self.read.setText(wrong if wrong is not None else _reads(tool))

    def show_troubles(self, troubles: Iterable[tuple[str, str]]) -> None:
        """Says under each field what is wrong with it."""
        by_field: dict[str, str] = {}
        for name, reason in troubles:
            by_field.setdefault(name, reason)
        for name, under in self._troubles.items():
            under.setText(by_field.get(name, ""))
            under.setVisible(name in by_field)

    # -- editing ----------------------------------------------------------------------------------------

    @Slot()
    def _edited(self) -> None:
        if self._tool is None:
            return
        tool = self._as_said(self._tool)
        self.show_tool(tool)
        self.changed.emit(tool)

    def _as_said(self, old: Tool) -> Tool:
        """The tool that the fields describe; what it acts as brings arguments and options along."""
        shipped = ToolTable.shipped()
        name = plain_name(self.name.text())
        said = str(self.acts.currentData() or "")
        model = shipped.get(said) if said else None
        before = like_of(old, shipped)
        if model is not None:
            new = before is None or before.name != model.name
            options = model.options if new else tuple(n for n in model.options if self.options[n].isChecked())
            made = replace(old, arguments=model.arguments, options=options, result=model.result, changes=model.changes)
        else:
            kinds = tuple(str(box.currentData()) for box in self.arguments if box.currentData())
            made = replace(old, arguments=kinds, options=(), result=False, changes=None)
        like = "" if model is None or model.name == name else model.name
        made = replace(made, name=name, like=like, help=self.help.text(), example=self.example.text())
        if made.example == old.example and not example_trouble(old):
            made = replace(made, example=_carried(old, made))
        return made


def _carried(old: Tool, new: Tool) -> str:
    """An example under a tool's new name, or a fresh one where its arguments changed."""
    if old.arguments != new.arguments and (old.example == default_example(old) or example_trouble(new)):
        return default_example(new)
    if example_trouble(new) is None:
        return new.example
    moved = replace(new, example=f"[{new.name}{old.example[1 + len(old.name) :]}")
    return moved.example if example_trouble(moved) is None else default_example(new)


def _reads(tool: Tool) -> str:
    """How a tool's example is read."""
    (call,) = find_calls(tool.example, ToolTable({tool.name: tool}), ())
    parts = [f"{_(_KINDS[kind])} “{value}”" for kind, value in zip(tool.arguments, call.arguments, strict=False)]
    parts += [
        _("count {n}").format(n=extra) if extra.isdigit() else extra for extra in call.arguments[len(tool.arguments) :]
    ]
    parts += [f"dc {call.dc}"] if call.dc is not None else []
    parts += [call.advantage] if call.advantage else []
    parts += [_("for {name}").format(name=call.actor)] if call.actor else []
    return _("Read as: {parts}").format(parts=" · ".join(parts) or _("a call without arguments"))
