"""Owns showing the data card of a build."""

from PySide6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.cards.prose import rich
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_16, SPACE_24
from studio.ui.widgets import label, push_button, row


class CardView(QDialog):
    """The card as text to read and copy."""

    def __init__(self, theme: Theme, window: QWidget, name: str, text: str) -> None:
        super().__init__(window)
        self.setWindowTitle(_("Data card"))
        self.text = QTextBrowser()
        self.text.setAccessibleName(_("Data card"))
        self.text.setHtml(rich(text, ""))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_24, SPACE_24, SPACE_24, SPACE_24)
        layout.setSpacing(SPACE_16)
        layout.addWidget(label(name, "display"))
        layout.addWidget(self.text, 1)
        layout.addLayout(row(None, push_button(_("Close"), self.accept, "primary")))
        self.resize(theme.px(680), theme.px(620))
