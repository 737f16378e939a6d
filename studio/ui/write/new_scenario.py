"""Owns asking what a new scenario begins with: a template or character cards; knows not what is written into it."""

from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QButtonGroup, QComboBox, QDialog, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from studio.errors import LorewrightError
from studio.language import _
from studio.scenario.cards import SUFFIXES
from studio.scenario.cards.importing import PLAYER
from studio.ui.context import Context
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_16, SPACE_24
from studio.ui.widgets import label, push_button, row, segment, stack
from studio.ui.write.card_choice import CardChoice
from studio.ui.write.choice_rows import ChoiceRows
from studio.ui.write.tree_rows import TYPES
from studio.workspace.beginnings import begin, beginnings
from studio.workspace.cards import KeptCards, begun_with


class NewScenario(QDialog):
    """The question; `made` carries the path of the new file. Cards can be dropped anywhere on it."""

    made = Signal(object)

    def __init__(self, context: Context, window: QWidget, cards: tuple[Path, ...] | None = None) -> None:
        super().__init__(window)
        self._context = context
        self.setWindowTitle(_("New scenario"))
        self.setAcceptDrops(True)
        self.name = QLineEdit()
        self.name.setAccessibleName(_("Title"))
        self.kind = QComboBox()
        self.kind.setAccessibleName(_("Type"))
        for kind, word in TYPES.items():
            self.kind.addItem(_(word), kind)
        self.templates = ChoiceRows(context.theme, _("Templates"))
        for one in beginnings():
            self.templates.put(one.scenario_type, _(one.title), _(one.about), one)
        self.cards = CardChoice(context.theme)
        self.words = {"template": segment(_("Template")), "cards": segment(_("Character cards"))}
        self._pages = QStackedWidget()
        self._make = push_button(_("Write it"), self.make, "primary")
        self._make.setDefault(True)
        self._lay_out()
        self._connect()
        self.templates.setCurrentRow(0)
        self.turn_to("template" if cards is None else "cards")
        if cards:
            self.cards.add(cards)

    def _lay_out(self) -> None:
        theme = self._context.theme
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_24, SPACE_24, SPACE_24, SPACE_24)
        layout.setSpacing(SPACE_8)
        layout.addWidget(label(_("New scenario"), "display"))
        layout.addSpacing(SPACE_8)
        fields = []
        for word, field in ((_("Title"), self.name), (_("Type"), self.kind)):
            name = label(word, "strong")
            name.setBuddy(field)
            fields.append(stack(name, field, spacing=SPACE_4))
        line = row(spacing=SPACE_16)
        line.addLayout(fields[0], 2)
        line.addLayout(fields[1], 1)
        layout.addLayout(line)
        layout.addSpacing(SPACE_8)
        layout.addLayout(row(*self.words.values(), None, spacing=SPACE_4))
        layout.addWidget(self._pages, 1)
        layout.addSpacing(SPACE_8)
        layout.addLayout(row(None, push_button(_("Cancel"), self.reject), self._make))
        self._pages.addWidget(self.templates)
        self._pages.addWidget(self.cards)
        self.resize(theme.px(640), theme.px(600))

    def _connect(self) -> None:
        together = QButtonGroup(self)
        for name, button in self.words.items():
            together.addButton(button)
            button.clicked.connect(lambda _checked=False, name=name: self.turn_to(name))
        self.name.textChanged.connect(self._ready)
        self.cards.changed.connect(self._carded)
        self.templates.currentRowChanged.connect(self._typed)
        self.templates.itemActivated.connect(lambda _item: self._make.click())
        self.finished.connect(self.cards.close)

    @property
    def _from_cards(self) -> bool:
        return self._pages.currentWidget() is self.cards

    def turn_to(self, name: str) -> None:
        """Shows templates or cards."""
        self.words[name].setChecked(True)
        self._pages.setCurrentIndex(list(self.words).index(name))
        self._typed()
        self._ready()

    @Slot()
    def _typed(self) -> None:
        """Proposes the type that what is chosen is of."""
        kind = "roleplay" if self._from_cards else getattr(self.templates.value, "scenario_type", "mixed")
        self.kind.setCurrentIndex(self.kind.findData(kind))

    @Slot()
    def _carded(self) -> None:
        if self.cards.chosen or self.cards.trouble.text():
            self.turn_to("cards")
        self._ready()

    @Slot()
    def _ready(self) -> None:
        proposed = self.cards.title if self._from_cards else ""
        self.name.setPlaceholderText(proposed or _("The Bell Below the Mill"))
        enough = bool(self.cards.chosen) if self._from_cards else bool(self.name.text().strip())
        self._make.setEnabled(enough)

    def make(self) -> None:
        """Makes the file and closes; a failure is told and the question stays."""
        workspace, kind = self._context.workspace, str(self.kind.currentData())
        title = self.name.text().strip() or self.cards.title
        template = str(getattr(self.templates.value, "text", beginnings()[0].text))
        cards, player = self.cards.chosen if self._from_cards else (), self.cards.player.text() or PLAYER

        def work() -> object:
            try:
                text = begun_with(cards, title, player, KeptCards.of(workspace)) if cards else template
                return begin(workspace, title, kind, text)
            except LorewrightError as error:
                return error

        self._make.setEnabled(False)
        self.cards.ask("make", work, self._take)

    def _take(self, made: object) -> None:
        self._ready()
        if isinstance(made, Path):
            self.made.emit(made)
            self.accept()
        else:
            self._context.toast(str(made), "error")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes files that may be cards."""
        if dropped(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Adds what was dropped."""
        event.acceptProposedAction()
        self.turn_to("cards")
        self.cards.add(dropped(event))


def dropped(event: QDropEvent) -> list[Path]:
    """The files of a drop that may be cards, by their names."""
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return [path for path in paths if path.suffix.lower() in SUFFIXES]
