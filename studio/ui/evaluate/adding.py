"""Owns how a model is added to the table: a file, a folder, a run's checkpoint or an address. Loads nothing."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QDialog, QFileDialog, QLineEdit, QMenu, QVBoxLayout, QWidget

from studio.inference.remote import is_address
from studio.language import _
from studio.ui.evaluate.models import ModelRow
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_16, SPACE_24
from studio.ui.widgets import label, push_button, row

_MOST = 12


class AddMenu(QMenu):
    """The ways; `added` carries what the command line would take."""

    added = Signal(str)

    def __init__(self, theme: Theme, window: QWidget, checkpoints: Callable[[], Sequence[ModelRow]]) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._checkpoints = checkpoints
        self.addAction(_("A GGUF file…"), self._ask_file)
        self.addAction(_("A Hugging Face folder…"), self._ask_folder)
        self._runs = self.addMenu(_("A checkpoint of a run"))
        self.addAction(_("An address…"), self.ask_address)
        self._runs.aboutToShow.connect(self._list)

    def _ask_file(self) -> None:
        dialog = QFileDialog(self._window, _("Add a model"), "", _("Models (*.gguf)"))
        dialog.fileSelected.connect(self.added)
        dialog.open()

    def _ask_folder(self) -> None:
        dialog = QFileDialog(self._window, _("Add a model's folder"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.added)
        dialog.open()

    def ask_address(self) -> "AskAddress":
        """Asks for an address."""
        dialog = AskAddress(self._theme, self._window)
        dialog.answered.connect(self.added)
        dialog.open()
        return dialog

    @Slot()
    def _list(self) -> None:
        self._runs.clear()
        found = list(self._checkpoints())[:_MOST]
        for one in found:
            self._runs.addAction(f"{one.name} · {one.about}", partial(self.added.emit, one.word))
        if not found:
            self._runs.addAction(_("No run has a checkpoint")).setEnabled(False)


class AskAddress(QDialog):
    """The question for an OpenAI-compatible service."""

    answered = Signal(str)

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self.setWindowTitle(_("A model behind an address"))
        self.address = QLineEdit()
        self.address.setAccessibleName(_("Address"))
        self.address.setPlaceholderText("http://localhost:8080/v1#MODEL")
        about = _("An OpenAI-compatible service; the model's name stands behind the #. Only this address is called.")
        self._ok = push_button(_("Add"), self.answer, "primary")
        self._ok.setEnabled(False)
        self.address.textChanged.connect(self._ready)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_24, SPACE_24, SPACE_24, SPACE_24)
        layout.setSpacing(SPACE_16)
        layout.addWidget(label(_("A model behind an address"), "display"))
        layout.addWidget(label(about, "muted", wrap=True))
        layout.addWidget(self.address)
        layout.addLayout(row(None, push_button(_("Cancel"), self.reject), self._ok))
        self.resize(theme.px(440), theme.px(200))

    @Slot()
    def _ready(self) -> None:
        self._ok.setEnabled(is_address(self.address.text().strip()))

    def answer(self) -> None:
        """Hands the address on and closes."""
        self.answered.emit(self.address.text().strip())
        self.accept()
