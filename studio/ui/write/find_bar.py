"""Owns finding and replacing in one editor; knows nothing of scenarios."""

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QToolButton

from studio.language import _, plural
from studio.scenario import Edit, Span
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8
from studio.ui.widgets import IconButton, label, push_button, row

if TYPE_CHECKING:
    from studio.ui.write.editor import Editor

_MOST_HITS = 2000
_AFTER_MS = 120


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
        self.case = _choice("Aa", _("Capitals as they are written"))
        self.whole = _choice("|ab|", _("Whole words only"))
        self._count = label("", "muted")
        back = IconButton(theme, "previous", _("Previous hit"))
        on = IconButton(theme, "next", _("Next hit"))
        close = IconButton(theme, "close", _("Close the find bar"))
        one, every = push_button(_("Replace"), self.replace_one), push_button(_("All"), self.replace_all)
        every.setAccessibleName(_("Replace all"))
        back.clicked.connect(lambda: self.step(-1))
        on.clicked.connect(lambda: self.step(1))
        close.clicked.connect(self.leave)
        parts = (self._wanted, self.case, self.whole, back, on, self._count, self._instead, one, every, close)
        line = row(*parts, spacing=SPACE_4, margins=(SPACE_8, SPACE_4, SPACE_8, SPACE_4))
        line.setStretch(0, 3)
        line.setStretch(6, 2)
        self.setLayout(line)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_AFTER_MS)
        self._later.timeout.connect(self._search)
        self._wanted.textChanged.connect(self._search)
        self.case.toggled.connect(self._search)
        self.whole.toggled.connect(self._search)
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
        self._later.stop()
        self._editor.overlay.show_hits([])
        self._editor.setFocus()

    def step(self, direction: int) -> None:
        """Goes to the next hit, or back, round the end."""
        hits = self._hits(limit=None)
        if not hits:
            return
        cursor, mirror = self._editor.textCursor(), self._editor.mirror
        if direction > 0:
            here = mirror.from_qt(cursor.selectionEnd())
            hit = next((one for one in hits if one.start >= here), hits[0])
        else:
            here = mirror.from_qt(cursor.selectionStart())
            hit = next((one for one in reversed(hits) if one.end <= here), hits[-1])
        self._editor.put_caret(hit.start, hit.end)

    def replace_one(self) -> None:
        """Replaces the hit that is selected, and goes to the next."""
        editor, cursor = self._editor, self._editor.textCursor()
        chosen = Span(*(editor.mirror.from_qt(place) for place in (cursor.selectionStart(), cursor.selectionEnd())))
        if chosen in self._hits(limit=None) and editor.apply((Edit(chosen, self._instead.text()),)):
            after = chosen.start + len(self._instead.text())
            editor.put_caret(after, after)
        self.step(1)

    def replace_all(self) -> None:
        """Replaces every hit in one step that can be undone."""
        self._editor.apply([Edit(hit, self._instead.text()) for hit in self._hits(limit=None)])
        self._search()

    def _hits(self, limit: int | None = _MOST_HITS) -> list[Span]:
        wanted = self._wanted.text()
        if not wanted:
            return []
        words = re.escape(wanted)
        pattern = re.compile(
            rf"(?<!\w){words}(?!\w)" if self.whole.isChecked() else words,
            re.NOFLAG if self.case.isChecked() else re.IGNORECASE,
        )
        found = []
        for match in pattern.finditer(self._editor.text()):
            found.append(Span(*match.span()))
            if limit is not None and len(found) >= limit:
                break
        return found

    @Slot()
    def _refresh(self) -> None:
        if self.isVisible():
            self._later.start()

    @Slot()
    def _search(self) -> None:
        hits, at = self._hits(), self._editor.mirror.to_qt
        self._editor.overlay.show_hits([(at(hit.start), at(hit.end)) for hit in hits])
        words = plural("{count} hit", "{count} hits", len(hits)) if hits else _("no hit")
        if len(hits) >= _MOST_HITS:
            words = _("more than {n}").format(n=_MOST_HITS)
        self._count.setText(words if self._wanted.text() else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on, Shift+Enter back, Escape leaves."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.step(-1 if back else 1)
        elif event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)


def _choice(text: str, name: str) -> QToolButton:
    made = QToolButton()
    made.setText(text)
    made.setCheckable(True)
    made.setProperty("kind", "segment")
    made.setToolTip(name)
    made.setAccessibleName(name)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return made
