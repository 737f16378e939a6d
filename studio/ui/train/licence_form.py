"""Owns asking for what a gated model needs: its licence accepted, and a token. Keeps no token itself."""

from functools import partial

from PySide6.QtCore import QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from studio.errors import LorewrightError
from studio.hub import page
from studio.language import _
from studio.secrets import check_key
from studio.training.catalogue import CatalogueModel
from studio.training.hub_errors import LicenceNotAccepted, TokenRefused
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8, SPACE_16, SPACE_24
from studio.ui.widgets import label, push_button, row

_WIDTH = 480


def _open(address: str) -> None:
    QDesktopServices.openUrl(QUrl(address))


class LicenceForm(QDialog):
    """The question; `answered` carries the token, which is empty where the one that is kept already is to be used."""

    answered = Signal(str)

    def __init__(self, theme: Theme, window: QWidget, model: CatalogueModel, why: LorewrightError) -> None:
        super().__init__(window)
        repo = model.repo or ""
        self.licence, self.tokens = page(repo), page("settings/tokens")
        self.setWindowTitle(_("{name} asks for an account").format(name=model.name))
        self.token = QLineEdit()
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.token.setAccessibleName(_("Token"))
        self.token.setPlaceholderText("hf_…")
        self.trouble = label("", "error", wrap=True)
        self.trouble.hide()
        self._ok = push_button(_("Fetch {name}").format(name=model.name), self.answer, "primary")
        self._ok.setDefault(True)
        self._known = isinstance(why, LicenceNotAccepted)
        self.token.textChanged.connect(self._turn)
        self._lay_out(theme, model, why)
        self._turn()

    def _lay_out(self, theme: Theme, model: CatalogueModel, why: LorewrightError) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_24, SPACE_24, SPACE_24, SPACE_24)
        column.setSpacing(SPACE_8)
        column.addWidget(label(self.windowTitle(), "display", wrap=True))
        column.addWidget(label(_reason(model, why), "muted", wrap=True))
        column.addSpacing(SPACE_8)
        steps = (
            (_("1. Log in and accept the licence ({licence})."), _("Open the licence"), self.licence),
            (_("2. Make a token that may read."), _("Open the tokens"), self.tokens),
        )
        for words, deed, address in steps:
            button = push_button(deed, partial(_open, address), why=address)
            told = label(words.format(licence=model.licence.name), wrap=True)
            line = row(told, button)
            line.setStretch(0, 1)
            column.addLayout(line)
        head = label(_("3. Put the token here."))
        head.setBuddy(self.token)
        column.addWidget(head)
        column.addWidget(self.token)
        kept = _("It is kept in this system's keyring, sent to the Hub only, and written into no file.")
        column.addWidget(label(kept, "caption", wrap=True))
        column.addWidget(self.trouble)
        column.addSpacing(SPACE_16)
        column.addLayout(row(None, push_button(_("Cancel"), self.reject), self._ok))
        self.setMinimumWidth(theme.px(_WIDTH))

    @Slot()
    def _turn(self) -> None:
        """A token is needed, unless there is one and only the licence was not accepted."""
        text, told = self.token.text().strip(), ""
        try:
            check_key(text)
        except LorewrightError as error:
            told = str(error)
        self.trouble.setText(told)
        self.trouble.setVisible(bool(told))
        self._ok.setEnabled(not told and (bool(text) or self._known))

    @Slot()
    def answer(self) -> None:
        """Hands the token on and closes."""
        if not self._ok.isEnabled():
            return
        token = self.token.text().strip()
        self.token.clear()
        self._ok.setEnabled(False)  # clearing may have enabled it, and a second answer would be an empty one
        self.answered.emit(token)
        self.accept()


def _reason(model: CatalogueModel, why: LorewrightError) -> str:
    """Why it was not given."""
    if isinstance(why, LicenceNotAccepted):
        return _(
            "The account of your token was not let in. Accept the licence with the same account (some makers answer "
            "after hours), see that the token may read gated models, and fetch again. Another token can be given."
        )
    if isinstance(why, TokenRefused):
        return _("The Hub does not know your token, or it ran out. Make another.")
    words = _("Its maker gives {name} to those who accept its licence. That takes an account on the Hugging Face Hub.")
    return words.format(name=model.name)
