"""Owns the left side: which data set, its sources as cards, and the wishes to change them. Changes nothing itself."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from studio.language import _, plural
from studio.ui.data.shelf import SourceCard
from studio.ui.data.words import FLUSH_LINK, SOURCES, grouped, weight_word
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12
from studio.ui.train.fields import number_field
from studio.ui.widgets import IconButton, label, push_button, row, stack


class _Card(QFrame):
    """One source."""

    weighed = Signal(str, int)
    edited = Signal(str)
    removed = Signal(str)
    problems_wanted = Signal(str)

    def __init__(self, theme: Theme, card: SourceCard) -> None:
        super().__init__()
        self._theme = theme
        self._name = card.name
        self._icon = label()
        self._icon_name = SOURCES[card.kind].icon_name
        self.setProperty("kind", "card")
        self.setAccessibleName(card.name)
        name = _("Weight of {name}").format(name=card.name)
        self.weight = number_field(name, 1, max(5, round(card.weight)))
        self.weight.setValue(round(card.weight))
        self.weight.setToolTip(_("How much it counts: 1 is silver, 5 is core gold. Nothing is copied."))
        self.weight.setKeyboardTracking(False)
        self.weight.valueChanged.connect(self._weigh)
        self._word = label(weight_word(card.weight), "caption")
        self._fill(card)
        theme.changed.connect(self._redraw)
        self._redraw()

    def _fill(self, card: SourceCard) -> None:
        inside = QVBoxLayout(self)
        inside.setContentsMargins(SPACE_12, SPACE_8, SPACE_8, SPACE_8)
        inside.setSpacing(SPACE_4)
        edit = IconButton(self._theme, "edit", _("Change {name}").format(name=card.name), size=14)
        remove = IconButton(self._theme, "trash", _("Remove {name}").format(name=card.name), size=14)
        edit.clicked.connect(lambda: self.edited.emit(self._name))
        remove.clicked.connect(lambda: self.removed.emit(self._name))
        name = label(card.name, "strong")
        name.setToolTip(card.name)
        name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head = row(self._icon, name, edit, remove, spacing=SPACE_4)
        head.setStretch(1, 1)
        inside.addLayout(head)
        found = card.found.replace("`", "")
        title = found.partition(" (")[0] or _(SOURCES[card.kind].title)
        for words in dict.fromkeys((title, card.place) if title.lower() != card.place else (title,)):
            about = label(words, "caption")
            about.setToolTip(found if words != card.place else card.place)
            about.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            inside.addWidget(about)
        inside.addLayout(self._figures(card))
        inside.addLayout(row(self.weight, self._word, None, spacing=SPACE_8))
        told = " · ".join(filter(None, (card.licence, card.note)))
        if told:
            inside.addWidget(label(told, "caption", wrap=True))

    def _figures(self, card: SourceCard):  # type: ignore[no-untyped-def]  # a layout of Qt
        if card.rows is None:
            return row(label(_("not read yet"), "caption"), None)
        told = plural("{{count}} example", "{{count}} examples", card.rows).format(count=grouped(card.rows))
        if card.passes is not None:
            told = _("{examples} · {passes} passes").format(examples=told, passes=f"{card.passes:.1f}")
        elif card.rows:
            told = _("{examples} · none stays").format(examples=told)
        line = stack(label(told), spacing=0)
        if card.problems:
            words = plural("{{count}} error", "{{count}} errors", card.problems).format(count=grouped(card.problems))
            link = push_button(words, lambda: self.problems_wanted.emit(self._name), "link")
            link.setStyleSheet(FLUSH_LINK)
            line.addLayout(row(link, None))
        return line

    @Slot(int)
    def _weigh(self, value: int) -> None:
        self._word.setText(weight_word(value))
        self.weighed.emit(self._name, value)

    @Slot()
    def _redraw(self) -> None:
        edge = self._theme.px(16)
        self._icon.setPixmap(self._theme.icon(self._icon_name, "accent").pixmap(edge, edge))


class SourcesView(QWidget):
    """The data sets of the workspace and the sources of the one that is chosen.

    `chosen` carries a name, `weighed` a source and its weight; `edited` and `removed` carry a source.
    """

    chosen = Signal(str)
    made = Signal()
    added = Signal()
    weighed = Signal(str, int)
    edited = Signal(str)
    removed = Signal(str)
    problems_wanted = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.cards: dict[str, _Card] = {}
        self._shown: tuple[SourceCard, ...] = ()
        self.setMinimumWidth(theme.px(230))
        self.names = QComboBox()
        self.names.setAccessibleName(_("Data set"))
        self.names.activated.connect(lambda: self.chosen.emit(self.names.currentText()))
        new = IconButton(theme, "add", _("New data set"))
        new.clicked.connect(self.made)
        self._add = push_button(_("Add a source"), self.added.emit)
        self._list = QVBoxLayout()
        self._list.setSpacing(SPACE_8)
        inside = QWidget()
        inside.setProperty("kind", "scrolled")
        column = QVBoxLayout(inside)
        column.setContentsMargins(SPACE_12, SPACE_4, SPACE_12, SPACE_12)
        column.setSpacing(SPACE_8)
        column.addLayout(self._list)
        column.addWidget(self._add, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        head = row(self.names, new, spacing=SPACE_4, margins=(SPACE_12, SPACE_12, SPACE_12, SPACE_8))
        head.setStretch(0, 1)
        whole.addLayout(head)
        whole.addWidget(area, 1)

    def show_sets(self, names: Sequence[str], chosen: str) -> None:
        """Offers the data sets of the workspace."""
        with QSignalBlocker(self.names):
            self.names.clear()
            self.names.addItems(list(names))
            self.names.setCurrentIndex(self.names.findText(chosen))
        self.names.setEnabled(bool(names))
        self._add.setEnabled(bool(chosen))

    def show_sources(self, cards: Sequence[SourceCard]) -> None:
        """Shows these sources; what did not change is not drawn anew, so that a field keeps the keys."""
        if tuple(cards) == self._shown:
            return
        held = next((name for name, card in self.cards.items() if card.weight.hasFocus()), None)
        self._shown = tuple(cards)
        while (item := self._list.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.cards = {card.name: self._made(card) for card in cards}
        if held in self.cards:
            self.cards[held].weight.setFocus()

    def _made(self, card: SourceCard) -> _Card:
        made = _Card(self._theme, card)
        made.weighed.connect(self.weighed)
        made.edited.connect(self.edited)
        made.removed.connect(self.removed)
        made.problems_wanted.connect(self.problems_wanted)
        self._list.addWidget(made)
        return made
