"""Owns the Data tab's tool bar: looking anew, judging, building, comparing, exporting, and which page is shown."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QProgressBar, QWidget

from studio.language import N_, _
from studio.ui.data.words import grouped
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12
from studio.ui.widgets import IconButton, label, push_button, row, segment

PAGES = {
    "examples": N_("Examples"),
    "problems": N_("Left out"),
    "audit": N_("Report"),
    "builds": N_("Builds"),
}


class DataBar(QWidget):
    """The deeds by name in `wished`: audit, judge, build, compare, export, stop, left, right."""

    wished = Signal(str)
    page_chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.pages = {name: segment(_(word)) for name, word in PAGES.items()}
        together = QButtonGroup(self)
        for name, button in self.pages.items():
            together.addButton(button)
            button.clicked.connect(lambda _checked=False, name=name: self.page_chosen.emit(name))
        self.pages["examples"].setChecked(True)
        self.deeds = {
            name: IconButton(theme, icon_name, why, text=word)
            for name, icon_name, word, why in (
                ("audit", "audit", _("Audit"), _("Read all sources and check every example")),
                ("judge", "judge", _("Judge…"), _("Have a model judge the examples")),
                ("compare", "compare", _("Compare"), _("What the last build changed")),
                ("export", "export", _("Export…"), _("Write the last build in another format")),
            )
        }
        for name, button in self.deeds.items():
            button.clicked.connect(lambda _checked=False, name=name: self.wished.emit(name))
        self.build = push_button(_("Build"), lambda: self.wished.emit("build"), "primary")
        self.build.setToolTip(_("Write a versioned data set to train on"))
        self.stop = push_button(_("Stop"), lambda: self.wished.emit("stop"))
        self.doing = label("", "muted")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(theme.px(110))
        self.bar.setAccessibleName(_("Progress"))
        folds = [
            IconButton(theme, "fold-left", _("Show or hide the sources")),
            IconButton(theme, "fold-right", _("Show or hide the balance")),
        ]
        for fold, name in zip(folds, ("left", "right"), strict=True):
            fold.clicked.connect(lambda _checked=False, name=name: self.wished.emit(name))
        self.setLayout(
            row(
                *self.pages.values(), SPACE_12, *self.deeds.values(), None, self.doing, self.bar, self.stop, self.build,
                SPACE_4, *folds, spacing=SPACE_4, margins=(SPACE_8, SPACE_4, SPACE_8, SPACE_4),
            )
        )  # fmt: skip
        self.show_work("", None)

    def choose(self, page: str) -> None:
        """Marks the page that is shown."""
        self.pages[page].setChecked(True)

    def show_problems(self, count: int) -> None:
        """Says how many errors left something out."""
        word = _(PAGES["problems"])
        self.pages["problems"].setText(f"{word} {grouped(count)}" if count else word)

    @Slot(str)
    def show_work(self, words: str, fraction: float | None) -> None:
        """Says what is under way; nothing where no words are given."""
        busy = bool(words)
        self.doing.setText(words)
        for part in (self.doing, self.bar, self.stop):
            part.setVisible(busy)
        self.build.setVisible(not busy)
        self.bar.setRange(0, 0 if fraction is None else 1000)
        self.bar.setValue(round(1000 * (fraction or 0)))

    def show_ready(self, *, described: bool, built: bool) -> None:
        """Which deeds make sense: there is a data set, there is a build."""
        for name, button in self.deeds.items():
            button.setEnabled(built if name in ("compare", "export") else described)
        self.build.setEnabled(described)
