"""Owns choosing character cards for a new scenario: by dialog, by dropping, and who plays; reads them off the window.

Pictures are not shown: a card's picture is a stranger's file, and only its text is wanted here.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFileDialog, QLineEdit, QVBoxLayout, QWidget

from studio.errors import LorewrightError
from studio.language import _, plural
from studio.scenario.cards import SUFFIXES, Card, load_card
from studio.scenario.cards.importing import PLAYER, one_line, plain_named, plain_text
from studio.ui.background import Background
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_8
from studio.ui.widgets import label, push_button, row
from studio.ui.write.choice_rows import ChoiceRows

_ABOUT = 160
_MOST = 20

Chosen = tuple[Path, Card]


class CardChoice(QWidget):
    """The cards chosen so far. `changed` when there are more or fewer."""

    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._background = Background("check-cards")
        self._chosen: dict[Path, Card] = {}
        self.rows = ChoiceRows(theme, _("Character cards"))
        self.rows.setMinimumHeight(theme.px(150))
        self.player = QLineEdit()
        self.player.setAccessibleName(_("Who plays"))
        self.player.setPlaceholderText(PLAYER)
        self.trouble = label("", "error", wrap=True)
        self.trouble.hide()
        self._remove = push_button(_("Remove"), self.remove)
        player = label(_("Who plays"), "strong")
        player.setBuddy(self.player)
        hint = _("SillyTavern cards, PNG or JSON. Choose them or drop them here; they become the party.")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_8)
        layout.addWidget(label(hint, "muted", wrap=True))
        layout.addWidget(self.rows, 1)
        layout.addWidget(self.trouble)
        layout.addLayout(row(push_button(_("Choose cards…"), self.choose), self._remove, None))
        layout.addWidget(player)
        layout.addWidget(self.player)
        self._remove.setEnabled(False)

    @property
    def chosen(self) -> tuple[Chosen, ...]:
        """The files and their cards, in order."""
        return tuple(self._chosen.items())

    @property
    def title(self) -> str:
        """What a scenario of these could be called."""
        return " & ".join(dict.fromkeys(plain_named(card.name) for card in self._chosen.values()))

    def choose(self) -> None:
        """Asks which files."""
        kinds = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        dialog = QFileDialog(self, _("Choose character cards"), "", _("Character cards ({kinds})").format(kinds=kinds))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda names: self.add([Path(name) for name in names]))
        dialog.open()

    def add(self, paths: Sequence[Path]) -> None:
        """Reads card files on a thread and lists those that could be read; the others are told."""
        self._background.ask(object(), partial(_read, list(paths)[:_MOST]), self._take)

    def ask(self, word: str, work: Callable[[], object], answer: Callable[[object], object]) -> None:
        """Does something with the cards on the thread that reads them."""
        self._background.ask_at_once((self, word), work, answer)

    def remove(self) -> None:
        """Takes the card in front out of the list."""
        path = self.rows.value
        if isinstance(path, Path):
            del self._chosen[path]
            self._list()

    def close(self) -> bool:
        """Ends the thread."""
        self._background.close()
        return super().close()

    def _take(self, answer: object) -> None:
        assert isinstance(answer, tuple)
        cards, troubles = answer
        self._chosen.update(cards)
        self.trouble.setText("\n".join(troubles))
        self.trouble.setVisible(bool(troubles))
        self._list()

    @Slot()
    def _list(self) -> None:
        self.rows.clear()
        for path, card in self._chosen.items():
            self.rows.put("person", plain_named(card.name), _about(card), path)
        self.rows.setCurrentRow(self.rows.count() - 1)
        self._remove.setEnabled(self.rows.count() > 0)
        self.changed.emit()


def _read(paths: list[Path]) -> tuple[list[Chosen], list[str]]:
    cards: list[Chosen] = []
    troubles: list[str] = []
    for path in paths:
        try:
            cards.append((path, load_card(path)))
        except LorewrightError as error:
            troubles.append(str(error))
    return cards, troubles


def _about(card: Card) -> str:
    """The beginning of what a card tells."""
    told = one_line(plain_text(card.text("description") or card.text("personality"), {"char": plain_named(card.name)}))
    greetings = len(card.texts("alternate_greetings")) + bool(card.text("first_mes"))
    said = plural("{count} greeting", "{count} greetings", greetings)
    return told[:_ABOUT] if told else said
