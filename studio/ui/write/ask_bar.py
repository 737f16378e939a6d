"""Owns the strip above a text that asks for one word (a line's number, a new name); knows not what for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QFrame, QLineEdit, QPushButton

from studio.language import _
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8
from studio.ui.widgets import IconButton, label, row

if TYPE_CHECKING:
    from studio.ui.write.editor import Editor


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `look` is called with the word and the choice whenever they change, `run` when it is done."""

    prompt: str
    word: str
    look: Callable[[str, int], object]
    run: Callable[[str, int], object]
    text: str = ""
    choices: Sequence[str] = ()


class AskBar(QFrame):
    """The strip; Enter does it, Escape leaves."""

    def __init__(self, editor: "Editor", theme: Theme) -> None:
        super().__init__()
        self._editor = editor
        self._question: Question | None = None
        self.setProperty("kind", "header")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.prompt = label("", "strong")
        self.field = QLineEdit()
        self.field.setAccessibleName(_("The word that is asked for"))
        self.choice = QComboBox()
        self.choice.setAccessibleName(_("Where"))
        self.hint = label("", "muted")
        self.button = QPushButton()
        self.button.setAccessibleName(_("Do it"))
        self.button.setProperty("kind", "primary")
        self.button.clicked.connect(self._run)
        cross = IconButton(theme, "close", _("Close this strip"))
        cross.clicked.connect(self.leave)
        parts = (self.prompt, self.field, self.choice, self.hint, self.button, cross)
        line = row(*parts, spacing=SPACE_8, margins=(SPACE_8, SPACE_4, SPACE_8, SPACE_4))
        line.setStretch(1, 2)
        line.setStretch(3, 3)
        self.setLayout(line)
        self.field.textChanged.connect(self._look)
        self.choice.currentIndexChanged.connect(self._look)
        self.hide()

    def ask(self, question: Question) -> None:
        """Shows the strip with a question."""
        self._question = None
        self.prompt.setText(question.prompt)
        self.field.setAccessibleName(question.prompt)
        self.button.setText(question.word)
        self.button.setAccessibleName(question.word)
        self.choice.clear()
        self.choice.addItems(list(question.choices))
        self.choice.setVisible(bool(question.choices))
        self.field.setText(question.text)
        self._question = question
        self.show()
        self.field.setFocus()
        self.field.selectAll()
        self._look()

    def say(self, ready: bool, hint: str) -> None:
        """Says what the word would do, and whether it can be done."""
        self.button.setEnabled(ready)
        self.hint.setText(hint)

    @Slot()
    def leave(self) -> None:
        """Hides the strip."""
        self._question = None
        self.hide()
        self._editor.setFocus()

    @Slot()
    def _look(self) -> None:
        if self._question is not None:
            self._question.look(self.field.text(), self.choice.currentIndex())

    @Slot()
    def _run(self) -> None:
        question = self._question
        if question is None or not self.button.isEnabled():
            return
        words, place = self.field.text(), self.choice.currentIndex()
        self.leave()
        question.run(words, place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter does it, Escape leaves."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run()
        elif event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)
