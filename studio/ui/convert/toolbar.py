"""Owns the Convert tab's tool bar: which page is shown, and looking into a file."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QWidget

from studio.language import N_, _
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8
from studio.ui.widgets import IconButton, row, segment

PAGES = {"make": N_("Convert"), "result": N_("Result"), "published": N_("Published"), "inspect": N_("Look into a file")}


class ConvertBar(QWidget):
    """The pages by name; `page_chosen` carries one, `fold_wanted` asks for the left side to fold."""

    page_chosen = Signal(str)
    fold_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.pages = {name: segment(_(word)) for name, word in PAGES.items()}
        together = QButtonGroup(self)
        for name, button in self.pages.items():
            together.addButton(button)
            button.clicked.connect(lambda _checked=False, name=name: self.page_chosen.emit(name))
        self.pages["make"].setChecked(True)
        fold = IconButton(theme, "fold-left", _("Show or hide the runs"))
        fold.clicked.connect(self.fold_wanted)
        margins = (SPACE_8, SPACE_4, SPACE_8, SPACE_4)
        self.setLayout(row(*self.pages.values(), None, fold, spacing=SPACE_4, margins=margins))

    def choose(self, page: str) -> None:
        """Marks the page that is shown."""
        self.pages[page].setChecked(True)
