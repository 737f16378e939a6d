"""Owns the window that shows the page of a diagnostic; knows not what is wrong anywhere."""

from markdown_it import MarkdownIt
from PySide6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

from studio.language import _
from studio.lint import explain
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_12, SPACE_16
from studio.ui.widgets import push_button, row


class ExplainPage(QDialog):
    """What a code means, with examples."""

    def __init__(self, theme: Theme, code: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("About {code}").format(code=code))
        self.resize(theme.px(620), theme.px(560))
        self.text = QTextBrowser()
        self.text.setAccessibleName(self.windowTitle())
        self.text.setOpenLinks(False)
        style = f"pre, code {{ font-family: '{theme.mono_font().family()}'; background: {theme.colours.raised}; }}"
        self.text.document().setDefaultStyleSheet(style)
        self.text.setHtml(MarkdownIt("commonmark", {"html": False}).render(explain(code)))
        done = push_button(_("Done"), self.accept, "primary")
        done.setDefault(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        layout.setSpacing(SPACE_12)
        layout.addWidget(self.text, 1)
        layout.addLayout(row(None, done))
