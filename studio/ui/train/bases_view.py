"""Owns the first question of the form, which model: cards of which one is chosen, and the way to add one's own."""

from itertools import pairwise

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from studio.gguf.known_bases import STARTER
from studio.glossary import explained
from studio.language import _, plural
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8
from studio.ui.train.base_card import BaseCard
from studio.ui.train.bases import BaseChoice, Bases
from studio.ui.train.fetcher import Fetch
from studio.ui.widgets import label


class BasesView(QWidget):
    """The cards. `chosen` tells of another choice, `card_made` of a card that came later than the first; the other
    signals carry a model's name, or nothing."""

    chosen = Signal()
    card_made = Signal(str)
    fetch_wanted = Signal(str)
    cancel_wanted = Signal(str)
    folder_wanted = Signal()
    file_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._bases = Bases()
        self._comes_after: tuple[QWidget, ...] = ()
        self._name = STARTER
        self._group = QButtonGroup(self)
        self._making = QTimer(self, interval=0)
        self._making.timeout.connect(self._make_card)
        self.cards: dict[str, BaseCard] = {}
        self._head = label(_("Which model?"), "title")
        self._head.setToolTip(explained("base_model"))
        self._head.setProperty("term", "base")
        self._none = label(_("Looking at what this machine can train …"), "muted", wrap=True)
        self._trouble = label("", "error", wrap=True)
        self._trouble.hide()
        self._first, self._others = QVBoxLayout(), QWidget()
        self._first.setSpacing(SPACE_8)
        self._rest = QVBoxLayout(self._others)
        self._rest.setContentsMargins(0, 0, 0, 0)
        self._rest.setSpacing(SPACE_8)
        self.more = QToolButton()
        self.add = QToolButton()
        self._make_buttons()
        self._lay_out()
        theme.changed.connect(self._redraw)
        self._redraw()

    def _make_buttons(self) -> None:
        self.more.setCheckable(True)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.more.toggled.connect(self._unfold)
        self.add.setText(_("Add a model…"))
        self.add.setAccessibleName(_("Add a model of your own"))
        self.add.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.add.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        menu = QMenu(self.add)
        menu.addAction(_("A GGUF file…"), self.file_wanted.emit)
        menu.addAction(_("A folder from Hugging Face…"), self.folder_wanted.emit)
        self.add.setMenu(menu)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_8)
        column.addWidget(self._head)
        column.addWidget(self._none)
        column.addLayout(self._first)
        column.addWidget(self._others)
        column.addWidget(self._trouble)
        buttons = QHBoxLayout()
        buttons.addWidget(self.more)
        buttons.addStretch(1)
        buttons.addWidget(self.add)
        column.addLayout(buttons)
        self._others.hide()
        self.more.hide()

    @Slot()
    def _redraw(self) -> None:
        self.more.setIcon(self._theme.icon("down" if self.more.isChecked() else "right"))
        self.add.setIcon(self._theme.icon("add"))

    # What is offered

    def show_bases(self, bases: Bases) -> None:
        """Shows the models; the choice is kept, or the first one that is here is chosen."""
        if bases == self._bases and self.cards:
            return
        focused = next((name for name, card in self.cards.items() if card.radio.hasFocus()), None)
        self._bases = bases
        self._clear()
        for choice in bases.first:
            self._first.addWidget(self._card(choice))
        self._none.setVisible(not bases.all)
        self._none.setText(_("No model fits into this machine's memory."))
        self._trouble.setText(bases.trouble)
        self._trouble.setVisible(bool(bases.trouble))
        self.more.setVisible(bool(bases.others))
        self._say_more()
        known = {one.name for one in bases.all}
        if self._name not in known and bases.all:
            self._name = next((one.name for one in bases.all if one.path is not None), bases.all[0].name)
        away = {one.name for one in bases.others}
        if self._name in away and not self.more.isChecked():
            self.more.setChecked(True)
        elif self.more.isChecked():
            self._unfold(True)
        self._mark()
        self._chain()
        if focused in self.cards:
            self.cards[focused].radio.setFocus()
        self.chosen.emit()

    def _say_more(self) -> None:
        words = plural("{count} more model", "{count} more models", len(self._bases.others))
        self.more.setText(_("Fewer models") if self.more.isChecked() else words)
        self.more.setAccessibleName(self.more.text())

    def _clear(self) -> None:
        for card in self.cards.values():
            self._group.removeButton(card.radio)
            card.hide()
            card.setParent(None)
            card.deleteLater()
        self.cards.clear()

    def _card(self, choice: BaseChoice) -> BaseCard:
        card = self.cards[choice.name] = BaseCard(self._theme, choice)
        self._group.addButton(card.radio)
        card.chosen.connect(self._choose)
        card.fetch_wanted.connect(self.fetch_wanted)
        card.cancel_wanted.connect(self.cancel_wanted)
        return card

    @Slot(bool)
    def _unfold(self, shown: bool) -> None:
        """The other models; their cards are made when they are first asked for."""
        if shown:
            self._making.start()
        self._others.setVisible(shown)
        self._say_more()
        self._redraw()

    @Slot()
    def _make_card(self) -> None:
        """Makes the next of the other cards; a turn of the window's loop each, so that nothing stands still."""
        choice = next((one for one in self._bases.others if one.name not in self.cards), None)
        if choice is None or not self.more.isChecked():
            self._making.stop()
            self._chain()
            return
        self._rest.addWidget(self._card(choice))
        self.card_made.emit(choice.name)
        self._mark()

    def _chain(self) -> None:
        """The Tab key goes through the cards as they are seen, though they are made after the rest of the form."""
        cards = [self.cards[one.name] for one in self._bases.all if one.name in self.cards]
        parts = [part for card in cards for part in (card.radio, card.fetch, card.cancel)]
        for before, after in pairwise((*self._comes_after, *parts, self.more, self.add)):
            QWidget.setTabOrder(before, after)

    def comes_after(self, widget: QWidget) -> None:
        """What takes the focus before the first card."""
        self._comes_after = (widget,)
        self._chain()

    @property
    def whole(self) -> bool:
        """Whether all cards that are to be seen are there."""
        return not self._making.isActive()

    def show_fetch(self, name: str, fetch: Fetch | None) -> None:
        """Shows on a card how far its fetching is."""
        if name in self.cards:
            self.cards[name].show_fetch(fetch)

    # What is chosen

    def choose(self, name: str) -> None:
        """Chooses a model by its name, as soon as there is one."""
        if name != self._name:
            self._name = name
            self._mark()
            self.chosen.emit()

    def _mark(self) -> None:
        if self._name in self.cards and not self.cards[self._name].radio.isChecked():
            self.cards[self._name].radio.setChecked(True)

    @Slot(str)
    def _choose(self, name: str) -> None:
        if name != self._name:
            self._name = name
            self.chosen.emit()

    @property
    def bases(self) -> Bases:
        """What is offered."""
        return self._bases

    @property
    def choice(self) -> BaseChoice | None:
        """What is chosen; None before anything is offered."""
        return next((one for one in self._bases.all if one.name == self._name), None)
