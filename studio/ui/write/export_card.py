"""Owns asking which character becomes a card and where it goes; knows not what stands in a card."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QFileDialog, QVBoxLayout, QWidget

from studio.errors import LorewrightError
from studio.language import _
from studio.scenario import Scenario
from studio.scenario.cards import Card
from studio.ui.background import Background
from studio.ui.context import Context
from studio.ui.theme.tokens import SPACE_8, SPACE_16, SPACE_24
from studio.ui.widgets import label, push_button, row
from studio.workspace.beginnings import stem_of
from studio.workspace.cards import KeptCards, export_card


class ExportCard(QDialog):
    """The question; `written` carries the path of the card."""

    written = Signal(object)

    def __init__(
        self, context: Context, window: QWidget, scenario: Scenario, files: Background, name: str = ""
    ) -> None:
        super().__init__(window)
        self._files = files
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._context = context
        self._scenario = scenario
        self._picture: Path | None = None
        party = scenario.system.party if scenario.system is not None else ()
        self.setWindowTitle(_("Write a character as a card"))
        self.member = QComboBox()
        self.member.setAccessibleName(_("Character"))
        self.member.addItems([character.name for character in party])
        self.member.setCurrentText(name)
        self.picture = label("", "muted", wrap=True)
        self._save = push_button(_("Save as…"), self._ask, "primary")
        self._save.setDefault(True)
        self._save.setEnabled(bool(party))
        self._lay_out()
        self.member.currentIndexChanged.connect(self._say_picture)
        self._say_picture()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_24, SPACE_24, SPACE_24, SPACE_24)
        layout.setSpacing(SPACE_8)
        layout.addWidget(label(_("Write a character as a card"), "display"))
        about = _("For SillyTavern and whatever else reads its cards, version 2. The sheet travels inside.")
        layout.addWidget(label(about, "muted", wrap=True))
        layout.addSpacing(SPACE_8)
        for word, field in ((_("Character"), self.member), (_("Picture"), self.picture)):
            name = label(word, "strong")
            name.setBuddy(field)
            layout.addWidget(name)
            layout.addWidget(field)
        layout.addLayout(row(push_button(_("Choose a picture…"), self._ask_picture), None))
        layout.addSpacing(SPACE_16)
        layout.addLayout(row(None, push_button(_("Cancel"), self.reject), self._save))
        self.setMinimumWidth(self._context.theme.px(460))

    def _say_picture(self) -> None:
        kept, name = KeptCards.of(self._context.workspace), self.member.currentText()
        if self._picture is not None:
            self._files.drop(self)
            self.picture.setText(self._picture.name)
        else:
            self._files.ask_at_once((self, "picture"), lambda: kept.find(name), self._say_kept)

    def _say_kept(self, kept: object) -> None:
        came = isinstance(kept, Path) and kept.suffix == ".png"
        plain = _("a plain one, drawn for the name")
        self.picture.setText(_("the one that this character came in with") if came else plain)

    def _ask_picture(self) -> None:
        dialog = QFileDialog(self, _("Choose a picture"), "", _("Pictures (*.png)"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda name: self.use_picture(Path(name)))
        dialog.open()

    def use_picture(self, path: Path) -> None:
        """Puts the card into this picture."""
        self._picture = path
        self._say_picture()

    def _ask(self) -> None:
        name = f"{stem_of(self.member.currentText())}.png"
        dialog = QFileDialog(self, _("Save the card"), name, _("Cards (*.png *.json)"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("png")
        dialog.fileSelected.connect(lambda name: self.save(Path(name)))
        dialog.open()

    def save(self, path: Path) -> None:
        """Writes the card and closes; a failure is told and the question stays."""
        kept, picture = KeptCards.of(self._context.workspace), self._picture
        scenario, name = self._scenario, self.member.currentText()

        def work() -> object:
            try:
                return export_card(scenario, name, path, kept, picture=picture)
            except LorewrightError as error:
                return error

        self._save.setEnabled(False)
        self._files.ask_at_once((self, "save"), work, lambda done: self._saved(path, done))

    def _saved(self, path: Path, done: object) -> None:
        self._save.setEnabled(True)
        if not isinstance(done, Card):
            self._context.toast(str(done), "error")
            return
        self._context.toast(_("{name} is a card now: {path}").format(name=done.name, path=path), "success")
        self.written.emit(path)
        self.accept()
