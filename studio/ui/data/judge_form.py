"""Owns asking which model judges: one that is here, or a file that a person chooses."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QDialog, QFileDialog, QVBoxLayout, QWidget

from studio.amounts import file_size
from studio.language import _
from studio.ui.play.shelf import ModelFile
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_16, SPACE_24
from studio.ui.widgets import label, push_button, row
from studio.ui.write.choice_rows import ChoiceRows


class JudgeForm(QDialog):
    """The question; `answered` carries a GGUF's path."""

    answered = Signal(object)

    def __init__(self, theme: Theme, window: QWidget, models: Sequence[ModelFile], folder: Path) -> None:
        super().__init__(window)
        self._folder = folder
        self.setWindowTitle(_("Which model judges?"))
        self.models = ChoiceRows(theme, _("Models"))
        for one in models:
            about = _("{size} · the starter: quick, and a weak judge") if one.starter else _("{size} · {path}")
            self.models.put("model", one.name, about.format(size=file_size(one.size), path=one.path), one.path)
        self.models.setCurrentRow(0)
        self.models.itemActivated.connect(lambda _item: self.answer())
        sentence = _("It reads every example against a rubric and says keep or bin, with a reason. What it judged is "
                     "remembered: stopping loses nothing. A person's verdict stands over it.")  # fmt: skip
        self._ok = push_button(_("Judge"), self.answer, "primary")
        self._ok.setDefault(True)
        self._ok.setEnabled(bool(models))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_24, SPACE_24, SPACE_24, SPACE_24)
        layout.setSpacing(SPACE_16)
        layout.addWidget(label(_("Which model judges?"), "display"))
        layout.addWidget(label(sentence, "muted", wrap=True))
        layout.addWidget(self.models, 1)
        other = push_button(_("Another file…"), self._choose)
        layout.addLayout(row(other, None, push_button(_("Cancel"), self.reject), self._ok))
        self.resize(theme.px(560), theme.px(440))

    @Slot()
    def _choose(self) -> None:
        found, _kind = QFileDialog.getOpenFileName(self, self.windowTitle(), str(self._folder), "GGUF (*.gguf)")
        if found:
            self.answered.emit(Path(found))
            self.accept()

    def answer(self) -> None:
        """Hands the chosen model on and closes."""
        if isinstance(self.models.value, Path):
            self.answered.emit(self.models.value)
            self.accept()
