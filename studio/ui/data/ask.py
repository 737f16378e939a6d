"""Owns asking for one name."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_16, SPACE_24
from studio.ui.widgets import label, push_button, row


class AskName(QDialog):
    """The question; `answered` carries the name."""

    answered = Signal(str)

    def __init__(self, theme: Theme, window: QWidget, heading: str, hint: str) -> None:
        super().__init__(window)
        self.setWindowTitle(heading)
        self.name = QLineEdit()
        self.name.setAccessibleName(_("Name"))
        self.name.setPlaceholderText(hint)
        self.name.setMaxLength(60)
        self._ok = push_button(_("Make it"), self.answer, "primary")
        self._ok.setDefault(True)
        self._ok.setEnabled(False)
        self.name.textChanged.connect(self._ready)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_24, SPACE_24, SPACE_24, SPACE_24)
        layout.setSpacing(SPACE_16)
        layout.addWidget(label(heading, "display"))
        layout.addWidget(self.name)
        layout.addLayout(row(None, push_button(_("Cancel"), self.reject), self._ok))
        self.resize(theme.px(380), theme.px(160))

    @Slot()
    def _ready(self) -> None:
        self._ok.setEnabled(bool(self.name.text().strip()))

    def answer(self) -> None:
        """Hands the name on and closes."""
        self.answered.emit(self.name.text().strip())
        self.accept()
