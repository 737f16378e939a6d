"""Owns showing the data card of a build."""

from markdown_it import MarkdownIt
from PySide6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_16, SPACE_24
from studio.ui.widgets import label, push_button, row

_FRONT = "---\n"
_SHEET = (
    "h1, h2 { font-size: large; margin-top: 14px; margin-bottom: 4px; }"
    "th, td { padding: 3px 18px 3px 0px; text-align: left; } p { margin-bottom: 8px; }"
)


class CardView(QDialog):
    """The card as text to read and copy."""

    def __init__(self, theme: Theme, window: QWidget, name: str, text: str) -> None:
        super().__init__(window)
        self.setWindowTitle(_("Data card"))
        self.text = QTextBrowser()
        self.text.setAccessibleName(_("Data card"))
        self.text.setOpenLinks(False)
        self.text.document().setDefaultStyleSheet(_SHEET)
        self.text.document().setDocumentMargin(SPACE_16)
        self.text.setHtml(MarkdownIt("commonmark", {"html": False}).enable("table").render(_told(text)))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_24, SPACE_24, SPACE_24, SPACE_24)
        layout.setSpacing(SPACE_16)
        layout.addWidget(label(name, "display"))
        layout.addWidget(self.text, 1)
        layout.addLayout(row(None, push_button(_("Close"), self.accept, "primary")))
        self.resize(theme.px(760), theme.px(620))


def _told(card: str) -> str:
    """A card without what only the Hub reads in it."""
    if not card.startswith(_FRONT):
        return card
    return card.removeprefix(_FRONT).partition(f"\n{_FRONT}")[2]
