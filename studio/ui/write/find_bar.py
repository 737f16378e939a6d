"""Owns finding in one editor; knows nothing of scenarios."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeyEvent, QTextCursor, QTextDocument
from PySide6.QtWidgets import QFrame, QLineEdit

from studio.language import _, plural
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8
from studio.ui.widgets import IconButton, label, push_button, row

if TYPE_CHECKING:
    from studio.ui.write.editor import Editor

_MOST_HITS = 2000


class FindBar(QFrame):
    """A strip above the text: what to find, what to put in its place, how often it occurs."""

    def __init__(self, editor: "Editor", theme: Theme) -> None:
        super().__init__()
        self._editor = editor
        self.setProperty("kind", "header")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._wanted = QLineEdit()
        self._wanted.setPlaceholderText(_("Find"))
        self._wanted.setAccessibleName(_("Find"))
        self._instead = QLineEdit()
        self._instead.setPlaceholderText(_("Replace with"))
        self._instead.setAccessibleName(_("Replace with"))
        self._count = label("", "muted")
        back = IconButton(theme, "previous", _("Previous hit"))
        on = IconButton(theme, "next", _("Next hit"))
        close = IconButton(theme, "close", _("Close the find bar"))
        one, every = push_button(_("Replace"), self.replace_one), push_button(_("All"), self.replace_all)
        every.setAccessibleName(_("Replace all"))
        back.clicked.connect(lambda: self.step(-1))
        on.clicked.connect(lambda: self.step(1))
        close.clicked.connect(self.leave)
        parts = (self._wanted, back, on, self._count, self._instead, one, every, close)
        line = row(*parts, spacing=SPACE_4, margins=(SPACE_8, SPACE_4, SPACE_8, SPACE_4))
        line.setStretch(0, 3)
        line.setStretch(4, 2)
        self.setLayout(line)
        self._wanted.textChanged.connect(self._search)
        editor.edited.connect(self._refresh)
        self.hide()

    def open(self) -> None:
        """Shows the bar with what is selected in the text."""
        chosen = self._editor.textCursor().selectedText()
        self.show()
        if chosen and "\u2029" not in chosen:
            self._wanted.setText(chosen)
        self._wanted.setFocus()
        self._wanted.selectAll()
        self._search()

    @Slot()
    def leave(self) -> None:
        """Hides the bar and its marks."""
        self.hide()
        self._editor.show_hits([])
        self._editor.setFocus()

    def step(self, direction: int) -> None:
        """Goes to the next hit, or back, round the end."""
        wanted = self._wanted.text()
        if not wanted:
            return
        flags = QTextDocument.FindFlag.FindBackward if direction < 0 else QTextDocument.FindFlag(0)
        if not self._editor.find(wanted, flags):
            cursor = self._editor.textCursor()
            end = QTextCursor.MoveOperation.End if direction < 0 else QTextCursor.MoveOperation.Start
            cursor.movePosition(end)
            self._editor.setTextCursor(cursor)
            self._editor.find(wanted, flags)

    def replace_one(self) -> None:
        """Replaces the hit that is selected, and goes to the next."""
        cursor = self._editor.textCursor()
        found = cursor.hasSelection() and cursor.selectedText().casefold() == self._wanted.text().casefold()
        if found and not self._editor.isReadOnly():
            cursor.insertText(self._instead.text())
        self.step(1)

    def replace_all(self) -> None:
        """Replaces every hit in one step that can be undone."""
        if self._editor.isReadOnly():
            return
        whole = QTextCursor(self._editor.document())
        whole.beginEditBlock()
        for cursor in reversed(self._hits(limit=None)):
            cursor.insertText(self._instead.text())
        whole.endEditBlock()
        self._search()

    def _hits(self, limit: int | None = _MOST_HITS) -> list[QTextCursor]:
        wanted, document = self._wanted.text(), self._editor.document()
        found: list[QTextCursor] = []
        cursor = document.find(wanted) if wanted else QTextCursor()
        while not cursor.isNull() and (limit is None or len(found) < limit):
            found.append(cursor)
            cursor = document.find(wanted, cursor)
        return found

    @Slot()
    def _refresh(self) -> None:
        if self.isVisible():
            self._search()

    @Slot()
    def _search(self) -> None:
        hits = self._hits()
        self._editor.show_hits(hits)
        many = len(hits) >= _MOST_HITS
        words = plural("{count} hit", "{count} hits", len(hits)) if hits else _("no hit")
        self._count.setText(
            "" if not self._wanted.text() else (_("more than {n}").format(n=_MOST_HITS) if many else words)
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on, Shift+Enter back, Escape leaves."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.step(-1 if back else 1)
        elif event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)
