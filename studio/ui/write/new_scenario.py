"""Owns asking for a new scenario's title and type; knows not what is written into it."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QDialog, QLineEdit, QVBoxLayout, QWidget

from studio.errors import LorewrightError
from studio.language import _
from studio.ui.context import Context
from studio.ui.theme.tokens import SPACE_8, SPACE_16, SPACE_24
from studio.ui.widgets import label, push_button, row
from studio.ui.write.tree import TYPES
from studio.workspace.beginnings import begin, beginnings


class NewScenario(QDialog):
    """A small question; `made` carries the path of the new file."""

    made = Signal(object)

    def __init__(self, context: Context, window: QWidget) -> None:
        super().__init__(window)
        self._context = context
        self.setWindowTitle(_("New scenario"))
        self.name = QLineEdit()
        self.name.setAccessibleName(_("Title"))
        self.name.setPlaceholderText(_("The Bell Below the Mill"))
        self.kind = QComboBox()
        self.kind.setAccessibleName(_("Type"))
        for kind, word in TYPES.items():
            self.kind.addItem(_(word), kind)
        self._make = push_button(_("Write it"), self.make, "primary")
        self._make.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_24, SPACE_24, SPACE_24, SPACE_24)
        layout.setSpacing(SPACE_8)
        layout.addWidget(label(_("New scenario"), "display"))
        layout.addWidget(label(_("It begins with a small party that you can change."), "muted"))
        layout.addSpacing(SPACE_8)
        for word, field in ((_("Title"), self.name), (_("Type"), self.kind)):
            name = label(word, "strong")
            name.setBuddy(field)
            layout.addWidget(name)
            layout.addWidget(field)
        layout.addSpacing(SPACE_16)
        layout.addLayout(row(None, push_button(_("Cancel"), self.reject), self._make))
        self.setMinimumWidth(context.theme.px(440))
        self.name.textChanged.connect(self._ready)
        self._ready()

    @Slot()
    def _ready(self) -> None:
        self._make.setEnabled(bool(self.name.text().strip()))

    def make(self) -> None:
        """Makes the file and closes; a failure is told and the question stays."""
        try:
            path = begin(self._context.workspace, self.name.text(), str(self.kind.currentData()), beginnings()[0].text)
        except LorewrightError as error:
            self._context.toast(str(error), "error")
            return
        self.made.emit(path)
        self.accept()
