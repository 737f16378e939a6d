"""Owns the small menu at the caret that offers what mends a problem; knows not how problems are found."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from studio.language import _, plural
from studio.lint import Diagnostic, Edit, Fix
from studio.ui.theme import Theme

if TYPE_CHECKING:
    from studio.ui.write.editor import Editor

Ignore = Callable[[Diagnostic], Sequence[Edit]]


class FixMenu(QMenu):
    """The fixes of some problems, the same fix everywhere, leaving it be, and the page that explains it."""

    def __init__(
        self,
        editor: "Editor",
        theme: Theme,
        here: Sequence[Diagnostic],
        everywhere: Sequence[Diagnostic],
        ignore: Ignore,
        explain: Callable[[str], object],
    ) -> None:
        super().__init__(editor)
        self._editor = editor
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(_("What mends this"))
        for title, item in _titled(here):
            assert item.fix is not None
            self._add("fix", title, item.fix.edits)
        counts = Counter(item.code for item in everywhere if item.fix is not None)
        codes = list(dict.fromkeys(item.code for item in here))
        for code in codes:
            if counts[code] > 1:
                every = _apart([item.fix for item in everywhere if item.code == code and item.fix is not None])
                words = plural("Mend {count} problem like this", "Mend all {count} problems like this", counts[code])
                self._add("fix", f"{words} ({code})", every)
        self.addSeparator()
        for item in {item.code: item for item in here}.values():
            edits = ignore(item)
            if edits:
                self._add("remove", _("Ignore {code} here").format(code=item.code), edits)
        for code in codes:
            self._run("help", _("What {code} means").format(code=code), partial(explain, code))

    @property
    def titles(self) -> tuple[str, ...]:
        """What is offered, from top to bottom."""
        return tuple(action.text() for action in self.actions() if not action.isSeparator())

    def open(self) -> None:
        """Shows the menu below the caret, its first line chosen."""
        editor = self._editor
        self.popup(editor.viewport().mapToGlobal(editor.cursorRect().bottomLeft()))
        if self.actions():
            self.setActiveAction(self.actions()[0])

    def _add(self, icon_name: str, title: str, edits: Sequence[Edit]) -> None:
        self._run(icon_name, title, lambda: self._editor.apply(edits))

    def _run(self, icon_name: str, title: str, run: Callable[[], object]) -> None:
        action = QAction(self._theme.icon(icon_name), title.replace("&", "&&"), self)
        action.triggered.connect(lambda: run())
        self.addAction(action)


def _titled(here: Sequence[Diagnostic]) -> list[tuple[str, Diagnostic]]:
    """Each fix once, by its title."""
    found = {(item.fix.title, item.fix.edits): item for item in here if item.fix is not None}
    return [(title, item) for (title, _edits), item in found.items()]


def _apart(fixes: Sequence[Fix]) -> tuple[Edit, ...]:
    """The edits of fixes that do not get into each other's way; of two that would, the first."""
    taken: list[Edit] = []
    for fix in sorted(fixes, key=lambda fix: min(edit.span.start for edit in fix.edits) if fix.edits else 0):
        reach = max((edit.span.end for edit in taken), default=-1)
        if fix.edits and all(edit.span.start > reach for edit in fix.edits):
            taken += fix.edits
    return tuple(taken)
