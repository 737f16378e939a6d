"""Owns asking who drafts: a model that is here, or one behind an address that the person names. Keeps no key.

A key goes by its name: of an environment variable, or in the system's keyring, where whoever hears the answer puts one
that is typed here. Settings hold the name only.
"""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from studio.amounts import file_size
from studio.language import _
from studio.ui.play.shelf import ModelFile
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8, SPACE_16, SPACE_24
from studio.ui.widgets import label, push_button, row
from studio.ui.write.choice_rows import ChoiceRows
from studio.workspace import Settings

_FIELDS = ("address", "model", "key_env")


class WriterForm(QDialog):
    """The question; `answered` carries the fields of the request: `model` is a GGUF, or a name with an `address`."""

    answered = Signal(object)

    def __init__(
        self, theme: Theme, window: QWidget, settings: Settings, models: Sequence[ModelFile], wish: str
    ) -> None:
        super().__init__(window)
        self._settings = settings
        self.setWindowTitle(_("Help me write"))
        self.writers = ChoiceRows(theme, _("Who writes"))
        for one in models:
            self.writers.put(
                "model", one.name, _("{size} · on this machine").format(size=file_size(one.size)), one.path
            )
        about = _("Only what is to be written is sent there, and only to this address.")
        self.writers.put("world", _("An OpenAI-compatible address"), about, None)
        self.fields = {name: QLineEdit(settings.text(f"draft.{name}")) for name in _FIELDS}
        self.key = QLineEdit()
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self._remote = self._make_fields()
        self._ok = push_button(_("Draft it"), self.answer, "primary")
        self._ok.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_24, SPACE_24, SPACE_24, SPACE_24)
        layout.setSpacing(SPACE_16)
        layout.addWidget(label(_("Help me write"), "display"))
        layout.addWidget(label(wish, "muted", wrap=True))
        layout.addWidget(self.writers, 1)
        layout.addWidget(self._remote)
        layout.addLayout(row(None, push_button(_("Cancel"), self.reject), self._ok))
        self.resize(theme.px(560), theme.px(520))
        self.writers.currentRowChanged.connect(self._turn)
        self.writers.itemActivated.connect(lambda _item: self.answer())
        for field in (*self.fields.values(), self.key):
            field.textChanged.connect(self._turn)
        self.writers.setCurrentRow(0)
        self._turn()

    def _make_fields(self) -> QWidget:
        box = QWidget()
        form = QFormLayout(box)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(SPACE_8)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        hints = {
            "address": (_("Address"), "http://localhost:11434/v1"),
            "model": (_("Model"), "llama3.1"),
            "key_env": (_("Name of the key"), _("OPENAI_API_KEY, in the environment or the keyring")),
            "key": (_("New key"), _("only to keep it in the system's keyring, under that name")),
        }
        for name, (word, hint) in hints.items():
            field = self.fields.get(name, self.key)
            field.setAccessibleName(word)
            field.setPlaceholderText(hint)
            head = label(word, "muted")
            head.setBuddy(field)
            form.addRow(head, field)
        return box

    @property
    def remote(self) -> bool:
        """Whether an address is chosen."""
        return self.writers.value is None

    @Slot()
    def _turn(self) -> None:
        self._remote.setVisible(self.remote)
        named = all(self.fields[name].text().strip() for name in ("address", "model"))
        unnamed = bool(self.key.text().strip()) and not self.fields["key_env"].text().strip()
        self._ok.setEnabled((named and not unnamed) or not self.remote)

    def answer(self) -> None:
        """Hands on who writes, and closes; the address is remembered."""
        if not self._ok.isEnabled():
            return
        if not self.remote:
            self.answered.emit({"model": str(self.writers.value)})
        else:
            told = {name: field.text().strip() for name, field in self.fields.items()}
            for name, value in told.items():
                self._settings.set(f"draft.{name}", value)
            key = self.key.text().strip()
            self.answered.emit({**told, "key": key} if key else told)
            self.key.clear()
        self.accept()
