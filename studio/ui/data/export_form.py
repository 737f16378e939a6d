"""Owns asking in which format a build is written, and where to."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QLineEdit, QVBoxLayout, QWidget

from studio.language import N_, _
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8, SPACE_16, SPACE_24
from studio.ui.widgets import IconButton, label, push_button, row
from studio.ui.write.choice_rows import ChoiceRows

FORMATS = {
    "messages": (N_("Messages"), N_("JSONL with a list of messages a line, as most trainers read it."), "roleplay"),
    "sharegpt": (N_("ShareGPT"), N_("JSONL with conversations of from and value."), "pair"),
    "alpaca": (N_("Alpaca"), N_("JSONL with instruction, input and output."), "file"),
    "parquet": (N_("Parquet"), N_("One table with all columns, for pandas, Polars and DuckDB."), "data"),
    "datasets": (N_("Hugging Face datasets"), N_("A folder that load_dataset reads, with its card."), "folder"),
}


class ExportForm(QDialog):
    """The question; `answered` carries the format and the folder."""

    answered = Signal(str, object)

    def __init__(self, theme: Theme, window: QWidget, out: Path) -> None:
        super().__init__(window)
        self.setWindowTitle(_("Export"))
        self.formats = ChoiceRows(theme, _("Format"))
        for name, (title, about, icon_name) in FORMATS.items():
            self.formats.put(icon_name, _(title), _(about), name)
        self.formats.setCurrentRow(0)
        self.out = QLineEdit(str(out))
        self.out.setAccessibleName(_("Folder"))
        browse = IconButton(theme, "open-folder", _("Choose the folder"))
        browse.clicked.connect(self._choose)
        self._ok = push_button(_("Export"), self.answer, "primary")
        self._ok.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_24, SPACE_24, SPACE_24, SPACE_24)
        layout.setSpacing(SPACE_16)
        layout.addWidget(label(_("Export the build"), "display"))
        layout.addWidget(self.formats, 1)
        layout.addLayout(row(label(_("Folder"), "muted"), self.out, browse, spacing=SPACE_8))
        layout.addLayout(row(None, push_button(_("Cancel"), self.reject), self._ok))
        self.resize(theme.px(540), theme.px(500))

    def _choose(self) -> None:
        found = QFileDialog.getExistingDirectory(self, _("Choose the folder"), self.out.text())
        if found:
            self.out.setText(found)

    def answer(self) -> None:
        """Hands format and folder on and closes."""
        self.answered.emit(str(self.formats.value), Path(self.out.text().strip()))
        self.accept()
