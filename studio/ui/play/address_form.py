"""Owns asking for the address of a model that runs elsewhere. Calls nothing."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QDialog, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8, SPACE_16, SPACE_24
from studio.ui.train.fields import number_field
from studio.ui.widgets import label, push_button, row


class AddressForm(QDialog):
    """The question; `answered` carries address#model, the name of its key, and the context it has."""

    answered = Signal(str, str, int)

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self.setWindowTitle(_("A model at an address"))
        self.address, self.model, self.key = QLineEdit(), QLineEdit(), QLineEdit()
        self.context = number_field(_("Context"), 256, 1 << 20)
        self.context.setValue(8192)
        self._ok = push_button(_("Add it"), self.answer, "primary")
        self._ok.setDefault(True)
        self.trouble = label("", "error", wrap=True)
        self.trouble.hide()
        fields = QFormLayout()
        fields.setSpacing(SPACE_8)
        for word, field, hint in (
            (_("Address"), self.address, "http://localhost:8080/v1"),
            (_("Model"), self.model, _("as the server calls it")),
            (_("Name of its key"), self.key, _("a variable of the environment; empty for none")),
            (_("Context"), self.context, ""),
        ):
            field.setAccessibleName(word)
            if isinstance(field, QLineEdit):
                field.setPlaceholderText(hint)
                field.textChanged.connect(self._ready)
            fields.addRow(label(word, "muted"), field)
        about = _("A server that speaks the OpenAI protocol. What you play is sent there, and nowhere else.")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_24, SPACE_24, SPACE_24, SPACE_24)
        layout.setSpacing(SPACE_16)
        layout.addWidget(label(_("A model at an address"), "display"))
        layout.addWidget(label(about, "muted", wrap=True))
        layout.addLayout(fields)
        layout.addWidget(self.trouble)
        layout.addLayout(row(None, push_button(_("Cancel"), self.reject), self._ok))
        self.resize(theme.px(480), theme.px(340))
        self._ready()

    @Slot()
    def _ready(self) -> None:
        self._ok.setEnabled(bool(self.address.text().strip() and self.model.text().strip()))

    def answer(self) -> None:
        """Hands it on; whoever takes it closes the form or says what is wrong."""
        named = f"{self.address.text().strip().rstrip('#')}#{self.model.text().strip()}"
        self.answered.emit(named, self.key.text().strip(), self.context.value())

    def refuse(self, sentence: str) -> None:
        """Says what is wrong; the form stays."""
        self.trouble.setText(sentence)
        self.trouble.show()
