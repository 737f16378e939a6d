"""Owns the line under a text: the caret's place, what is selected, words and tokens; knows no tokeniser."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame

from studio.language import _, plural
from studio.scenario import Scenario
from studio.ui.theme.tokens import SPACE_4, SPACE_12, SPACE_16
from studio.ui.widgets import label, row

if TYPE_CHECKING:
    from studio.ui.write.editor import Editor

_SELECTION = 200_000


def count_words(scenario: Scenario) -> int:
    """How many words the SYSTEM block and the turns hold."""
    system = len(scenario.system.content.split()) if scenario.system is not None else 0
    return system + sum(len(turn.content.split()) for turn in scenario.turns)


class Footer(QFrame):
    """The line; `say_words` and `say_tokens` are called by those who count."""

    def __init__(self, editor: "Editor") -> None:
        super().__init__()
        self._editor = editor
        self.setProperty("kind", "header")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._place, self._chosen = label("", "caption"), label("", "caption")
        self._words, self._tokens = label("", "caption"), label("", "caption")
        parts = (self._words, self._tokens, None, self._chosen, self._place)
        self.setLayout(row(*parts, spacing=SPACE_16, margins=(SPACE_12, SPACE_4, SPACE_12, SPACE_4)))
        self._tokens.hide()
        editor.cursorPositionChanged.connect(self._follow)
        editor.selectionChanged.connect(self._follow)
        editor.filled.connect(self._follow)

    @property
    def words(self) -> str:
        """What it says of the words."""
        return self._words.text()

    @property
    def tokens(self) -> str:
        """What it says of the tokens; empty where nothing."""
        return self._tokens.text()

    @property
    def place(self) -> str:
        """What it says of the caret."""
        return self._place.text()

    def say_words(self, count: int) -> None:
        """Says how many words the scenario has."""
        self._words.setText(plural("{count} word", "{count} words", count))

    def say_tokens(self, count: int | None, model: str = "") -> None:
        """Says how many tokens a model's tokeniser makes of the scenario; None where none can say."""
        self._tokens.setVisible(count is not None)
        self._tokens.setText("" if count is None else plural("{count} token", "{count} tokens", count))
        self._tokens.setToolTip(_("Counted for {model}").format(model=model) if model else "")

    @Slot()
    def _follow(self) -> None:
        editor = self._editor
        if editor.filling:
            return
        cursor, text = editor.textCursor(), editor.mirror.text
        offset = editor.caret()
        column = offset - text.rfind("\n", 0, offset)
        words = _("Line {line}, column {column}").format(line=cursor.blockNumber() + 1, column=column)
        self._place.setText(words)
        long = cursor.selectionEnd() - cursor.selectionStart()
        if 0 < long <= _SELECTION:
            chosen = len(cursor.selectedText().split())
            self._chosen.setText(plural("{count} word selected", "{count} words selected", chosen))
        else:
            self._chosen.setText("")
